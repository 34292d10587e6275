"""A repeat as text: the rules of RFC 5545, 3.3.10, as far as our form can say them.

We write UNTIL as a day, because that is what people choose; calendars want the moment.
"""

import dataclasses
import datetime as dt
import re
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rooms.meetings import times
from rooms.meetings.repeats import (
    FIRST_DAY,
    LAST,
    LAST_DAY,
    MOST_COUNT,
    MOST_INTERVAL,
    Repeat,
    day_wrong,
)

LONGEST = 255  # characters
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PARTS = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "UNTIL", "COUNT", "WKST")
DAY = dt.timedelta(days=1)
_DAY_OF_MONTH = re.compile("([+-]?[0-9])?([A-Z]{2})")
_UNTIL = re.compile("([0-9]{8})(T[0-9]{6}(Z?))?")


def to_rrule(repeat: Repeat) -> str:
    """The canonical text of a repeat, "" for once; what is left out of it is left out here.

    Raises ValueError for monthly_weekday without its weekday, which no rule can say.
    """
    if not repeat.frequency:
        return ""
    parts = [f"FREQ={repeat.frequency.partition('_')[0].upper()}"]
    if repeat.interval != 1:
        parts.append(f"INTERVAL={repeat.interval}")
    if repeat.frequency == "weekly" and repeat.weekdays:
        parts.append("BYDAY=" + ",".join(WEEKDAYS[day] for day in sorted(repeat.weekdays)))
    if repeat.frequency == "monthly_day" and repeat.month_day:
        parts.append(f"BYMONTHDAY={repeat.month_day}")
    if repeat.frequency == "monthly_weekday":
        if repeat.week_of_month is None or repeat.weekday is None:
            raise ValueError("fill in the repeat first")
        parts.append(f"BYDAY={repeat.week_of_month}{WEEKDAYS[repeat.weekday]}")
    if repeat.until:
        parts.append(f"UNTIL={repeat.until:%Y%m%d}")
    if repeat.count:
        parts.append(f"COUNT={repeat.count}")
    return ";".join(parts)


def rrule_for_calendar(rrule: str, starts: dt.time, zone: str) -> str:
    """Our rule as it goes with a DTSTART that has a TZID: UNTIL is a moment in UTC.

    It is that of a start on the last day, which is included: UNTIL is inclusive.
    """
    until = parse(rrule).until
    if until is None:
        return rrule
    end = times.moment(until, starts, zone)
    return rrule.replace(f"UNTIL={until:%Y%m%d}", f"UNTIL={end:%Y%m%dT%H%M%SZ}")


def parse(rrule: str, starts: dt.time | None = None, zone: str = "UTC") -> Repeat:
    """The repeat that a rule says; `starts` in `zone` is when the meeting begins, if known.

    UNTIL may be a moment: with `starts`, the last day is the one whose start it still includes,
    without, it is the day that is written. Raises ValidationError that says what is allowed.
    """
    parts = _split(rrule)
    if not parts:
        return Repeat()
    repeat = _read(parts, starts, zone)
    if repeat.until and repeat.count:
        _refuse("count", _("A rule ends by UNTIL or by COUNT, not by both."))
    first = parts.get("WKST", "MO")
    if first not in WEEKDAYS:
        _refuse("weekdays", _("WKST is one of %(days)s.") % {"days": ",".join(WEEKDAYS)})
    if not _same_weeks(repeat, WEEKDAYS.index(first)):
        text = _("Weeks start on Monday here: with WKST=%(day)s this rule would have other days.")
        _refuse("weekdays", text % {"day": first})
    return repeat


def _split(rrule: str) -> dict[str, str]:
    if len(rrule) > LONGEST:
        _refuse("rrule", _("A rule has at most %(most)d characters.") % {"most": LONGEST})
    rule = rrule.strip().upper()
    parts: dict[str, str] = {}
    for part in rule.removeprefix("RRULE:").split(";") if rule else []:
        name, _equals, value = part.partition("=")
        if name not in PARTS or not value:
            text = _("“%(part)s” is no part of a rule. These are, each with a value: %(names)s.")
            _refuse("rrule", text % {"part": part, "names": ", ".join(PARTS)})
        if name in parts:
            _refuse("rrule", _("The rule has %(name)s twice. Say it once.") % {"name": name})
        parts[name] = value
    return parts


def _read(parts: dict[str, str], starts: dt.time | None, zone: str) -> Repeat:
    base = Repeat(
        interval=_number(parts, "INTERVAL", MOST_INTERVAL) or 1,
        until=_until(parts["UNTIL"], starts, zone) if "UNTIL" in parts else None,
        count=_number(parts, "COUNT", MOST_COUNT),
    )
    match parts.get("FREQ"):
        case "DAILY":
            _allow(parts)
            return dataclasses.replace(base, frequency="daily")
        case "WEEKLY":
            _allow(parts, "BYDAY")
            weekdays = _weekdays(parts["BYDAY"]) if "BYDAY" in parts else frozenset[int]()
            return dataclasses.replace(base, frequency="weekly", weekdays=weekdays)
        case "MONTHLY" if "BYDAY" in parts:
            _allow(parts, "BYDAY", "BYSETPOS")
            week, weekday = _place(parts["BYDAY"], parts.get("BYSETPOS", ""))
            return dataclasses.replace(
                base, frequency="monthly_weekday", week_of_month=week, weekday=weekday
            )
        case "MONTHLY":
            _allow(parts, "BYMONTHDAY")
            day = _month_day(parts["BYMONTHDAY"]) if "BYMONTHDAY" in parts else None
            return dataclasses.replace(base, frequency="monthly_day", month_day=day)
    _refuse("frequency", _("A rule has FREQ=DAILY, FREQ=WEEKLY or FREQ=MONTHLY."))


def _allow(parts: dict[str, str], *names: str) -> None:
    """Raises ValidationError if the rule says its days in another way than by `names`."""
    for name in ("BYDAY", "BYMONTHDAY", "BYSETPOS"):
        if name in parts and name not in names:
            text = _(
                "%(name)s has no place in this rule: a daily one names no days, a weekly one may "
                "have BYDAY, a monthly one BYDAY (and BYSETPOS) or BYMONTHDAY."
            )
            _refuse("rrule", text % {"name": name})


def _number(parts: dict[str, str], name: str, most: int) -> int | None:
    value = parts.get(name)
    if value is None:
        return None
    if not re.fullmatch("[0-9]{1,4}", value) or not 1 <= int(value) <= most:
        text = _("%(name)s is a whole number from 1 to %(most)d.")
        _refuse(name.lower(), text % {"name": name, "most": most})
    return int(value)


def _weekdays(value: str) -> frozenset[int]:
    names = value.split(",")
    if not set(names) <= set(WEEKDAYS):
        text = _("BYDAY of a weekly rule lists days of %(days)s.")
        _refuse("weekdays", text % {"days": ",".join(WEEKDAYS)})
    return frozenset(WEEKDAYS.index(name) for name in names)


def _place(value: str, position: str) -> tuple[int, int]:
    """The week of the month and the weekday of 3TU, or of TU with BYSETPOS=3."""
    found = _DAY_OF_MONTH.fullmatch(value)
    week = f"{found[1] or ''}{position}" if found else ""  # both together are never a week
    if not found or found[2] not in WEEKDAYS or not re.fullmatch("[+]?[1-4]|-1", week):
        text = _(
            "BYDAY of a monthly rule is one day with its place: 1MO to 4MO, or -1MO for the last "
            "Monday. BYDAY=MO;BYSETPOS=1 is the same as 1MO."
        )
        _refuse("week_of_month", text)
    return int(week), WEEKDAYS.index(found[2])


def _month_day(value: str) -> int:
    if not re.fullmatch("[+]?[0-9]{1,2}|-1", value) or int(value) not in (*range(1, 32), LAST):
        text = _("BYMONTHDAY is one day from 1 to 31, or -1 for the last day of the month.")
        _refuse("month_day", text)
    return int(value)


def _until(value: str, starts: dt.time | None, zone: str) -> dt.date:
    """The last day on which a start is not after UNTIL."""
    found = _UNTIL.fullmatch(value)
    try:
        if not found:
            raise ValueError(value)
        format = "%Y%m%dT%H%M%S"
        end = dt.datetime.strptime(found[1] + (found[2] or "T235959").rstrip("Z"), format)
    except ValueError:
        text = _("UNTIL is a day, as 20261231, or a moment in UTC, as 20261231T170000Z.")
        _refuse("until", text)
    if not FIRST_DAY <= end.date() <= LAST_DAY:
        raise day_wrong("until")
    if starts is None or not found[2]:
        return end.date()
    if not found[3]:  # local time, as the start's
        return end.date() if starts <= end.time() else end.date() - DAY
    moment = end.replace(tzinfo=dt.UTC)
    day = moment.astimezone(times.zone(zone)).date()
    while times.moment(day, starts, zone) > moment:
        day -= DAY
    return day


def _same_weeks(repeat: Repeat, first: int) -> bool:
    """Whether the rule has the same days when weeks start on `first` as when on Monday.

    They differ if weeks are left out and days of one week would come to lie in two.
    """
    return repeat.interval == 1 or len({day < first for day in repeat.weekdays}) < 2


def _refuse(code: str, text: str) -> NoReturn:
    raise ValidationError(text, code=code)
