"""What a caller hears of a room that is closed, as a table: the sentences in every language."""

import datetime as dt

import pytest

from rooms.meetings.opening import Opening
from telephony import prompts_opening


def at(day: int, hour: int, minute: int = 0, month: int = 10, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


NOW = at(5, 9, 0)
SENTENCES = [
    (
        Opening(False, at(5, 9, 1), at(5, 9, 16)),
        "This meeting has not begun. The room opens in 1 minute, at 11:01. "
        "Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется через минуту, в 11:01. "
        "Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, at(5, 9, 21), at(5, 9, 36)),
        "This meeting has not begun. The room opens in 21 minutes, at 11:21. "
        "Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется через 21 минуту, в 11:21. "
        "Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, at(5, 9, 2), at(5, 9, 17)),
        "This meeting has not begun. The room opens in 2 minutes, at 11:02. "
        "Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется через 2 минуты, в 11:02. "
        "Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, at(5, 9, 12), at(5, 9, 27)),
        "This meeting has not begun. The room opens in 12 minutes, at 11:12. "
        "Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется через 12 минут, в 11:12. "
        "Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, at(5, 10, 5), at(5, 10, 20)),
        "This meeting has not begun. The room opens at 12:05, Madrid time. "
        "Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется в 12:05 по времени города Мадрид. "
        "Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, at(6, 7, 45), at(6, 8)),
        "This meeting has not begun. The room opens on Tuesday, 6 October, at 9:45, Madrid time. "
        "Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется во вторник, 6 октября, в 9:45 "
        "по времени города Мадрид. Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, at(3, 7, 45, 5, 2028), at(3, 8, 0, 5, 2028)),
        "This meeting has not begun. The room opens on Wednesday, 3 May 2028, at 9:45, "
        "Madrid time. Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется в среду, 3 мая 2028 года, в 9:45 "
        "по времени города Мадрид. Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, at(9, 7, 45), at(9, 8), at(5, 8)),
        "The meeting ended at 10:00. "
        "The next one is on Friday, 9 October, at 10:00, Madrid time. Goodbye.",
        "Встреча закончилась в 10:00. "
        "Следующая начнётся в пятницу, 9 октября, в 10:00 по времени города Мадрид. До свидания.",
    ),
    (
        Opening(False, at(9, 7, 45), at(9, 8), at(3, 8)),
        "The meeting ended on Saturday, 3 October, at 10:00. "
        "The next one is on Friday, 9 October, at 10:00, Madrid time. Goodbye.",
        "Встреча закончилась в субботу, 3 октября, в 10:00. "
        "Следующая начнётся в пятницу, 9 октября, в 10:00 по времени города Мадрид. До свидания.",
    ),
    (
        Opening(False, at(5, 9, 30), at(5, 9, 45), at(5, 8)),
        "This meeting has not begun. The room opens in 30 minutes, at 11:30. "
        "Call again then. Goodbye.",
        "Встреча ещё не началась. Комната откроется через 30 минут, в 11:30. "
        "Перезвоните в это время. До свидания.",
    ),
    (
        Opening(False, None, None, at(4, 8)),
        "The meeting ended on Sunday, 4 October, at 10:00, Madrid time. "
        "There is no further meeting planned. Goodbye.",
        "Встреча закончилась в воскресенье, 4 октября, в 10:00 по времени города Мадрид. "
        "Других встреч не запланировано. До свидания.",
    ),
    (
        Opening(False),
        "No meeting is planned in this room. Ask the person who invited you. Goodbye.",
        "В этой комнате не запланировано ни одной встречи. "
        "Обратитесь к тому, кто вас пригласил. До свидания.",
    ),
]


@pytest.mark.parametrize(("opening", "english", "russian"), SENTENCES)
def test_what_a_caller_hears(opening: Opening, english: str, russian: str) -> None:
    for language, sentence in (("en", english), ("ru", russian), ("xx", english)):
        assert prompts_opening.closed(language, opening, NOW, "Europe/Madrid")[0] == sentence


@pytest.mark.parametrize(
    ("zone", "english", "russian"),
    [
        ("Asia/Kolkata", "at 17:30, Kolkata time.", "в 17:30 по времени города Калькутта."),
        ("America/New_York", "at 8:00, New York time.", "в 8:00 по времени города Нью-Йорк."),
        ("UTC", "at 12:00, universal time.", "в 12:00 по всемирному времени."),
        ("Etc/GMT+5", "at 12:00, universal time.", "в 12:00 по всемирному времени."),
    ],
)
def test_the_zone_is_named_by_its_city(zone: str, english: str, russian: str) -> None:
    opening = Opening(False, at(5, 12), at(5, 12, 15))
    assert english in prompts_opening.closed("en", opening, NOW, zone)[0]
    assert russian in prompts_opening.closed("ru", opening, NOW, zone)[0]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "es",
            [
                "La sala se abre dentro de un minuto, a las 11:01.",
                "La sala se abre el martes, 6 de octubre, a las 9:45, hora de Madrid.",
                "La sala se abre el lunes, 1 de mayo de 2028, a la 1:05, hora de Madrid.",
                "La reunión terminó a las 10:00. La próxima empieza el viernes, 9 de octubre, "
                "a las 10:00, hora de Madrid. Adiós.",
            ],
        ),
        (
            "de",
            [
                "Der Raum öffnet in einer Minute, um 11:01 Uhr.",
                "Der Raum öffnet am Dienstag, dem 6. Oktober, um 9:45 Uhr, Ortszeit Madrid.",
                "Der Raum öffnet am Montag, dem 1. Mai 2028, um 1:05 Uhr, Ortszeit Madrid.",
                "Die Besprechung endete um 10:00 Uhr. Die nächste beginnt am Freitag, "
                "dem 9. Oktober, um 10:00 Uhr, Ortszeit Madrid. Auf Wiederhören.",
            ],
        ),
        (
            "fr",
            [
                "La salle ouvre dans 1 minute, à 11 h 01.",
                "La salle ouvre mardi 6 octobre à 9 h 45, heure locale à Madrid.",
                "La salle ouvre lundi 1er mai 2028 à 1 h 05, heure locale à Madrid.",
                "La réunion s'est terminée à 10 h 00. La prochaine commence vendredi 9 octobre "
                "à 10 h 00, heure locale à Madrid. Au revoir.",
            ],
        ),
    ],
)
def test_every_language_says_times_in_its_own_way(language: str, sentences: list[str]) -> None:
    openings = [
        Opening(False, at(5, 9, 1), at(5, 9, 16)),
        Opening(False, at(6, 7, 45), at(6, 8)),
        Opening(False, at(30, 23, 5, 4, 2028), at(30, 23, 20, 4, 2028)),
        Opening(False, at(9, 7, 45), at(9, 8), at(5, 8)),
    ]
    for opening, sentence in zip(openings, sentences, strict=True):
        assert sentence in prompts_opening.closed(language, opening, NOW, "Europe/Madrid")[0]


@pytest.mark.parametrize(
    ("language", "city"),
    [("ru", "Москва"), ("es", "Moscú"), ("de", "Moskau"), ("fr", "Moscou"), ("en", "Moscow")],
)
def test_a_city_has_its_name_in_every_language(language: str, city: str) -> None:
    opening = Opening(False, at(5, 12), at(5, 12, 15))
    assert city in prompts_opening.closed(language, opening, NOW, "Europe/Moscow")[0]
