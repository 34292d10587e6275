"""Rules of meetings as text: what is written, what is understood, what is refused."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from rooms.meetings import rules
from rooms.meetings.rules import LAST, Repeat

MO, TU, WE = range(3)


@pytest.mark.parametrize(
    ("repeat", "rrule"),
    [
        (Repeat(), ""),
        (Repeat("daily"), "FREQ=DAILY"),
        (Repeat("daily", 99, count=730), "FREQ=DAILY;INTERVAL=99;COUNT=730"),
        (Repeat("weekly"), "FREQ=WEEKLY"),
        (
            Repeat("weekly", 2, frozenset({WE, MO}), until=dt.date(2026, 12, 31)),
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20261231",
        ),
        (Repeat("monthly_day"), "FREQ=MONTHLY"),
        (Repeat("monthly_day", month_day=31), "FREQ=MONTHLY;BYMONTHDAY=31"),
        (Repeat("monthly_day", month_day=LAST), "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (Repeat("monthly_weekday", week_of_month=3, weekday=TU), "FREQ=MONTHLY;BYDAY=3TU"),
        (Repeat("monthly_weekday", week_of_month=LAST, weekday=MO), "FREQ=MONTHLY;BYDAY=-1MO"),
    ],
)
def test_a_repeat_is_written_as_a_rule_and_read_again(repeat: Repeat, rrule: str) -> None:
    assert rules.to_rrule(repeat) == rrule
    assert rules.parse(rrule) == repeat


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("  ", ""),
        ("rrule:freq=daily;interval=1", "FREQ=DAILY"),
        ("BYDAY=FR,MO,MO;WKST=MO;FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=3", "FREQ=MONTHLY;BYDAY=3TU"),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("FREQ=MONTHLY;BYDAY=+2TU", "FREQ=MONTHLY;BYDAY=2TU"),
        ("FREQ=MONTHLY;BYMONTHDAY=+07", "FREQ=MONTHLY;BYMONTHDAY=7"),
        ("FREQ=DAILY;UNTIL=20261231T170000Z", "FREQ=DAILY;UNTIL=20261231"),
        ("FREQ=DAILY;UNTIL=20261231T170000", "FREQ=DAILY;UNTIL=20261231"),
        # Where weeks start matters to neither of these.
        ("FREQ=WEEKLY;BYDAY=SU,TU;WKST=SU", "FREQ=WEEKLY;BYDAY=TU,SU"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA"),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1;WKST=SU", "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1"),
    ],
)
def test_other_ways_to_say_the_same_are_understood(written: str, canonical: str) -> None:
    assert rules.to_rrule(rules.parse(written)) == canonical


@pytest.mark.parametrize(
    ("rrule", "code", "says"),
    [
        ("every day", "rrule", "FREQ, INTERVAL, BYDAY"),
        ("FREQ=DAILY;", "rrule", "FREQ, INTERVAL, BYDAY"),
        ("FREQ=DAILY;COUNT", "rrule", "FREQ, INTERVAL, BYDAY"),
        ("FREQ=DAILY;BYHOUR=9", "rrule", "BYHOUR=9"),
        ("FREQ=DAILY;COUNT=2;COUNT=3", "rrule", "COUNT twice"),
        ("FREQ=DAILY;" * 30, "rrule", "255"),
        ("INTERVAL=2", "frequency", "FREQ=WEEKLY"),
        ("FREQ=YEARLY", "frequency", "FREQ=WEEKLY"),
        ("FREQ=HOURLY", "frequency", "FREQ=WEEKLY"),
        ("FREQ=DAILY;INTERVAL=0", "interval", "1 to 99"),
        ("FREQ=DAILY;INTERVAL=-1", "interval", "1 to 99"),
        ("FREQ=DAILY;INTERVAL=100", "interval", "1 to 99"),
        ("FREQ=DAILY;INTERVAL=٣", "interval", "1 to 99"),
        ("FREQ=DAILY;INTERVAL=1_0", "interval", "1 to 99"),
        ("FREQ=DAILY;COUNT=0", "count", "1 to 730"),
        ("FREQ=DAILY;COUNT=731", "count", "1 to 730"),
        ("FREQ=DAILY;COUNT=" + "9" * 200, "count", "1 to 730"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20261231", "count", "not by both"),
        ("FREQ=DAILY;UNTIL=tomorrow", "until", "20261231T170000Z"),
        ("FREQ=DAILY;UNTIL=20260230", "until", "20261231T170000Z"),
        ("FREQ=DAILY;UNTIL=20261231Z", "until", "20261231T170000Z"),
        ("FREQ=DAILY;UNTIL=20261231T250000Z", "until", "20261231T170000Z"),
        ("FREQ=DAILY;UNTIL=99991231", "until", "2199"),
        ("FREQ=DAILY;UNTIL=00010101T000000Z", "until", "1970"),
        ("FREQ=DAILY;BYDAY=MO", "rrule", "weekly"),
        ("FREQ=DAILY;BYMONTHDAY=1", "rrule", "BYMONTHDAY has no place"),
        ("FREQ=WEEKLY;BYDAY=1MO", "weekdays", "MO,TU,WE"),
        ("FREQ=WEEKLY;BYDAY=MO,,TU", "weekdays", "MO,TU,WE"),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1", "rrule", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=MO", "week_of_month", "BYDAY=MO;BYSETPOS=1"),
        ("FREQ=MONTHLY;BYDAY=5MO", "week_of_month", "1MO to 4MO"),
        ("FREQ=MONTHLY;BYDAY=-2MO", "week_of_month", "1MO to 4MO"),
        ("FREQ=MONTHLY;BYDAY=1XX", "week_of_month", "1MO to 4MO"),
        ("FREQ=MONTHLY;BYDAY=1MO,2MO", "week_of_month", "1MO to 4MO"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=1", "week_of_month", "1MO to 4MO"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1", "rrule", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=1", "rrule", "BYSETPOS"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "month_day", "1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "month_day", "1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "month_day", "1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "month_day", "1 to 31"),
        ("FREQ=WEEKLY;WKST=XX", "weekdays", "MO,TU,WE"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "weekdays", "Monday"),
    ],
)
def test_other_rules_are_refused_with_what_is_allowed(rrule: str, code: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        rules.parse(rrule)
    assert refused.value.code == code
    assert says in refused.value.messages[0]


@pytest.mark.parametrize(
    ("starts", "zone", "until"),
    [
        ("09:30", "Europe/Madrid", "20261231T083000Z"),
        ("23:30", "America/New_York", "20270101T043000Z"),
        ("09:00", "Pacific/Auckland", "20261230T200000Z"),
        ("09:00", "UTC", "20261231T090000Z"),
    ],
)
def test_a_calendar_gets_until_as_a_moment(starts: str, zone: str, until: str) -> None:
    at = dt.time.fromisoformat(starts)
    rule = "FREQ=DAILY;INTERVAL=3;UNTIL=20261231"
    told = rules.rrule_for_calendar(rule, at, zone)
    assert told == f"FREQ=DAILY;INTERVAL=3;UNTIL={until}"
    assert rules.to_rrule(rules.parse(told, at, zone)) == rule
    for same in ("", "FREQ=DAILY;COUNT=3"):
        assert rules.rrule_for_calendar(same, at, zone) == same


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261231", "2026-12-31"),
        ("20261231T143000Z", "2026-12-31"),  # 09:30 in New York
        ("20261231T142959Z", "2026-12-30"),
        ("20270101T040000Z", "2026-12-31"),
        ("20261231T093000", "2026-12-31"),
        ("20261231T092959", "2026-12-30"),
    ],
)
def test_until_as_a_moment_is_understood_by_when_the_meeting_starts(until: str, last: str) -> None:
    repeat = rules.parse(f"FREQ=DAILY;UNTIL={until}", dt.time(9, 30), "America/New_York")
    assert repeat.until == dt.date.fromisoformat(last)
