"""The owner's cap: who is let in, until when, and what a change of it does at once."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences import cap, leaving, presence
from rooms.models import Room
from tests.usage_rows import at, ended, going_on

NOW = at("2026-03-15 12:00")
MONTHS_END = at("2026-04-01 00:00")


@pytest.fixture
def capped(account: Account) -> Account:
    account.minutes_cap, account.hosting_until = 60, NOW + dt.timedelta(days=365)
    account.save()
    return account


def _capped_until(account: Account) -> dt.datetime | None:
    return Account.objects.get(pk=account.pk).capped_until


def _join(room: Room, now: dt.datetime, call: str = "c" * 32) -> presence.Joined | None:
    with transaction.atomic():
        return presence.join(call=call, caller="+15550123", at=now, code=room.access_code or "")


def _leave(call: str, now: dt.datetime) -> None:
    with transaction.atomic():
        room = Room.objects.locked().select_related("account").get()
        leaving.leave(room, call=call, at=now)


def test_the_cap_closes_the_rooms_until_the_month_is_over(capped: Account, room: Room) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:50")
    going_on(room, "2026-03-15 11:51")
    assert cap.check_all(NOW) == 0
    assert _join(room, NOW, "d" * 32)
    assert cap.check_all(NOW + dt.timedelta(minutes=1)) == 1
    assert _capped_until(capped) == MONTHS_END
    assert _join(room, NOW + dt.timedelta(minutes=1)) is None
    assert _join(room, MONTHS_END - dt.timedelta(seconds=1)) is None
    assert _join(room, MONTHS_END), "the next month begins anew"


def test_a_leave_closes_the_rooms_too(capped: Account, room: Room) -> None:
    stay = going_on(room, "2026-03-15 10:59")
    _leave(stay.call, NOW)
    assert _capped_until(capped) == MONTHS_END


def test_below_the_cap_a_leave_closes_nothing(capped: Account, room: Room) -> None:
    stay = going_on(room, "2026-03-15 11:01")
    _leave(stay.call, NOW)
    assert _capped_until(capped) is None


def test_last_months_minutes_do_not_count(capped: Account, room: Room) -> None:
    ended(room, "2026-02-28 23:00", "2026-03-01 00:10")
    going_on(room, "2026-03-15 11:59")
    assert cap.check_all(NOW) == 0
    assert _capped_until(capped) is None


def test_without_a_cap_nothing_closes(account: Account, room: Room) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-12 10:00")
    going_on(room, "2026-03-15 10:59")
    assert cap.check_all(NOW) == 0
    assert _capped_until(account) is None


def test_nobody_on_the_line_is_nothing_to_check(capped: Account, room: Room) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 12:00")
    with CaptureQueriesContext(connection) as queries:
        assert cap.check_all(NOW) == 0
    assert len(queries) == 1


def test_a_higher_cap_lets_in_again_and_a_lower_one_shuts(capped: Account, room: Room) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 12:00")
    assert cap.choose(capped, 120, NOW).capped_until == MONTHS_END
    assert _join(room, NOW) is None
    assert cap.choose(capped, 121, NOW).capped_until is None
    assert _join(room, NOW, "a" * 32)
    assert cap.choose(capped, 1, NOW).capped_until == MONTHS_END
    assert cap.choose(capped, None, NOW).capped_until is None
    assert _join(room, NOW, "b" * 32)


def test_a_cap_that_was_raised_meanwhile_stays_raised(capped: Account, room: Room) -> None:
    """The sweep read the old cap, counted, and writes after the owner raised it."""
    ended(room, "2026-03-02 10:00", "2026-03-02 12:00")
    stale = Account.objects.get(pk=capped.pk)
    cap.choose(capped, 1000, NOW)
    assert cap.check(stale, NOW)
    assert _capped_until(capped) is None


def test_what_is_left_lasts_as_long_as_the_people_on_the_line_let_it(
    capped: Account, room: Room
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:40")
    going_on(room, "2026-03-15 11:59")
    going_on(room, "2026-03-15 11:59")
    (left,) = cap.running_out(NOW, dt.timedelta(minutes=10))
    assert (left.seconds, left.people) == (18 * 60, 2)
    assert left.lasts == dt.timedelta(minutes=9)
    assert not list(cap.running_out(NOW, dt.timedelta(minutes=8)))


@pytest.mark.parametrize(
    ("hours", "goes_on", "let_in"),
    [(-1, False, True), (1, False, False), (1, True, True), (3.99, True, True), (4, True, False)],
)
def test_a_conference_that_goes_on_when_hosting_ends_lets_in_for_four_hours(
    account: Account, room: Room, hours: float, goes_on: bool, let_in: bool
) -> None:
    Account.objects.update(hosting_until=NOW - dt.timedelta(hours=hours))
    if goes_on:
        going_on(room, "2026-03-15 07:00")
    assert bool(_join(room, NOW)) == let_in


def test_a_conference_in_another_room_opens_none(account: Account, room: Room) -> None:
    going_on(changes.make(account, name="Retro"), "2026-03-15 11:00")
    Account.objects.update(hosting_until=NOW - dt.timedelta(hours=1))
    assert _join(room, NOW) is None


def test_used_up_minutes_close_a_conference_that_goes_on_too(capped: Account, room: Room) -> None:
    going_on(room, "2026-03-15 11:00")
    Account.objects.update(capped_until=MONTHS_END)
    assert _join(room, NOW) is None


def test_a_leave_without_a_cap_asks_nothing_more(account: Account, room: Room) -> None:
    stay = going_on(room, "2026-03-15 11:00")
    with transaction.atomic():
        found = Room.objects.locked().select_related("account").get()
        with CaptureQueriesContext(connection) as queries:
            leaving.leave(found, call=stay.call, at=NOW)
    about_the_account = [one["sql"] for one in queries if 'FROM "accounts_account"' in one["sql"]]
    assert about_the_account == []


def test_those_who_wait_for_a_host_use_minutes_up_too(capped: Account, room: Room) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:40")
    Room.objects.update(waits_for_host=True)
    for call in ("a", "b"):
        with transaction.atomic():
            start = at("2026-03-15 11:59")
            assert presence.join(call=call, caller="", at=start, room_id=room.pk, checked=True)
    assert Room.objects.get().people_waiting == 2
    (left,) = cap.running_out(NOW, dt.timedelta(minutes=10))
    assert (left.seconds, left.people) == (18 * 60, 2)
    assert cap.check_all(NOW + dt.timedelta(minutes=9)) == 1
