"""Budgets of guesses: by number, for hidden numbers, and over all."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms import counters
from rooms.accounts import blocked
from rooms.accounts.models import Account
from rooms.conferences import presence
from rooms.models import Room
from telephony import guessing
from tests.at_once import at_once

NOW = dt.datetime(2026, 11, 22, 10, 40, tzinfo=dt.UTC)
ANA, EVA = "+34600123456", "+34600000001"
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def spend(caller: str, times: int, at: dt.datetime = NOW) -> None:
    for _time in range(times):
        assert guessing.take(caller, at).open


@pytest.mark.django_db
def test_a_number_has_nine_tries_an_hour() -> None:
    spend(ANA, 9)
    closed = guessing.take(ANA, NOW)
    assert (closed.open, closed.why) == (False, "number")
    assert closed.until == dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)
    assert guessing.take(EVA, NOW).open, "others are not concerned"
    assert not guessing.take(ANA, NOW + 19 * MINUTE).open
    assert guessing.take(ANA, NOW + 20 * MINUTE).open


@pytest.mark.django_db
def test_hidden_numbers_have_sixty_together() -> None:
    spend("", 60)
    assert guessing.take("", NOW).why == "hidden"
    assert guessing.take(ANA, NOW).open
    assert guessing.take("", NOW + HOUR).open


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "minutes"),
    [
        (NOW, 20),
        (NOW + dt.timedelta(seconds=1), 20),
        (NOW + 20 * MINUTE - dt.timedelta(microseconds=1), 1),
    ],
)
def test_it_says_in_how_many_minutes_to_try_again(at: dt.datetime, minutes: int) -> None:
    spend(ANA, 9, at)
    assert guessing.take(ANA, at).minutes(at) == minutes


@pytest.mark.django_db
def test_what_was_right_costs_nothing() -> None:
    for _call in range(50):
        assert guessing.take(ANA, NOW).open
        guessing.refund(ANA, NOW)
    spend(ANA, 9)
    assert not guessing.take(ANA, NOW).open
    assert guessing.week(NOW).lately == 9


@pytest.mark.django_db
def test_a_closed_budget_reserves_nothing() -> None:
    spend(ANA, 9)
    for _dial in range(20):
        assert not guessing.take(ANA, NOW).open
    guessing.refund(ANA, NOW)
    assert guessing.take(ANA, NOW).open
    assert guessing.week(NOW).lately == 9, "what was not tried is no failure"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("caller", "most"), [(ANA, 9), ("", 60)])
def test_those_who_guess_at_once_have_no_more(caller: str, most: int) -> None:
    def guess() -> int:
        return sum(guessing.take(caller, NOW).open for _ in range(20))

    results: Any = at_once(*[guess] * 6)
    assert sum(results) == most


@pytest.mark.django_db
def test_taking_costs_one_statement_at_most(settings: Any) -> None:
    guessing.take(EVA, NOW)
    with CaptureQueriesContext(connection) as queries:
        guessing.take(ANA, NOW)
        guessing.refund(ANA, NOW)
    assert len(queries) == (0 if settings.REDIS_URL else 2)


@pytest.mark.django_db
def test_a_lost_redis_neither_lets_everybody_guess_nor_keeps_everybody_out(settings: Any) -> None:
    spend(ANA, 5)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    counters.forget()
    taken = sum(guessing.take(ANA, NOW).open for _ in range(30))
    assert taken <= 9
    assert guessing.take(EVA, NOW).open
    counters.forget()


# --- Over all -------------------------------------------------------------------------------


def fail(count: int, at: dt.datetime = NOW) -> None:
    """As many wrong codes, each from a number of its own."""
    for number in range(count):
        counters.hit_all([guessing.OVER_ALL], at)
        guessing.failed(f"c{number}", f"+1555{number:07}", "123123", at)
    guessing.forget()


@pytest.mark.django_db
def test_in_a_suspicious_time_unknown_numbers_have_one_try(room: Room) -> None:
    presence.join(call="c", caller=ANA, at=NOW, room_id=room.pk)
    fail(99)
    assert guessing.take("", NOW).tries == guessing.take(EVA, NOW).tries == 3
    fail(1)
    assert guessing.take("", NOW).tries == guessing.take(EVA, NOW).tries == 1
    assert guessing.take(ANA, NOW).tries == 3, "was in a room before"
    guessing.forget()
    assert guessing.take(EVA, NOW + 2 * HOUR).tries == 3


@pytest.mark.django_db
def test_what_is_usual_is_the_mean_of_a_week() -> None:
    for hours in range(2, 170):
        for _one in range(10):
            counters.hit_all([guessing.OVER_ALL], NOW - hours * HOUR)
    assert guessing.week(NOW).usual == pytest.approx(10)
    fail(200)
    assert not guessing.suspicious(NOW)
    fail(1)
    assert guessing.suspicious(NOW)


@pytest.mark.django_db
def test_the_last_hour_reaches_back_into_the_one_before() -> None:
    fail(120, NOW - HOUR)
    assert guessing.week(NOW).lately == pytest.approx(40), "10:00 to 10:40, a third is left"
    fail(80)
    assert guessing.suspicious(NOW)
    assert guessing.week(NOW).usual == 5, "what goes on now does not make itself usual"


@pytest.mark.django_db
def test_the_verdict_is_looked_up_once_a_minute() -> None:
    guessing.suspicious(NOW)
    for _one in range(200):
        counters.hit_all([guessing.OVER_ALL], NOW)
    assert not guessing.suspicious(NOW + 59 * dt.timedelta(seconds=1))
    assert guessing.suspicious(NOW + MINUTE)


# --- Blocked for the service ----------------------------------------------------------------


@pytest.mark.django_db
def test_numbers_blocked_for_the_service_are_remembered(account: Account) -> None:
    assert not guessing.blocked(ANA)
    blocked.block(account, EVA)
    row = blocked.block(None, ANA)
    assert not guessing.blocked(ANA), "until the list is read again"
    guessing.forget()
    with CaptureQueriesContext(connection) as queries:
        assert [guessing.blocked(one) for one in (ANA, EVA, "", ANA)] == [True, False, False, True]
    assert len(queries) == 1
    blocked.unblock(row)
    guessing.forget()
    assert not guessing.blocked(ANA)
