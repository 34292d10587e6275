"""What somebody hears who comes before a room opens, or after a meeting is over.

Times are spoken in one zone, whose city is named. Russian sentences are made of whole phrases in
the case that they need: "во вторник, 6 октября, в 9:45".
"""

import datetime as dt
import math
import zoneinfo
from functools import partial

from rooms.accounts import cities
from rooms.meetings.opening import Opening

SOON = dt.timedelta(minutes=60)  # nearer than this, the minutes left are told
FAR = dt.timedelta(days=180)  # beyond, a day needs its year

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "opens_soon": (
            "This meeting has not begun. The room opens in {minutes}, at {time}. "
            "Call again then. Goodbye."
        ),
        "opens": (
            "This meeting has not begun. The room opens {opens}{city}. Call again then. Goodbye."
        ),
        "ended": "The meeting ended {ended}. The next one is {starts}{city}. Goodbye.",
        "ended_last": (
            "The meeting ended {ended}{city}. There is no further meeting planned. Goodbye."
        ),
        "nothing": "No meeting is planned in this room. Ask the person who invited you. Goodbye.",
        "moment": "at {time}",
        "moment_day": "on {weekday}, {day} {month}, at {time}",
        "moment_year": "on {weekday}, {day} {month} {year}, at {time}",
        "city": ", {city} time",
        "universal": ", universal time",
    },
    "ru": {
        "opens_soon": (
            "Встреча ещё не началась. Комната откроется через {minutes}, в {time}. "
            "Перезвоните в это время. До свидания."
        ),
        "opens": (
            "Встреча ещё не началась. Комната откроется {opens}{city}. "
            "Перезвоните в это время. До свидания."
        ),
        "ended": "Встреча закончилась {ended}. Следующая начнётся {starts}{city}. До свидания.",
        "ended_last": (
            "Встреча закончилась {ended}{city}. Других встреч не запланировано. До свидания."
        ),
        "nothing": (
            "В этой комнате не запланировано ни одной встречи. "
            "Обратитесь к тому, кто вас пригласил. До свидания."
        ),
        "moment": "в {time}",
        "moment_day": "{weekday}, {day} {month}, в {time}",
        "moment_year": "{weekday}, {day} {month} {year} года, в {time}",
        "city": " по времени города {city}",
        "universal": " по всемирному времени",
    },
}
WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ru": (
        *("в понедельник", "во вторник", "в среду", "в четверг"),
        *("в пятницу", "в субботу", "в воскресенье"),
    ),
}
MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "ru": (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
}


def closed(language: str, opening: Opening, now: dt.datetime, time_zone: str) -> tuple[str, str]:
    """The sentence for a caller whom `opening` does not let in, and the name of it.

    Who comes between two meetings is told of the nearer one first. Times are said in `time_zone`.
    """
    language = language if language in TEXTS else "en"
    if not cities.of_zone(time_zone, language):
        time_zone = "UTC"  # what has no city, such as EST5EDT, has no name to say
    name = _which(opening, now)
    moment = partial(_moment, language=language, now=now, zone=time_zone)
    words = {"city": _city(language, time_zone)}
    if opening.opens_at:
        words["opens"] = moment(opening.opens_at)
        words["minutes"] = _minutes(language, opening.opens_at - now)
        words["time"] = _time(opening.opens_at, time_zone)
    if opening.starts_at:
        words["starts"] = moment(opening.starts_at)
    if opening.ended_at:
        words["ended"] = moment(opening.ended_at)
    return TEXTS[language][name].format(**words), name


def _which(opening: Opening, now: dt.datetime) -> str:
    opens, ended = opening.opens_at, opening.ended_at
    if opens is None:
        return "ended_last" if ended else "nothing"
    if ended is not None and now - ended < opens - now:
        return "ended"
    return "opens_soon" if opens - now <= SOON else "opens"


def _moment(at: dt.datetime, *, language: str, now: dt.datetime, zone: str) -> str:
    local = at.astimezone(zoneinfo.ZoneInfo(zone))
    form = "moment_year" if abs(at - now) > FAR else "moment_day"
    if local.date() == now.astimezone(local.tzinfo).date():
        form = "moment"
    return TEXTS[language][form].format(
        weekday=WEEKDAYS[language][local.weekday()],
        day=local.day,
        month=MONTHS[language][local.month - 1],
        year=local.year,
        time=_time(at, zone),
    )


def _time(at: dt.datetime, zone: str) -> str:
    local = at.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{local.hour}:{local.minute:02}"


def _city(language: str, zone: str) -> str:
    city = cities.of_zone(zone, language)
    return TEXTS[language]["city" if city else "universal"].format(city=city)


def _minutes(language: str, left: dt.timedelta) -> str:
    """`25 minutes`, in Russian as it follows `через`; a minute that has begun counts."""
    minutes = max(1, math.ceil(left / dt.timedelta(minutes=1)))
    if language == "ru":
        ones = minutes % 10 if minutes % 100 not in (11, 12, 13, 14) else 0
        word = "минуту" if ones == 1 else "минуты" if ones in (2, 3, 4) else "минут"
        return "минуту" if minutes == 1 else f"{minutes} {word}"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
