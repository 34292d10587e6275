"""Reminders come at the right local minute through every change of clocks, in twelve zones.

What is right is worked out here in another way: with dateutil's time zones, minute by minute.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from functools import lru_cache

import pytest
from dateutil import tz

from rooms.meetings import reminders, times
from rooms.notices.quiet import QuietHours

ZONES = [
    "Europe/Madrid",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Santiago",
    "America/Asuncion",
    "Africa/Cairo",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
]
YEARS = (2026, 2027, 2028)
MINUTE = dt.timedelta(minutes=1)
LEADS = (15, 60, 24 * 60, 7 * 24 * 60)
QUIET = [
    QuietHours(dt.time(22), dt.time(7)),
    QuietHours(dt.time(0, 30), dt.time(2, 15)),  # its end is skipped, or comes twice
    QuietHours(dt.time(2, 15), dt.time(5)),
    QuietHours(dt.time(8, 30), dt.time(8)),
]


@lru_cache(maxsize=200_000)
def _shown(zone: str, at: dt.datetime) -> dt.datetime:
    """What a clock shows, by dateutil."""
    there = tz.gettz(zone)
    assert there is not None
    return at.astimezone(there).replace(tzinfo=None)


def _is_quiet(hours: QuietHours, zone: str, at: dt.datetime) -> bool:
    minute = _shown(zone, at).time()
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end


def _right(hours: QuietHours, zone: str, starts_at: dt.datetime, at: dt.datetime) -> dt.datetime:
    """The first minute from `at` on that is not quiet; the last before, if that is too late."""
    moment = at
    while _is_quiet(hours, zone, moment) and moment < starts_at:
        moment += MINUTE
    if moment < starts_at:
        return moment
    moment = at
    while _is_quiet(hours, zone, moment):
        moment -= MINUTE
    return moment


def _changes(zone: str) -> list[dt.datetime]:
    """When clocks are changed in these years, to the hour before."""
    found = []
    at = dt.datetime(YEARS[0], 1, 1, tzinfo=dt.UTC)
    while at.year <= YEARS[-1]:
        later = at + dt.timedelta(hours=6)
        if _shown(zone, later) - _shown(zone, at) != later - at:
            found.append(at)
        at = later
    return found


def _starts(zone: str) -> Iterator[tuple[dt.date, dt.time]]:
    """Meetings around every change, at times that people choose and at odd ones."""
    for change in _changes(zone):
        for days in (-1, 0, 1):
            day = _shown(zone, change + dt.timedelta(days=days)).date()
            yield day, dt.time(3, 30)
            yield day, dt.time(9)


@pytest.mark.parametrize("zone", ZONES)
def test_lead_times_are_real_time_and_shown_right(zone: str) -> None:
    starts = list(_starts(zone))
    if zone != "America/Asuncion":  # Paraguay keeps its summer time since 2024
        assert len(starts) >= 2 * len(YEARS) * 6
    for day, clock in starts:
        starts_at = times.moment(day, clock, zone)
        for minutes in LEADS:
            at = reminders.due_at(starts_at, minutes, None, zoneinfo.ZoneInfo(zone))
            assert (starts_at - at).total_seconds() == minutes * 60
            shown = at.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
            assert shown == _shown(zone, at)


@pytest.mark.parametrize("hours", QUIET, ids=lambda one: f"{one.start:%H:%M}-{one.end:%H:%M}")
@pytest.mark.parametrize("zone", ZONES)
def test_quiet_hours_hold_through_every_change(zone: str, hours: QuietHours) -> None:
    for day, clock in _starts(zone):
        starts_at = times.moment(day, clock, zone)
        for minutes in (60, 24 * 60):
            at = starts_at - minutes * MINUTE
            due_at = reminders.due_at(starts_at, minutes, hours, zoneinfo.ZoneInfo(zone))
            assert due_at == _right(hours, zone, starts_at, at), (day, clock, minutes)
            assert not _is_quiet(hours, zone, due_at)
            assert due_at < starts_at
            assert due_at > at - reminders.FURTHEST


def test_examples_that_people_can_check() -> None:
    """Madrid: clocks go from 02:00 to 03:00 on 28 March 2027, back on 31 October."""
    madrid = zoneinfo.ZoneInfo("Europe/Madrid")

    def shown(day: dt.date, clock: dt.time, minutes: int, hours: QuietHours | None = None) -> str:
        starts_at = times.moment(day, clock, "Europe/Madrid")
        return f"{reminders.due_at(starts_at, minutes, hours, madrid).astimezone(madrid):%d %H:%M}"

    spring, autumn = dt.date(2027, 3, 28), dt.date(2027, 10, 31)
    assert shown(spring, dt.time(9), 60) == "28 08:00"
    assert shown(spring, dt.time(9), 24 * 60) == "27 08:00", "24 real hours before"
    assert shown(autumn, dt.time(9), 24 * 60) == "30 10:00"
    assert shown(spring, dt.time(3, 15), 30) == "28 01:45"
    night = QuietHours(dt.time(1), dt.time(2, 30))
    assert shown(spring, dt.time(9), 6 * 60 + 30, night) == "28 03:00", "the end was skipped"
    assert shown(autumn, dt.time(9), 8 * 60, night) == "31 02:30", "it comes twice: the first"
    assert shown(autumn, dt.time(9), 6 * 60 + 45, night) == "31 02:30", "quiet again: the second"
