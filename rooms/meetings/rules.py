"""The days of a meeting that repeats: RFC 5545, 3.3.10, in the part that people ask for.

This is the door to all of it: what people choose is a `Repeat` (repeats.py), what is kept is its
text (rrules.py), what is read is a sentence (sentences.py), and here it becomes days, by dateutil.
Days are local, at most one start on each; times.py makes moments of them.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Literal

from dateutil import rrule as dateutil
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rooms.meetings.repeats import FIRST_DAY, LAST, LAST_DAY, Frequency, Repeat, day_wrong
from rooms.meetings.rrules import parse, rrule_for_calendar, to_rrule
from rooms.meetings.sentences import choose_too, sentence
from rooms.meetings.times import day_text

__all__ = [
    "LAST",
    "Frequency",
    "Repeat",
    "check",
    "days",
    "last_day",
    "parse",
    "rrule_for_calendar",
    "sentence",
    "to_rrule",
]

YEAR = dt.timedelta(days=366)
_FREQUENCIES: dict[Frequency, Literal[1, 2, 3]] = {
    "daily": dateutil.DAILY,
    "weekly": dateutil.WEEKLY,
    "monthly_day": dateutil.MONTHLY,
    "monthly_weekday": dateutil.MONTHLY,
}


def days(rrule: str, first_day: dt.date, *, since: dt.date, until: dt.date) -> Iterator[dt.date]:
    """The days of a meeting from `since` to `until`, both included, in order.

    However long ago `first_day` is, only the days asked for are gone through, or as many as the
    rule counts.
    """
    repeat = parse(rrule).filled(first_day)
    last = min(until, repeat.until or until)
    for day in _walk(repeat, first_day, since):
        if day > last:
            return
        if day >= since:
            yield day


def last_day(rrule: str, first_day: dt.date) -> dt.date | None:
    """The last day of a meeting, None if it goes on for ever."""
    repeat = parse(rrule).filled(first_day)
    if repeat.until is None:
        ends = repeat.count or not repeat.frequency
        return max(_walk(repeat, first_day, first_day), default=first_day) if ends else None
    back = YEAR
    while True:  # from the end, since it may be far away
        since = max(first_day, repeat.until - back)
        if found := list(days(rrule, first_day, since=since, until=repeat.until)):
            return found[-1]
        if since == first_day:
            return first_day
        back *= 2


def check(repeat: Repeat, first_day: dt.date) -> None:
    """Raises ValidationError if a meeting cannot repeat so; its code is the field's name.

    The first day has to be a day of the rule: calendars disagree on what it is otherwise.
    """
    if not FIRST_DAY <= first_day <= LAST_DAY:
        raise day_wrong("first_day")
    repeat = repeat.filled(first_day)
    repeat.check()
    if repeat.until and repeat.until < first_day:
        text = _("The last day is before the first one, %(day)s.") % {"day": day_text(first_day)}
        raise ValidationError(text, code="until")
    if repeat.frequency == "weekly" and first_day.weekday() not in repeat.weekdays:
        raise ValidationError(choose_too(first_day), code="weekdays")
    often = dataclasses.replace(repeat, interval=1, until=None, count=None)
    first = next(_walk(often, first_day, first_day))
    if first != first_day:
        text = _("%(day)s is not a day of this rule. Start on %(next)s, or change the rule.")
        code = "month_day" if repeat.frequency == "monthly_day" else "week_of_month"
        words = {"day": day_text(first_day), "next": day_text(first)}
        raise ValidationError(text % words, code=code)


def _walk(repeat: Repeat, first_day: dt.date, since: dt.date) -> Iterator[dt.date]:
    """The days of a filled repeat in order, without most of those before `since`."""
    if not repeat.frequency:
        yield first_day
        return
    byweekday: list[int] | dateutil.weekday | None = sorted(repeat.weekdays) or None
    if repeat.weekday is not None:
        byweekday = dateutil.weekday(repeat.weekday, repeat.week_of_month)
    start = first_day if repeat.count else _near(repeat, first_day, since)
    for at in dateutil.rrule(
        _FREQUENCIES[repeat.frequency],
        dtstart=dt.datetime.combine(start, dt.time.min),
        interval=repeat.interval,
        wkst=dateutil.MO,
        count=repeat.count,
        bymonthday=repeat.month_day,
        byweekday=byweekday,
    ):
        yield at.date()


def _near(repeat: Repeat, first_day: dt.date, since: dt.date) -> dt.date:
    """A day not after `since` from where the rule has the same days as from the first one."""
    if since <= first_day:
        return first_day
    if repeat.frequency in ("daily", "weekly"):
        step = repeat.interval * (7 if repeat.frequency == "weekly" else 1)
        return since - (since - first_day) % dt.timedelta(days=step)
    months = (since.year - first_day.year) * 12 + since.month - first_day.month
    months -= months % repeat.interval
    if not months:
        return first_day
    years, month = divmod(first_day.month - 1 + months, 12)
    return dt.date(first_day.year + years, month + 1, 1)
