"""What holds of every rule, on generated ones."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as dateutil
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from rooms.meetings import rules
from rooms.meetings.rules import LAST, Frequency, Repeat

pytestmark = pytest.mark.property
DAY = dt.timedelta(days=1)
FREQUENCIES: list[Frequency] = ["daily", "weekly", "monthly_day", "monthly_weekday", ""]
ZONES = ["Europe/Madrid", "America/Nuuk", "Australia/Lord_Howe", "Pacific/Chatham", "UTC"]
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
starts = st.times().map(lambda time: time.replace(second=0, microsecond=0))
some_days = st.dates(dt.date(1970, 1, 1), dt.date(2060, 12, 31))


@st.composite
def repeats(draw: st.DrawFn) -> Repeat:
    """Any repeat; what its first day would say is left out at times."""
    frequency = draw(st.sampled_from(FREQUENCIES))
    if not frequency:
        return Repeat()
    until = draw(st.none() | st.dates(dt.date(1970, 1, 1), dt.date(2199, 12, 31)))
    repeat = Repeat(
        frequency,
        interval=draw(st.integers(1, 4) | st.integers(1, 99)),
        until=until,
        count=None if until else draw(st.none() | st.integers(1, 730)),
    )
    if frequency == "weekly":
        weekdays = draw(st.frozensets(st.integers(0, 6)))
        return dataclasses.replace(repeat, weekdays=weekdays)
    if frequency == "monthly_day":
        month_day = draw(st.sampled_from([None, *range(1, 32), LAST]))
        return dataclasses.replace(repeat, month_day=month_day)
    if frequency == "monthly_weekday":
        week, weekday = draw(st.sampled_from([1, 2, 3, 4, LAST])), draw(st.integers(0, 6))
        return dataclasses.replace(repeat, week_of_month=week, weekday=weekday)
    return repeat


def fits(repeat: Repeat, first: dt.date, day: dt.date) -> bool:
    """Whether a rule without an end has this day: by plain arithmetic, a day at a time."""
    months = (day.year - first.year) * 12 + day.month - first.month
    match repeat.frequency:
        case "":
            return day == first
        case "daily":
            return (day - first).days % repeat.interval == 0
        case "weekly":
            weeks = (day - day.weekday() * DAY - first + first.weekday() * DAY).days // 7
            return weeks % repeat.interval == 0 and day.weekday() in repeat.weekdays
        case "monthly_day":
            wanted = (
                (day + DAY).day == 1 if repeat.month_day == LAST else day.day == repeat.month_day
            )
        case "monthly_weekday":
            last = (day + 7 * DAY).month != day.month
            place = (
                last
                if repeat.week_of_month == LAST
                else (day.day - 1) // 7 + 1 == repeat.week_of_month
            )
            wanted = place and day.weekday() == repeat.weekday
    return wanted and months % repeat.interval == 0


def walk(repeat: Repeat, first: dt.date, until: dt.date) -> Iterator[dt.date]:
    left = repeat.count or 10_000
    day = first
    while day <= min(until, repeat.until or until) and left:
        if fits(repeat, first, day):
            yield day
            left -= 1
        day += DAY


@st.composite
def meetings(draw: st.DrawFn) -> tuple[Repeat, dt.date]:
    """A repeat, and a first day that is a day of it."""
    day = draw(some_days)
    repeat = draw(repeats()).filled(day)
    often = dataclasses.replace(repeat, interval=1)
    while repeat.frequency and not fits(often, day, day):
        day += DAY
    if repeat.until:
        until = day + draw(st.integers(0, 4000)) * DAY
        repeat = dataclasses.replace(repeat, until=until)
    return repeat, day


@given(repeats())
def test_a_rule_says_all_of_a_repeat(repeat: Repeat) -> None:
    rrule = rules.to_rrule(repeat)
    assert rules.parse(rrule) == repeat
    assert len(rrule) <= 255


@given(meetings(), st.integers(-100, 4000), st.integers(0, 400))
def test_days_are_a_window_of_a_walk_day_by_day(
    meeting: tuple[Repeat, dt.date], ahead: int, wide: int
) -> None:
    repeat, first = meeting
    rules.check(repeat, first)
    rrule = rules.to_rrule(repeat)
    nearest = first + ahead * DAY
    wanted = list(walk(repeat, first, nearest + 500 * DAY))
    for later in (0, 1, 2, 5, 8, 15, 40, 100):
        since = nearest + later * DAY
        until = since + wide * DAY
        found = list(rules.days(rrule, first, since=since, until=until))
        assert found == [day for day in wanted if since <= day <= until]


@given(meetings())
def test_the_last_day_is_the_last_of_the_days(meeting: tuple[Repeat, dt.date]) -> None:
    repeat, first = meeting
    rrule = rules.to_rrule(repeat)
    last = rules.last_day(rrule, first)
    if repeat.frequency and not repeat.until and not repeat.count:
        assert last is None
        return
    *_others, wanted = rules.days(rrule, first, since=first, until=dt.date.max)
    assert last == wanted


@given(repeats(), some_days, st.sampled_from(["en", "ru"]))
def test_every_repeat_has_a_sentence_and_is_taken_or_refused(
    repeat: Repeat, first: dt.date, language: str
) -> None:
    with translation.override(language):
        assert rules.sentence(repeat, first)
        with contextlib.suppress(ValidationError):
            rules.check(repeat, first)


@given(meetings(), starts, st.sampled_from(ZONES))
def test_calendars_end_a_series_where_we_do(
    meeting: tuple[Repeat, dt.date], at: dt.time, zone: str
) -> None:
    """By dateutil, which reads UNTIL as it is written and compares moments."""
    repeat, first = meeting
    rrule = rules.to_rrule(repeat)
    told = rules.rrule_for_calendar(rrule, at, zone)
    assert rules.parse(told, at, zone) == rules.parse(rrule)
    if repeat.until:
        begin = dt.datetime.combine(first, at, ZoneInfo(zone))
        read = dateutil.rrulestr(told, dtstart=begin).between(
            begin + 3000 * DAY, begin + 4100 * DAY, inc=True
        )
        ours = rules.days(rrule, first, since=first + 3000 * DAY, until=first + 4100 * DAY)
        assert [one.date() for one in read] == list(ours)


@given(st.frozensets(st.integers(0, 6), min_size=1), st.sampled_from(WEEKDAYS), st.integers(1, 3))
def test_weeks_may_start_elsewhere_only_if_that_changes_nothing(
    weekdays: frozenset[int], first: str, interval: int
) -> None:
    rrule = rules.to_rrule(Repeat("weekly", interval, weekdays))

    def days(first: str) -> list[list[dt.datetime]]:
        """From each day of the week that may be the meeting's first."""
        rule = f"{rrule};COUNT=30;WKST={first}"
        monday = dt.datetime(2026, 11, 23)
        return [list(dateutil.rrulestr(rule, dtstart=monday + day * DAY)) for day in weekdays]

    taken = True
    try:
        rules.parse(f"{rrule};WKST={first}")
    except ValidationError:
        taken = False
    assert taken == (days("MO") == days(first))
