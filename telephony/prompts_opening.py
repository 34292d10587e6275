"""What somebody hears who comes before a room opens, or after a meeting is over.

Times are spoken in one zone, whose city is named. They are put together from whole phrases in the
form that a language needs, so prepositions and cases are the catalogue's: `on Tuesday` is
`во вторник` and `am Dienstag`. Where the hour or the day decides the form (`a la 1:05` but
`a las 2:05`, `1er mai` but `2 mai`) the phrase is a plural by that number.
"""

import datetime as dt
import math
import zoneinfo
from functools import partial

from babel import Locale

from rooms.accounts import cities
from rooms.meetings.opening import Opening
from telephony.voice import LANGUAGES, N_, plural, say

SOON = dt.timedelta(minutes=60)  # nearer than this, the minutes left are told
FAR = dt.timedelta(days=180)  # beyond, a day needs its year

TEXTS = {
    "opens_soon": N_(
        "This meeting has not begun. The room opens {wait}, {time}. Call again then. Goodbye."
    ),
    "opens": N_(
        "This meeting has not begun. The room opens {opens}{city}. Call again then. Goodbye."
    ),
    "ended": N_("The meeting ended {ended}. The next one is {starts}{city}. Goodbye."),
    "ended_last": N_(
        "The meeting ended {ended}{city}. There is no further meeting planned. Goodbye."
    ),
    "nothing": N_("No meeting is planned in this room. Ask the person who invited you. Goodbye."),
}
WEEKDAYS = (
    *(N_("on Monday"), N_("on Tuesday"), N_("on Wednesday"), N_("on Thursday")),
    *(N_("on Friday"), N_("on Saturday"), N_("on Sunday")),
)


def closed(language: str, opening: Opening, now: dt.datetime, time_zone: str) -> tuple[str, str]:
    """The sentence for a caller whom `opening` does not let in, and the name of it.

    Who comes between two meetings is told of the nearer one first. Times are said in `time_zone`.
    """
    language = language if language in LANGUAGES else "en"
    if not cities.of_zone(time_zone, language):
        time_zone = "UTC"  # what has no city, such as EST5EDT, has no name to say
    name = _which(opening, now)
    moment = partial(_moment, language=language, now=now, zone=time_zone)
    words = {"city": _city(language, time_zone)}
    if opening.opens_at:
        words["opens"] = moment(opening.opens_at)
        words["wait"] = _wait(language, opening.opens_at - now)
        words["time"] = _at(language, _local(opening.opens_at, time_zone))
    if opening.starts_at:
        words["starts"] = moment(opening.starts_at)
    if opening.ended_at:
        words["ended"] = moment(opening.ended_at)
    return say(language, TEXTS[name], **words), name


def _which(opening: Opening, now: dt.datetime) -> str:
    opens, ended = opening.opens_at, opening.ended_at
    if opens is None:
        return "ended_last" if ended else "nothing"
    if ended is not None and now - ended < opens - now:
        return "ended"
    return "opens_soon" if opens - now <= SOON else "opens"


def _moment(at: dt.datetime, *, language: str, now: dt.datetime, zone: str) -> str:
    local = _local(at, zone)
    if local.date() == _local(now, zone).date():
        return _at(language, local)
    return plural(
        language,
        "{weekday}, {date}, at {time}",
        "{weekday}, {date}, at {time}",
        local.hour,
        weekday=say(language, WEEKDAYS[local.weekday()]),
        date=_date(language, local, with_year=abs(at - now) > FAR),
        time=_clock(language, local),
    )


def _local(at: dt.datetime, zone: str) -> dt.datetime:
    return at.astimezone(zoneinfo.ZoneInfo(zone))


def _at(language: str, local: dt.datetime) -> str:
    time = _clock(language, local)
    return plural(language, "at {time}", "at {time}", local.hour, time=time)


def _clock(language: str, local: dt.datetime) -> str:
    return say(language, "{hour}:{minute}", hour=local.hour, minute=f"{local.minute:02}")


def _date(language: str, local: dt.datetime, *, with_year: bool) -> str:
    month = Locale.parse(language).months["format"]["wide"][local.month]
    if with_year:
        return plural(
            language,
            "{n} {month} {year}",
            "{n} {month} {year}",
            local.day,
            month=month,
            year=local.year,
        )
    return plural(language, "{n} {month}", "{n} {month}", local.day, month=month)


def _city(language: str, zone: str) -> str:
    city = cities.of_zone(zone, language)
    return say(language, ", {city} time", city=city) if city else say(language, ", universal time")


def _wait(language: str, left: dt.timedelta) -> str:
    """`in 25 minutes`; a minute that has begun counts."""
    minutes = max(1, math.ceil(left / dt.timedelta(minutes=1)))
    return plural(language, "in {n} minute", "in {n} minutes", minutes)
