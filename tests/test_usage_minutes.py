"""Minutes by day, by room and by month, in the account's time zone."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences import usage
from rooms.conferences.months import Month, Span
from rooms.models import Room
from tests.usage_rows import at, ended, going_on

LATER = at("2026-06-01 00:00")


def _month(account: Account, name: str) -> Month:
    return Month.named(account, name)


def test_a_stay_across_midnight_and_months_end_counts_on_both_sides(
    account: Account, room: Room
) -> None:
    ended(room, "2026-03-31 23:50", "2026-04-01 00:20")
    march, april = (
        usage.of_month(account, _month(account, name), LATER) for name in ("2026-03", "2026-04")
    )
    assert (march.seconds, april.seconds) == (600, 1200)
    assert march.days[dt.date(2026, 3, 31)] == 600
    assert april.days[dt.date(2026, 4, 1)] == 1200
    assert usage.seconds_used(account, march.month, LATER) == 600
    assert usage.seconds_used(account, april.month, LATER) == 1200


def test_midnight_is_the_accounts_own(account: Account, room: Room) -> None:
    account.time_zone = "Asia/Tokyo"
    ended(room, "2026-03-31 14:30", "2026-03-31 15:30")  # 23:30 to 00:30 in Tokyo
    march = usage.of_month(account, _month(account, "2026-03"), LATER)
    april = usage.of_month(account, _month(account, "2026-04"), LATER)
    assert (march.seconds, april.seconds) == (1800, 1800)
    account.time_zone = "UTC"
    assert usage.of_month(account, _month(account, "2026-03"), LATER).seconds == 3600


def test_days_of_one_month_add_up_and_rooms_are_told_apart(account: Account, room: Room) -> None:
    other = changes.make(account, name="Retro")
    ended(room, "2026-03-02 10:00", "2026-03-02 10:10")
    ended(room, "2026-03-02 10:00", "2026-03-02 10:05")
    ended(other, "2026-03-02 12:00", "2026-03-02 12:01")
    ended(room, "2026-03-03 23:59", "2026-03-04 00:01")
    march = usage.of_month(account, _month(account, "2026-03"), LATER)
    used = {day.day: seconds for day, seconds in march.days.items() if seconds}
    assert used == {2: 960, 3: 60, 4: 60}
    assert len(march.days) == 31
    assert [(one.room.name, one.seconds) for one in march.rooms] == [
        ("Standup", 1020),
        ("Retro", 60),
    ]
    assert march.seconds == usage.seconds_used(account, march.month, LATER) == 1080


def test_a_stay_still_open_counts_up_to_now(account: Account, room: Room) -> None:
    going_on(room, "2026-03-31 23:00")
    now = at("2026-04-01 00:30")
    march, april = _month(account, "2026-03"), _month(account, "2026-04")
    assert usage.of_month(account, march, now).seconds == 3600
    assert usage.of_month(account, april, now).seconds == 1800
    assert usage.seconds_used(account, march, now) == 3600
    assert usage.seconds_used(account, april, now) == 1800


def test_minutes_of_another_account_do_not_count(account: Account, room: Room) -> None:
    other = Account.objects.create(name="Other")
    ended(room, "2026-03-02 10:00", "2026-03-02 10:10")
    going_on(room, "2026-03-02 10:00")
    march = _month(other, "2026-03")
    assert usage.of_month(other, march, LATER).cells == []
    assert usage.seconds_used(other, march, LATER) == 0


def test_a_day_has_23_or_25_hours_where_the_clock_is_moved(account: Account, room: Room) -> None:
    account.time_zone = "Europe/Madrid"
    ended(room, "2026-03-28 23:00", "2026-03-29 22:00")
    march = usage.of_month(account, _month(account, "2026-03"), LATER)
    assert march.days[dt.date(2026, 3, 29)] == 23 * 3600


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "1999-01", "2026-11-01", "next", "２026-01"])
def test_what_is_no_month(account: Account, name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Month.named(account, name)


def test_months_follow_each_other_over_the_years_end() -> None:
    december = Month(dt.date(2026, 12, 1), zoneinfo.ZoneInfo("UTC"))
    assert str(december.next) == "2027-01"
    assert december.next.previous == december
    assert len(december.days) == 31
    assert december.end == at("2027-01-01 00:00")


# Zones whose clocks skip midnight, repeat it, or are not on the hour.
ZONES = ["UTC", "Europe/Madrid", "America/Santiago", "America/Havana", "Asia/Kathmandu"]


@given(
    start=st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 12, 1)),
    length=st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)),
    zone=st.sampled_from(ZONES),
)
def test_no_second_is_lost_or_counted_twice(
    start: dt.datetime, length: dt.timedelta, zone: str
) -> None:
    begin = start.replace(tzinfo=dt.UTC)
    span = Span(begin, begin + length, round(length.total_seconds()))
    here = zoneinfo.ZoneInfo(zone)
    days = list(span.by_day(here))
    assert sum(seconds for _day, seconds in days) == span.seconds
    assert all(seconds >= 0 for _day, seconds in days)
    assert [day for day, _seconds in days] == sorted({day for day, _seconds in days})
    first = Month(begin.astimezone(here).date().replace(day=1), here)
    assert span.within(first) + span.within(first.next) == span.seconds
    assert span.within(first.previous) == 0
    for month in (first, first.next):
        of_days = sum(n for day, n in days if day.replace(day=1) == month.first)
        assert of_days == span.within(month)
