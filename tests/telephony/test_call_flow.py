"""What a caller hears, as tables: facts in, NCCO out."""

import string

import pytest

from telephony import call_flow, prompts
from telephony.call_flow import BadStep, Step
from telephony.vonage import ncco

URL = "https://anyroom.example/telephony/input/"
STEP = Step("a" * 32, "en", "api-eu-1.vonage.com")


@pytest.mark.parametrize("language", prompts.TEXTS)
def test_every_language_has_every_prompt_with_the_same_blanks(language: str) -> None:
    def blanks(text: str) -> set[str | None]:
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}

    assert prompts.TEXTS[language].keys() == prompts.TEXTS["en"].keys()
    for key, text in prompts.TEXTS[language].items():
        assert blanks(text) == blanks(prompts.TEXTS["en"][key]), key
    assert language in prompts.VOICES


@pytest.mark.parametrize(
    ("people", "english", "russian"),
    [
        (1, "One person is here.", "Здесь уже один человек."),
        (2, "2 people are here.", "Здесь уже 2 человека."),
        (5, "5 people are here.", "Здесь уже 5 человек."),
        (11, "11 people are here.", "Здесь уже 11 человек."),
        (12, "12 people are here.", "Здесь уже 12 человек."),
        (21, "21 people are here.", "Здесь уже 21 человек."),
        (22, "22 people are here.", "Здесь уже 22 человека."),
        (112, "112 people are here.", "Здесь уже 112 человек."),
    ],
)
def test_people_are_counted_in_words(people: int, english: str, russian: str) -> None:
    assert prompts.here("en", people) == english
    assert prompts.here("ru", people) == russian


def test_a_step_survives_its_token_and_the_same_step_gives_the_same_one() -> None:
    step = Step("a" * 32, "ru", "api-eu-1.vonage.com", number=3, wrong=1, silent=1, slow=True)
    assert Step.from_token(step.token()) == step
    assert step.token() == step.token()


@pytest.mark.parametrize("token", ["", "x", "a~en~~1.0.0.0:forged", STEP.token() + "x"])
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(BadStep):
        Step.from_token(token)


@pytest.mark.parametrize(
    ("digits", "code"), [("4829", "4829"), ("*", ""), ("12*34", "34"), ("1*2*", ""), ("", "")]
)
def test_the_code_is_what_follows_the_last_star(digits: str, code: str) -> None:
    assert call_flow.code_keyed(digits) == code


@pytest.mark.parametrize(
    ("step", "digits", "said", "goes_on"),
    [
        (STEP, "1235", "no_room", True),
        (Step("a", "en", wrong=1), "1235", "no_room", True),
        (Step("a", "en", wrong=2), "1235", "no_room_goodbye", False),
        (STEP, "", "silence", True),
        (Step("a", "en", silent=1), "", "silence", True),
        (Step("a", "en", silent=2), "", "silence_goodbye", False),
        (STEP, "*", "slower", True),
        (Step("a", "en", number=12), "*", "too_many_steps", False),
    ],
)
def test_what_follows_keys_that_lead_nowhere(
    step: Step, digits: str, said: str, goes_on: bool
) -> None:
    reply = call_flow.ask_again(step, digits, URL)
    assert reply.said == said
    assert [action["action"] for action in reply.ncco] == ["talk", "input"][: 1 + goes_on]
    if goes_on:
        following = Step.from_token(reply.ncco[1]["eventUrl"][0].removeprefix(URL))
        assert (following.call, following.region) == (step.call, step.region)
        assert following.number == step.number + 1


def test_a_code_is_read_digit_by_digit() -> None:
    assert call_flow.ask_again(STEP, "1235", URL).ncco[0]["text"].startswith("1 2 3 5 is not")


def test_the_longest_greeting_fits_a_talk() -> None:
    reply = call_flow.enter(
        conversation="rm_1", name="n" * 100, language="ru", greeting="g" * 300, others=200
    )
    assert len(reply.ncco[0]["text"]) <= 1500
    assert reply.ncco[1] == ncco.conversation("rm_1")
