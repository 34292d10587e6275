"""What is said in each language: prompts, counted things, codes, and the choice of the voice."""

import pytest
from django.conf import settings
from vonage_voice.models.enums import TtsLanguageCode

from telephony import invite_flow, prompts, prompts_opening, voice
from tests.telephony.test_voice_catalogue import TRANSLATED, blanks

COUNTED = [1, 2, 5, 11, 21, 22, 101, 111]


def test_the_languages_are_those_that_a_room_may_choose_and_vonage_speaks() -> None:
    assert list(voice.LANGUAGES) == [code for code, _name in settings.VOICE_LANGUAGES]
    assert list(voice.LANGUAGES) == ["en", *TRANSLATED]
    for code in voice.LANGUAGES.values():
        assert TtsLanguageCode(code)


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_every_prompt_is_said_in_every_language(language: str) -> None:
    for key, text in prompts.TEXTS.items():
        words = dict.fromkeys(blanks(text) - {"code"}, "x")
        said = prompts.say(language, key, code="1235", **words)
        assert "{" not in said
        assert ("1 2 3 5" in said) == ("{code}" in text)
        assert (said == text.format(code="1 2 3 5", **words)) == (language == "en")
    for flow in (invite_flow.TEXTS, prompts_opening.TEXTS):
        for text in flow.values():
            said = voice.say(language, text, **dict.fromkeys(blanks(text), "x"))
            assert (said == text.format_map(dict.fromkeys(blanks(text), "x"))) == (language == "en")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["One person is here.", *(f"{n} people are here." for n in COUNTED[1:])]),
        (
            "ru",
            [
                *("Здесь уже один человек.", "Здесь уже 2 человека.", "Здесь уже 5 человек."),
                *("Здесь уже 11 человек.", "Здесь уже 21 человек.", "Здесь уже 22 человека."),
                *("Здесь уже 101 человек.", "Здесь уже 111 человек."),
            ],
        ),
        (
            "es",
            [
                "Hay una persona en la sala.",
                *(f"Hay {n} personas en la sala." for n in COUNTED[1:]),
            ],
        ),
        (
            "de",
            [
                "Eine Person ist schon hier.",
                *(f"{n} Personen sind schon hier." for n in COUNTED[1:]),
            ],
        ),
        ("fr", ["1 personne est déjà là.", *(f"{n} personnes sont déjà là." for n in COUNTED[1:])]),
    ],
)
def test_people_are_counted(language: str, said: list[str]) -> None:
    assert [prompts.here(language, n) for n in COUNTED] == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ru",
            [
                *("через минуту", "через 2 минуты", "через 5 минут", "через 11 минут"),
                *("через 21 минуту", "через 22 минуты", "через 101 минуту", "через 111 минут"),
            ],
        ),
        ("es", ["aproximadamente un minuto", *(f"unos {n} minutos" for n in COUNTED[1:])]),
        ("de", ["etwa einer Minute", *(f"etwa {n} Minuten" for n in COUNTED[1:])]),
        ("fr", ["environ 1 minute", *(f"environ {n} minutes" for n in COUNTED[1:])]),
    ],
)
def test_minutes_are_counted(language: str, said: list[str]) -> None:
    for n, words in zip(COUNTED, said, strict=True):
        assert prompts.ending(language, n).endswith(f"{words}.")


def test_an_unknown_language_and_text_are_said_in_english() -> None:
    assert voice.voice("xx") == "en-US"
    assert voice.say("xx", prompts.TEXTS["first"]) == prompts.TEXTS["first"]
    assert voice.say("ru", "Nobody translated {this}.", this="that") == "Nobody translated that."
    assert voice.plural("ru", "{n} word", "{n} words", 1) == "1 word"
    assert voice.plural("ru", "{n} word", "{n} words", 2) == "2 words"
    assert voice.say("../../etc", "As it is.") == "As it is."


def test_what_somebody_wrote_is_not_filled_again() -> None:
    assert (
        prompts.say("de", "enter", room="{code} {person}") == "Willkommen im Raum {code} {person}."
    )


@pytest.mark.parametrize("language", voice.LANGUAGES)
def test_a_code_is_read_digit_by_digit(language: str) -> None:
    assert "4 8 2 9 3 0 1" in prompts.say(language, "no_room", code="4829301")
    assert voice.digits("1235") == "1 2 3 5"
    assert voice.digits("") == ""


@pytest.mark.parametrize(
    ("number", "language"),
    [
        ("+12125550100", "en"),
        ("+442071234567", "en"),
        ("+74951234567", "ru"),
        ("+34600123456", "es"),
        ("+525512345678", "es"),
        ("+4930123456", "de"),
        ("+43123456789", "de"),
        ("+41441234567", "de"),
        ("+33123456789", "fr"),
        ("+3221234567", "fr"),
        ("+351211234567", "en"),
        ("+380441234567", "en"),
        ("", "en"),
        ("anonymous", "en"),
        ("+999123", "en"),
    ],
)
def test_a_number_has_the_language_of_its_country(number: str, language: str) -> None:
    assert voice.of_number(number) == language
