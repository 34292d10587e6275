"""Local times and their moments, where clocks are put forward and back, and where they are not."""

import datetime as dt
import zoneinfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from rooms.meetings import times

MADRID, LORD_HOWE, APIA = "Europe/Madrid", "Australia/Lord_Howe", "Pacific/Apia"
NUUK, SANTIAGO, KATHMANDU = "America/Nuuk", "America/Santiago", "Asia/Kathmandu"
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def at(text: str) -> tuple[dt.date, dt.time]:
    both = dt.datetime.fromisoformat(text)
    return both.date(), both.time()


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2026-03-28 09:00", MADRID, "2026-03-28 08:00"),
        ("2026-03-30 09:00", MADRID, "2026-03-30 07:00"),
        ("2026-03-29 02:30", MADRID, "2026-03-29 01:30"),  # skipped: read with UTC+01:00
        ("2026-10-25 02:30", MADRID, "2026-10-25 00:30"),  # twice: the first
        ("2026-10-04 02:15", LORD_HOWE, "2026-10-03 15:45"),
        ("2026-04-05 01:45", LORD_HOWE, "2026-04-04 14:45"),
        ("2026-06-01 00:00", KATHMANDU, "2026-05-31 18:15"),
        ("2011-12-30 09:00", APIA, "2011-12-30 19:00"),
        ("2011-12-31 09:00", APIA, "2011-12-30 19:00"),
        ("2026-06-01 00:00", "UTC", "2026-06-01 00:00"),
    ],
)
def test_a_moment_is_read_as_the_standard_says(local: str, zone: str, utc: str) -> None:
    moment = times.moment(*at(local), zone)
    assert moment == dt.datetime.fromisoformat(f"{utc}+00:00")
    assert moment.tzinfo is dt.UTC


def test_the_second_of_two_times_is_never_meant() -> None:
    day, time = at("2026-10-25 02:30")
    assert times.moment(day, time.replace(fold=1), MADRID) == times.moment(day, time, MADRID)


@pytest.mark.parametrize(
    ("local", "zone", "clocks"),
    [
        ("2026-03-29 02:00", MADRID, ("2026-03-29 02:00", "2026-03-29 03:00")),
        ("2026-03-29 02:59", MADRID, ("2026-03-29 02:00", "2026-03-29 03:00")),
        ("2026-03-29 03:00", MADRID, None),
        ("2026-03-29 01:59", MADRID, None),
        ("2026-10-25 02:30", MADRID, None),
        ("2026-10-04 02:29", LORD_HOWE, ("2026-10-04 02:00", "2026-10-04 02:30")),
        ("2026-10-04 02:30", LORD_HOWE, None),
        ("2026-09-06 00:30", SANTIAGO, ("2026-09-06 00:00", "2026-09-06 01:00")),
        ("2026-03-28 23:30", NUUK, ("2026-03-28 23:00", "2026-03-29 00:00")),
        ("2011-12-30 00:00", APIA, ("2011-12-30 00:00", "2011-12-31 00:00")),
        ("2011-12-30 23:59", APIA, ("2011-12-30 00:00", "2011-12-31 00:00")),
        ("2011-12-31 00:00", APIA, None),
        ("2026-03-29 02:30", KATHMANDU, None),
    ],
)
def test_a_gap_says_from_where_to_where_clocks_go(
    local: str, zone: str, clocks: tuple[str, str] | None
) -> None:
    wanted = clocks and tuple(dt.datetime.fromisoformat(text) for text in clocks)
    assert times.gap(*at(local), zone) == wanted
    assert times.skipped(*at(local), zone) == bool(clocks)
    assert bool(times.skipped_text(*at(local), zone)) == bool(clocks)


@pytest.mark.parametrize(
    ("local", "zone", "text"),
    [
        (
            "2026-03-29 02:30",
            MADRID,
            "02:30 does not exist on 29 March 2026 in Europe/Madrid: clocks go from 02:00 to "
            "03:00. Choose an earlier or a later time.",
        ),
        (
            "2026-03-28 23:30",
            NUUK,
            "23:30 does not exist on 28 March 2026 in America/Nuuk: clocks go from 23:00 to "
            "29 March 2026, 00:00. Choose an earlier or a later time.",
        ),
        (
            "2011-12-30 09:00",
            APIA,
            "30 December 2011 does not exist in Pacific/Apia: 29 December 2011 is followed by "
            "31 December 2011. Choose another day.",
        ),
        ("2026-03-29 03:00", MADRID, ""),
    ],
)
def test_a_form_tells_of_a_time_that_does_not_exist(local: str, zone: str, text: str) -> None:
    assert times.skipped_text(*at(local), zone) == text
    assert times.twice_text(*at(local), zone) == ""


@pytest.mark.parametrize(
    ("local", "zone", "offset"),
    [
        ("2026-10-25 02:30", MADRID, "UTC+02:00"),
        ("2026-04-05 01:45", LORD_HOWE, "UTC+11:00"),
        ("2026-11-01 01:00", "America/St_Johns", "UTC-02:30"),
        ("2026-04-05 03:00", "Pacific/Chatham", "UTC+13:45"),
        ("2026-10-25 03:00", MADRID, ""),
        ("2026-10-25 02:30", KATHMANDU, ""),
    ],
)
def test_a_form_tells_which_of_two_times_is_meant(local: str, zone: str, offset: str) -> None:
    text = times.twice_text(*at(local), zone)
    day, time = at(local)
    comes = f"{time:%H:%M} comes twice on {day.day} {day:%B} 2026 in {zone}"
    assert text == (f"{comes}: the first one ({offset}) is meant." if offset else "")
    assert times.twice(day, time, zone) == bool(offset)
    assert times.skipped_text(day, time, zone) == ""


def test_texts_are_in_the_readers_language() -> None:
    with translation.override("ru"):
        assert "29 марта 2026" in times.skipped_text(*at("2026-03-29 02:30"), MADRID)
        assert times.day_text(dt.date(2026, 11, 24)) == "24 ноября 2026"


def _changes() -> list[tuple[str, dt.date]]:
    """Days of ten years, and the zones in which clocks are changed on them."""
    found = []
    for name in (MADRID, LORD_HOWE, NUUK, SANTIAGO, "Pacific/Chatham", "Africa/Casablanca"):
        zone = zoneinfo.ZoneInfo(name)
        noon = dt.datetime(2020, 1, 1, 12, tzinfo=zone)
        for _ in range(3653):
            if (noon + DAY).utcoffset() != noon.utcoffset():
                found += [(name, noon.date()), (name, (noon + DAY).date())]
            noon += DAY
    return found


CHANGES = _changes()


@pytest.mark.property
@given(
    change=st.sampled_from(CHANGES),
    time=st.times().map(lambda time: time.replace(second=0, microsecond=0)),
)
def test_what_clocks_show_decides(change: tuple[str, dt.date], time: dt.time) -> None:
    """A time is what a clock shows once, twice or never, going through the day by the minute."""
    name, day = change
    zone = zoneinfo.ZoneInfo(name)
    local = dt.datetime.combine(day, time)
    around = [local.replace(tzinfo=dt.UTC) + n * MINUTE * 15 for n in range(-16 * 4, 16 * 4)]
    shows = [moment for moment in around if moment.astimezone(zone).replace(tzinfo=None) == local]
    moment = times.moment(day, time, name)
    assert times.skipped(day, time, name) == (len(shows) == 0)
    assert times.twice(day, time, name) == (len(shows) == 2)
    if shows:
        assert moment == shows[0]
        return
    gap = times.gap(day, time, name)
    assert gap
    start, end = gap
    assert start <= local < end
    assert moment.astimezone(zone).replace(tzinfo=None) == local + (end - start)
    last = (moment - (local - start) - MINUTE).astimezone(zone)  # a minute before the change
    assert last.replace(tzinfo=None) == start - MINUTE
