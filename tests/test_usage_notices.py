"""Notices that the minutes run out: to owners and admins, once a month for each limit."""

import datetime as dt
from typing import Any

import pytest

from rooms.accounts.models import Account, User
from rooms.models import Room
from rooms.notices import minutes
from rooms.notices.models import Notice
from tests.usage_rows import at, ended, going_on

NOW = at("2026-03-15 12:00")


@pytest.fixture(autouse=True)
def _hundred_minutes(settings: Any) -> None:
    settings.INCLUDED_MINUTES = 100


def _subjects() -> list[str]:
    return list(Notice.objects.order_by("created_at", "pk").values_list("subject", flat=True))


def test_most_and_all_of_the_minutes_are_told_once_each(alice: User, bob: User, room: Room) -> None:
    going_on(room, "2026-03-15 10:41")
    minutes.tell(NOW)
    assert not _subjects(), "79 minutes are not 80 %"
    for _sweep in range(3):
        minutes.tell(NOW + dt.timedelta(minutes=1))
    assert _subjects() == ["Acme: 80% of 100 minutes are used"]
    for _sweep in range(3):
        minutes.tell(NOW + dt.timedelta(minutes=21))
    assert _subjects()[1:] == ["Acme: all 100 minutes are used"]
    assert set(Notice.objects.values_list("recipient__name", flat=True)) == {"Alice"}
    text = Notice.objects.get(kind="minutes_100").text
    assert "Acme has used 100 minutes of 100 minutes this month." in text
    assert "Calls go on, unless you set a limit." in text
    assert "/usage/" in text


def test_a_jump_beyond_all_tells_only_that(alice: User, room: Room) -> None:
    ended(room, "2026-03-15 09:00", "2026-03-15 11:59")
    minutes.tell(NOW)
    assert _subjects() == ["Acme: all 100 minutes are used"]


def test_the_owners_limit_is_told_as_such(alice: User, account: Account, room: Room) -> None:
    Account.objects.update(minutes_cap=50)
    ended(room, "2026-03-15 11:10", "2026-03-15 11:59")
    minutes.tell(NOW)
    assert _subjects() == ["Acme: 80% of 50 minutes are used"]
    assert "nobody is let in before 1 April" in Notice.objects.get().text
    going_on(room, "2026-03-15 11:58")
    minutes.tell(NOW)
    assert _subjects()[1:] == ["Acme: your limit of 50 minutes is reached"]


def test_the_next_month_tells_anew(alice: User, room: Room) -> None:
    going_on(room, "2026-03-31 22:00")
    minutes.tell(at("2026-03-31 23:50"))
    minutes.tell(at("2026-04-01 01:00"))
    assert len(_subjects()) == 1
    minutes.tell(at("2026-04-01 01:45"))
    assert len(_subjects()) == 2


def test_each_reads_it_in_their_language(alice: User, room: Room) -> None:
    User.objects.update(language="ru")
    Account.objects.update(minutes_cap=100)
    going_on(room, "2026-03-15 09:00")
    minutes.tell(NOW)
    assert "1 апреля" in Notice.objects.get().text


def test_an_account_where_nobody_called_lately_is_left_alone(alice: User, room: Room) -> None:
    ended(room, "2026-03-14 09:00", "2026-03-14 12:00")
    minutes.tell(NOW)
    assert not _subjects()
