"""A time zone as calendars want it told: VTIMEZONE (RFC 5545, 3.6.5), made of zoneinfo.

icalendar makes these too, but tells the hour at which clocks are put forward as the one after the
change; here it is the one before, as the RFC has it. Changes that come every year by one rule are
told as that rule, as short as people write it by hand; others, such as Morocco's, one by one.
"""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard, vRecur

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
YEARS_LOOKED_AT = 28  # all weekdays of all days: enough to tell a rule from a chance
FEWEST = 8  # years that make a rule
YEARS_ONE_BY_ONE = 12  # of a series without an end, where no rule can be told
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Change:
    """Clocks change from one offset to another; `at` is what they show until then."""

    at: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    name: str
    summer: bool

    @property
    def kind(self) -> tuple[object, ...]:
        """Changes of one kind may be told together."""
        return self.before, self.after, self.name, self.summer, self.at.time()


def vtimezone(name: str, first: int, last: int | None) -> Timezone:
    """The zone for the years from `first` to `last`, or for ever; whoever gets it changes nothing.

    A change of the year before is told too: it holds until the first of those.
    """
    return _component(name, first, last, max(first, dt.datetime.now(dt.UTC).year))


@lru_cache(maxsize=1000)
def _component(name: str, first: int, last: int | None, newest: int) -> Timezone:
    until = last or newest + YEARS_ONE_BY_ONE
    rules, single = _looked_at(name, first, newest + YEARS_LOOKED_AT)
    told: list[tuple[list[Change], str]] = []
    told += [(changes[:1], rule) for rule, changes in rules if changes[0].at.year <= until]
    told += [(kind, "") for kind in _by_kind(one for one in single if one.at.year <= until)]
    if all(changes[0].at.year >= first for changes, _rule in told):
        told.append(([_opening(name, first)], ""))
    component = Timezone()
    component.add("tzid", name)
    for changes, rule in sorted(told, key=lambda one: one[0][0].at):
        component.add_component(_part(changes, rule))
    return component


@lru_cache(maxsize=1000)
def _looked_at(
    name: str, first: int, last: int
) -> tuple[list[tuple[str, list[Change]]], list[Change]]:
    """Changes that come by a rule to the end of what is looked at, and the others."""
    zone = zoneinfo.ZoneInfo(name)
    rules, single = [], []
    for kind in _by_kind(_changes(zone, first - 1, last)):
        for month in {change.at.month: None for change in kind}:
            changes = [change for change in kind if change.at.month == month]
            start, rule = _regular(changes)
            single += changes[:start]
            if rule:
                rules.append((rule, changes[start:]))
    return rules, single


def _by_kind(changes: Iterable[Change]) -> list[list[Change]]:
    kinds = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.at):
        kinds[change.kind].append(change)
    return list(kinds.values())


def _changes(zone: zoneinfo.ZoneInfo, first: int, last: int) -> Iterator[Change]:
    start = dt.datetime(first, 1, 1, tzinfo=dt.UTC)
    before = _offset(zone, start)
    while start.year <= last:
        end = start + DAY
        after = _offset(zone, end)
        if before != after:
            yield _change(zone, start, end)
        start, before = end, after


def _change(zone: zoneinfo.ZoneInfo, low: dt.datetime, high: dt.datetime) -> Change:
    """The change between two moments of UTC."""
    before, after = _offset(zone, low), _offset(zone, high)
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    now = high.astimezone(zone)
    seasonal = now.dst() != (high - SECOND).astimezone(zone).dst()
    local = (high + before).replace(tzinfo=None)
    return Change(local, before, after, now.tzname() or "", summer=seasonal and after > before)


def _regular(changes: list[Change]) -> tuple[int, str]:
    """From which of them on a rule makes them all, and the rule; else how many there are."""
    for start in range(len(changes) - FEWEST + 1):
        years = changes[-1].at.year - changes[start].at.year
        if years == len(changes) - start - 1 and (rule := _rule(changes[start:])):
            return start, rule
    return len(changes), ""


def _rule(changes: list[Change]) -> str:
    """What makes all these days of a month, one in each year; "" if nothing does."""
    weekdays = {change.at.weekday() for change in changes}
    days = [change.at.day for change in changes]
    month = changes[0].at.month
    if len(weekdays) != 1 or max(days) - min(days) > 6:
        return ""
    rule = f"FREQ=YEARLY;BYMONTH={month};BYDAY="
    weekday = WEEKDAYS[weekdays.pop()]
    longest = (dt.date(2001, month % 12 + 1, 1) - DAY).day
    if max(days) == longest and month != 2:
        return f"{rule}-1{weekday}"
    if min(days) % 7 == 1:
        return f"{rule}{min(days) // 7 + 1}{weekday}"
    if max(days) - min(days) == 6:  # as "the Sunday after the first Saturday"
        among = ",".join(str(day) for day in range(min(days), max(days) + 1))
        return f"{rule}{weekday};BYMONTHDAY={among}"
    return ""


def _part(changes: list[Change], rule: str) -> Component:
    """Changes of one kind: the first, with all others or with the rule that makes them."""
    first, *others = changes
    part = TimezoneDaylight() if first.summer else TimezoneStandard()
    part.add("dtstart", first.at)
    part.add("tzoffsetfrom", first.before)
    part.add("tzoffsetto", first.after)
    part.add("tzname", first.name)
    if rule:
        part.add("rrule", vRecur.from_ical(rule))
    for one in others:  # each in a line of its own: Thunderbird reads the first date of a line
        part.add("rdate", one.at)
    return part


def _opening(name: str, first: int) -> Change:
    """What holds in a zone without a change in the year before."""
    at = dt.datetime(first - 1, 1, 1, tzinfo=zoneinfo.ZoneInfo(name))
    offset = at.utcoffset() or dt.timedelta()
    return Change(dt.datetime(1970, 1, 1), offset, offset, at.tzname() or "", summer=False)


def _offset(zone: zoneinfo.ZoneInfo, at: dt.datetime) -> dt.timedelta:
    return at.astimezone(zone).utcoffset() or dt.timedelta()
