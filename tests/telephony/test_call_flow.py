"""What a caller hears, as tables: facts in, NCCO out."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from rooms.conferences.presence import Joined
from telephony import call_flow, prompts, prompts_doors, welcomes
from telephony.steps import Asks, BadStep, Offer, Step, code_and_pin, code_keyed
from tests.telephony.ncco_rules import vonage_would_take

URL = "https://anyroom.example/telephony/input/"
STEP = Step("a" * 32, "en", "api-eu-1.vonage.com")
PIN = replace(STEP, asks=Asks.PIN, room="rm_1", number=2)
HOST = replace(STEP, asks=Asks.HOST_PIN, room="rm_1", number=2)
ALONE = replace(STEP, asks=Asks.ALONE, room="rm_1", number=2)
BACK = replace(STEP, offer=Offer.BACK, room="rm_1")
ENTER = replace(STEP, offer=Offer.ENTER, room="rm_1")


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


@pytest.mark.parametrize(
    "step",
    [
        STEP,
        Step("a" * 32, "ru", "api-eu-1.vonage.com", number=3, wrong=1, silent=1, slow=True),
        replace(PIN, wrong=2, account="ac_1"),
        replace(ALONE, invitee="iv_1", number=14, first=9, called=True),
        BACK,
        Step("call~with~signs", "en", ""),
    ],
)
def test_a_step_survives_its_token_and_the_same_step_gives_the_same_one(step: Step) -> None:
    assert Step.from_token(step.token()) == step
    assert step.token() == step.token()
    assert len(step.token()) < 300, "it is a part of a URL"


@pytest.mark.parametrize("token", ["", "x", "a~en~~1.0.0.0:forged", STEP.token() + "x"])
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(BadStep):
        Step.from_token(token)


@pytest.mark.parametrize(
    ("digits", "code"), [("4829", "4829"), ("*", ""), ("12*34", "34"), ("1*2*", ""), ("", "")]
)
def test_the_code_is_what_follows_the_last_star(digits: str, code: str) -> None:
    assert code_keyed(digits) == code


@pytest.mark.parametrize(
    ("digits", "found"),
    [
        ("482930*246810", ("482930", "246810")),
        ("9*482930*246810", ("482930", "246810")),
        ("482930**246810", ("", "")),
        ("48293*246810", ("", "")),  # too short for a code: a correction
        ("482930*", ("", "")),
        ("*246810", ("", "")),
        ("482930", ("", "")),
    ],
)
def test_code_and_host_pin_are_parted_by_a_star(digits: str, found: tuple[str, str]) -> None:
    assert code_and_pin(digits) == found


@pytest.mark.parametrize(
    ("step", "digits", "tries"),
    [
        (STEP, "1235", True),
        (STEP, "1", True),
        (STEP, "", False),
        (STEP, "12*", False),
        (BACK, "1", False),
        (BACK, "12", True),
        (PIN, "0", True),
        (HOST, "", False),
        (ALONE, "1", False),
        (ALONE, "77", False),
    ],
)
def test_what_counts_as_a_try(step: Step, digits: str, tries: bool) -> None:
    assert step.is_try(digits) is tries


AGAIN: list[tuple[Step, str, str, bool]] = [
    # Codes.
    (STEP, "1235", "no_room", True),
    (replace(STEP, wrong=1), "1235", "no_room", True),
    (replace(STEP, wrong=2), "1235", "no_room_goodbye", False),
    (STEP, "482930*246810", "no_code_and_pin", True),
    (replace(STEP, wrong=2), "482930*246810", "no_pin_goodbye", False),
    (STEP, "", "silence", True),
    (replace(STEP, silent=1), "", "silence", True),
    (replace(STEP, silent=2), "", "silence_goodbye", False),
    (STEP, "*", "slower", True),
    (replace(STEP, number=11), "*", "slower", True),
    (replace(STEP, number=12), "*", "too_many_steps", False),
    (replace(STEP, number=12, first=5), "*", "slower", True),
    (replace(STEP, number=16, first=5), "*", "too_many_steps", False),
    # PINs.
    (PIN, "0", "no_pin", True),
    (replace(PIN, wrong=2), "0", "no_pin_goodbye", False),
    (PIN, "", "pin_silence", True),
    (replace(PIN, silent=2), "", "pin_silence_goodbye", False),
    (PIN, "*", "pin_slower", True),
    (replace(PIN, number=12), "*", "pin_too_many_steps", False),
    # The host's PIN, which may be left out: silence does not come here.
    (HOST, "0", "no_host_pin", True),
    (replace(HOST, wrong=2), "0", "no_host_pin_goodbye", False),
    (HOST, "*", "host_pin_slower", True),
    (replace(HOST, number=12), "*", "pin_too_many_steps", False),
    # Alone: asked twice.
    (ALONE, "", "alone", True),
    (ALONE, "7", "alone", True),
    (ALONE, "*", "alone", True),
    (replace(ALONE, silent=1), "", "alone_goodbye", False),
    (replace(ALONE, silent=1), "22", "alone_goodbye", False),
    (replace(ALONE, number=12), "*", "alone_goodbye", False),
    # What was offered stays offered.
    (BACK, "", "offer_back", True),
    (BACK, "*", "offer_back", True),
    (ENTER, "", "offer_enter", True),
    (ENTER, "1235", "no_room", True),
    (replace(ENTER, silent=2), "", "silence_goodbye", False),
]


@pytest.mark.parametrize(("step", "digits", "said", "goes_on"), AGAIN)
def test_what_follows_keys_that_lead_nowhere(
    step: Step, digits: str, said: str, goes_on: bool
) -> None:
    reply = call_flow.ask_again(step, digits, URL, room="Standup")
    assert reply.said == said
    vonage_would_take(reply.ncco)
    assert [action["action"] for action in reply.ncco] == ["talk", "input"][: 1 + goes_on]
    if goes_on:
        following = Step.from_token(reply.ncco[1]["eventUrl"][0].removeprefix(URL))
        assert following == replace(
            step,
            number=step.number + 1,
            wrong=following.wrong,
            silent=following.silent,
            slow=digits == "*",
        )
        assert following.wrong + following.silent <= step.wrong + step.silent + 1


@pytest.mark.parametrize("language", ["en", "ru", "es", "de", "fr"])
@pytest.mark.parametrize("slow", [False, True])
def test_every_branch_in_every_language_is_an_ncco(language: str, slow: bool) -> None:
    for step, digits, _said, _goes_on in AGAIN:
        spoken = replace(step, language=language, slow=slow)
        room = "R&D <b>“x”</b>" * 7
        vonage_would_take(call_flow.ask_again(spoken, digits, URL, room=room).ncco)
        vonage_would_take(call_flow.welcome(spoken, URL, room=room))
    for why, minutes in itertools.product(("number", "hidden"), (1, 2, 60)):
        vonage_would_take(call_flow.tries_used_up(language, why, minutes).ncco)
    for prompt in ("locked", "full", "blocked_here", "blocked", "not_active", "room_closed"):
        vonage_would_take(call_flow.goodbye(language, prompt).ncco)


@pytest.mark.parametrize(("tries", "said"), [(1, "no_room_goodbye"), (2, "no_room")])
def test_in_a_suspicious_time_there_are_fewer_tries(tries: int, said: str) -> None:
    assert call_flow.ask_again(STEP, "1235", URL, tries=tries).said == said


def test_a_code_is_read_digit_by_digit_and_a_pin_is_not() -> None:
    assert call_flow.ask_again(STEP, "1235", URL).ncco[0]["text"].startswith("1 2 3 5 is not")
    for step, digits in ((PIN, "1235"), (HOST, "1235"), (STEP, "482930*1235")):
        for wrong in (0, 2):
            text = call_flow.ask_again(replace(step, wrong=wrong), digits, URL).ncco[0]["text"]
            assert "1 2 3 5" not in text


@pytest.mark.parametrize(
    ("step", "timeout"), [(STEP, 5), (PIN, 5), (HOST, 4), (ALONE, 10), (BACK, 5)]
)
def test_how_long_each_question_waits(step: Step, timeout: int) -> None:
    quick, slow = (call_flow.welcome(replace(step, slow=slow), URL) for slow in (False, True))
    most = 1 if step is ALONE else 20  # one key is awaited, so nobody waits after it
    assert quick[1]["dtmf"] == {"timeOut": timeout, "maxDigits": most, "submitOnHash": True}
    assert slow[1]["dtmf"]["timeOut"] == 10
    assert "slow" in slow[0]["text"]


def joined(**facts: Any) -> Joined:
    plain = {"name": "Standup", "language": "en", "greeting": "", "others": 0}
    ids = {"room_id": "rm_1", "participant_id": "pt_1", "conference_id": "cf_1"}
    return Joined(**{**plain, **ids, **facts})


@pytest.mark.parametrize(
    ("facts", "person", "heard"),
    [
        ({}, "", "Welcome to Standup. You are the first here. Stay on the line."),
        ({}, "Ana", "Welcome to Standup, Ana. You are the first here. Stay on the line."),
        ({"others": 1}, "", "Welcome to Standup. One person is here."),
        ({"others": 7, "greeting": "Hello."}, "Ana", "Hello. 7 people are here."),
        ({"others": 1, "recorded": True, "host": True}, "", "Welcome to Standup. "
         "This call is recorded. One person is here."),
        ({"waiting": True}, "", "Welcome to Standup. The host is not here yet. Stay on the line."),
        ({"waiting": True, "others": 1}, "", "Welcome to Standup. The host is not here yet. "
         "Stay on the line. One person waits with you."),
        ({"waiting": True, "others": 3, "recorded": True}, "", "Welcome to Standup. "
         "This call is recorded. The host is not here yet. Stay on the line. "
         "3 people wait with you."),
    ],
)  # fmt: skip
def test_who_enters_hears_where_and_who_is_there(
    facts: dict[str, Any], person: str, heard: str
) -> None:
    assert welcomes.greeting(joined(**facts), person) == heard


def test_the_longest_greeting_fits_a_talk() -> None:
    for language, waiting in itertools.product(["en", "ru", "es", "de", "fr"], [False, True]):
        one = joined(name="n" * 100, greeting="g" * 300, others=200, recorded=True, waiting=waiting)
        assert len(welcomes.greeting(replace(one, language=language), "p" * 100)) <= 1500


@pytest.mark.parametrize(
    ("facts", "inside"),
    [
        ({}, {}),
        ({"waiting": True}, {"startOnEnter": False, "musicOnHoldUrl": ["*/hold.wav"]}),
    ],
)
def test_the_way_in(facts: dict[str, Any], inside: dict[str, Any], db: None) -> None:
    from django.utils import timezone

    reply = welcomes.enter(joined(**facts), timezone.now())
    vonage_would_take(reply.ncco)
    talk, keys, conversation = reply.ncco
    assert (talk["bargeIn"], keys["mode"]) == (False, "asynchronous")
    music = conversation.pop("musicOnHoldUrl", None)
    wanted = {"action": "conversation", "name": "rm_1", **inside}
    if music:
        assert music[0].endswith("/static/sounds/hold.wav")
        wanted.pop("musicOnHoldUrl")
    assert conversation == wanted


def test_waiting_is_counted_in_plural_forms() -> None:
    assert prompts_doors.waiting("en", 1).endswith("One person waits with you.")
    assert prompts_doors.waiting("en", 2).endswith("2 people wait with you.")
