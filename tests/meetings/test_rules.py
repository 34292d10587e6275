"""Rules of meetings: as a sentence, as days, and what a form is told about them."""

import datetime as dt
import time
from itertools import islice

import pytest
from django.core.exceptions import ValidationError

from rooms.meetings import rules
from rooms.meetings.rules import LAST, Repeat

TUESDAY = dt.date(2026, 11, 24)
MO, TU, WE, TH, FR, SA, SU = range(7)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("repeat", "sentence"),
    [
        (Repeat(), "Once"),
        (Repeat("daily"), "Every day"),
        (Repeat("daily", 3, count=1), "Every 3 days, 1 time"),
        (Repeat("weekly"), "Every week on Tuesday"),
        (Repeat("weekly", weekdays=frozenset(range(5))), "Every weekday"),
        (
            Repeat("weekly", weekdays=frozenset({WE, MO}), until=day("2026-12-31")),
            "Every week on Monday and Wednesday until 31 December 2026",
        ),
        (
            Repeat("weekly", 2, frozenset({SU, TU, FR})),
            "Every 2 weeks on Tuesday, Friday and Sunday",
        ),
        (Repeat("monthly_day"), "Every month on day 24"),
        (Repeat("monthly_day", month_day=LAST), "Every month on the last day"),
        (
            Repeat("monthly_day", month_day=31),
            "Every month on day 31 (months without it are left out)",
        ),
        (
            Repeat("monthly_weekday", 2, week_of_month=3, weekday=TU, count=10),
            "Every 2 months on the third Tuesday, 10 times",
        ),
        (Repeat("monthly_weekday"), "Every month on the fourth Tuesday"),
    ],
)
def test_a_sentence_says_what_a_rule_means(repeat: Repeat, sentence: str) -> None:
    assert rules.sentence(repeat, TUESDAY) == sentence


def test_what_a_form_leaves_out_the_first_day_says() -> None:
    assert Repeat("weekly").filled(TUESDAY).weekdays == {TU}
    assert Repeat("monthly_day").filled(TUESDAY).month_day == 24
    for number, week in [(7, 1), (8, 2), (28, 4), (29, LAST)]:
        filled = Repeat("monthly_weekday").filled(dt.date(2026, 12, number))
        assert (filled.week_of_month, filled.weekday) == (week, dt.date(2026, 12, number).weekday())
    beside = Repeat("daily", 2, frozenset({MO}), month_day=3, week_of_month=1, weekday=FR)
    assert beside.filled(TUESDAY) == Repeat("daily", 2)
    with pytest.raises(ValueError, match="fill"):
        rules.to_rrule(Repeat("monthly_weekday"))


@pytest.mark.parametrize(
    ("repeat", "code", "says"),
    [
        (
            Repeat("weekly", weekdays=frozenset({MO, WE})),
            "weekdays",
            "24 November 2026 is a Tuesday: choose Tuesday too, or start on another day.",
        ),
        (Repeat("monthly_day", month_day=31), "month_day", "Start on 31 December 2026"),
        (Repeat("monthly_day", 2, month_day=LAST), "month_day", "Start on 30 November 2026"),
        (
            Repeat("monthly_weekday", week_of_month=3, weekday=TU),
            "week_of_month",
            "24 November 2026 is not a day of this rule. Start on 15 December 2026",
        ),
        (Repeat("daily", until=day("2026-11-23")), "until", "24 November 2026"),
        (Repeat("daily", until=dt.date.max), "until", "2199"),
        (Repeat("daily", 0), "interval", "1 to 99"),
        (Repeat("daily", 100), "interval", "1 to 99"),
        (Repeat("daily", count=0), "count", "1 to 730"),
        (Repeat("daily", count=731), "count", "1 to 730"),
        (Repeat("daily", count=2, until=day("2026-12-31")), "count", "not both"),
        (Repeat("weekly", weekdays=frozenset({TU, 7})), "weekdays", "days of the week"),
        (Repeat("monthly_day", month_day=32), "month_day", "1 to 31"),
        (Repeat("monthly_weekday", week_of_month=5, weekday=TU), "week_of_month", "fourth"),
        (Repeat("monthly_weekday", week_of_month=4, weekday=7), "weekday", "day of the week"),
    ],
)
def test_a_form_is_told_what_is_wrong_and_where(repeat: Repeat, code: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        rules.check(repeat, TUESDAY)
    assert refused.value.code == code
    assert says in refused.value.messages[0]


def test_a_first_day_beyond_the_calendar_is_refused() -> None:
    for first_day in (dt.date.max, dt.date.min):
        with pytest.raises(ValidationError) as refused:
            rules.check(Repeat(), first_day)
        assert refused.value.code == "first_day"


def test_what_does_not_belong_to_the_frequency_is_not_checked() -> None:
    rules.check(Repeat(interval=0, count=0, until=day("2020-01-01")), TUESDAY)
    rules.check(Repeat("daily", weekdays=frozenset({9}), month_day=99), TUESDAY)


def test_days_are_those_of_the_window_alone() -> None:
    def days(rrule: str, since: str, until: str) -> list[int]:
        found = rules.days(rrule, TUESDAY, since=day(since), until=day(until))
        return [one.day for one in found]

    assert days("", "2026-11-01", "2027-11-01") == [24]
    assert days("", "2026-11-25", "2027-11-01") == []
    assert days("FREQ=DAILY", "2026-11-01", "2026-11-26") == [24, 25, 26]
    assert days("FREQ=DAILY;COUNT=3", "2026-11-25", "2027-11-25") == [25, 26]
    assert days("FREQ=DAILY;UNTIL=20261126", "2026-11-25", "2027-11-25") == [25, 26]
    assert days("FREQ=WEEKLY;INTERVAL=2", "2026-12-01", "2026-12-31") == [8, 22]
    assert days("FREQ=WEEKLY", "2026-12-31", "2026-12-01") == []


def test_a_month_without_the_day_is_left_out() -> None:
    found = rules.days(
        "FREQ=MONTHLY;BYMONTHDAY=31", day("2026-10-31"), since=TUESDAY, until=dt.date.max
    )
    wanted = ["2026-12-31", "2027-01-31", "2027-03-31", "2027-05-31"]
    assert list(islice(found, 4)) == [day(text) for text in wanted]


@pytest.mark.parametrize(
    ("rrule", "first_day", "last"),
    [
        ("", "2026-11-24", "2026-11-24"),
        ("FREQ=DAILY", "2026-11-24", None),
        ("FREQ=DAILY;COUNT=1", "2026-11-24", "2026-11-24"),
        ("FREQ=DAILY;COUNT=730", "2026-11-24", "2028-11-22"),
        ("FREQ=WEEKLY;UNTIL=20261231", "2026-11-24", "2026-12-29"),
        ("FREQ=WEEKLY;UNTIL=20261125", "2026-11-24", "2026-11-24"),
        ("FREQ=DAILY;UNTIL=21991231", "2026-11-24", "2199-12-31"),
        # A leap day each twelve months, and 2100 has none.
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29;UNTIL=21031231", "2024-02-29", "2096-02-29"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29;UNTIL=20271231", "2024-02-29", "2024-02-29"),
    ],
)
def test_the_last_day_is_known(rrule: str, first_day: str, last: str | None) -> None:
    assert rules.last_day(rrule, day(first_day)) == (day(last) if last else None)


def test_an_old_meeting_is_as_quick_as_a_new_one() -> None:
    """Twenty milliseconds at most for 60 days of a daily meeting of ten years; it takes one."""
    spent = []
    for _ in range(5):
        begin = time.perf_counter()
        until = TUESDAY + dt.timedelta(days=59)
        found = list(rules.days("FREQ=DAILY", day("2016-11-24"), since=TUESDAY, until=until))
        spent.append(time.perf_counter() - begin)
        assert len(found) == 60
    assert min(spent) < 0.02
