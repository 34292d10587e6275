"""The usage page, its CSV and the choice of a cap, for everybody who may ask."""

import csv
import io
import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences import usage_chart
from rooms.conferences.months import Month
from rooms.models import Room
from rooms.templatetags.usage import in_minutes
from tests.usage_rows import at, ended, going_on

NOW = at("2026-03-15 12:00")


@pytest.fixture(autouse=True)
def _mid_march() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def _text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def _without_tags(response: Any) -> str:
    return " ".join(re.sub("<[^>]*>", " ", _text(response)).split())


def test_a_month_without_calls_teaches_the_next_step(alice_client: Client, room: Room) -> None:
    page = _without_tags(alice_client.get("/usage/"))
    assert "0 of 10,000 minutes included" in page
    assert "Nobody has called yet this month" in page
    assert "Choose a room and share its number" in page


def test_minutes_by_day_and_by_room(alice_client: Client, account: Account, room: Room) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-03 12:00")
    ended(changes.make(account, name="Retro"), "2026-03-02 10:00", "2026-03-02 10:05")
    going_on(room, "2026-03-15 11:30")
    response = alice_client.get("/usage/")
    page = _without_tags(response)
    assert "1,595 of 10,000 minutes included 15% used 1 person on the line" in page
    assert "Standup 1,590 Retro 5" in page
    assert "Monday, 2 March 845 Tuesday, 3 March 720 Sunday, 15 March 30" in page
    html = _text(response)
    assert " style=" not in html
    assert "<style" not in html
    bars = html.split('class="by-day"')[1].split("</svg>")[0].count('class="bar')
    assert bars == 3


def test_beyond_what_is_included(alice_client: Client, room: Room, settings: Any) -> None:
    settings.INCLUDED_MINUTES = 60
    ended(room, "2026-03-02 10:00", "2026-03-02 11:30")
    assert "90 of 60 minutes included 30 beyond" in _without_tags(alice_client.get("/usage/"))


def test_earlier_months_can_be_seen(alice_client: Client, account: Account, room: Room) -> None:
    Account.objects.update(created_at=at("2026-01-20 10:00"))
    ended(room, "2026-01-31 23:50", "2026-02-01 00:20")
    assert "20 of 10,000" in _without_tags(alice_client.get("/usage/?month=2026-02"))
    january = _text(alice_client.get("/usage/?month=2026-01"))
    assert "?month=2025-12" not in january, "there was no account then"
    assert "?month=2026-02" in january
    assert "?month=2026-04" not in _text(alice_client.get("/usage/"))


@pytest.mark.parametrize("month", ["2026-13", "march", "2026-03-01"])
def test_a_month_that_is_none_is_not_found(alice_client: Client, month: str) -> None:
    assert alice_client.get(f"/usage/?month={month}").status_code == 404
    assert alice_client.get(f"/usage/csv/?month={month}").status_code == 404


def test_the_csv_has_a_line_for_each_day_and_room(
    alice_client: Client, account: Account, room: Room
) -> None:
    ended(room, "2026-03-02 23:59", "2026-03-03 00:00")
    evil = changes.make(account, name='=HYPERLINK("x")')
    ended(evil, "2026-03-02 10:00", "2026-03-02 10:01")
    response = alice_client.get("/usage/csv/?month=2026-03")
    assert 'filename="anyroom-usage-2026-03.csv"' in response["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert lines[0] == ["date", "room", "room_id", "seconds", "minutes"]
    assert lines[1] == ["2026-03-02", '\'=HYPERLINK("x")', evil.pk, "60", "1.00"]
    assert lines[2] == ["2026-03-02", "Standup", room.pk, "60", "1.00"]
    assert len(lines) == 3


def test_an_owner_sets_a_cap_and_takes_it_away(
    alice_client: Client, account: Account, room: Room
) -> None:
    response = alice_client.post("/usage/cap/", {"then": "stop", "minutes": "500"}, follow=True)
    assert "Saved." in _text(response)
    account.refresh_from_db()
    assert (account.minutes_cap, account.capped_until) == (500, None)
    assert 'value="500"' in _text(response)
    alice_client.post("/usage/cap/", {"then": "go_on", "minutes": "x"})
    account.refresh_from_db()
    assert account.minutes_cap is None


def test_a_cap_that_is_reached_already_says_so(
    alice_client: Client, account: Account, room: Room
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 11:30")
    response = alice_client.post("/usage/cap/", {"then": "stop", "minutes": "60"}, follow=True)
    page = _without_tags(response)
    assert "This limit is reached already" in page
    assert "Your limit of 60 minutes is reached: nobody is let in before 1 April." in page
    account.refresh_from_db()
    assert account.capped_until == at("2026-04-01 00:00")


@pytest.mark.parametrize("minutes", ["", "0", "-5", "1.5", "lots", "99999999999"])
def test_a_cap_that_makes_no_sense_is_refused(
    alice_client: Client, account: Account, minutes: str
) -> None:
    response = alice_client.post("/usage/cap/", {"then": "stop", "minutes": minutes})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    account.refresh_from_db()
    assert account.minutes_cap is None


def test_an_organizer_sees_minutes_and_changes_nothing(
    bob_client: Client, account: Account, room: Room
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 11:30")
    page = _without_tags(bob_client.get("/usage/"))
    assert "90 of 10,000" in page
    assert "Owners and admins of the account can set a limit" in page
    assert '<form method="post" action="/usage/cap/"' not in _text(bob_client.get("/usage/"))
    assert bob_client.get("/usage/csv/").status_code == 200
    refused = bob_client.post("/usage/cap/", {"then": "stop", "minutes": "5"})
    assert refused.status_code == 403
    account.refresh_from_db()
    assert account.minutes_cap is None


def test_an_outsider_sees_their_own_account_alone(
    charlie_client: Client, account: Account, room: Room
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 11:30")
    assert "Standup" not in _text(charlie_client.get("/usage/"))
    assert "Standup" not in charlie_client.get("/usage/csv/").content.decode()
    charlie_client.post("/usage/cap/", {"then": "stop", "minutes": "5"})
    account.refresh_from_db()
    assert account.minutes_cap is None


@pytest.mark.parametrize("path", ["/usage/", "/usage/csv/", "/usage/cap/"])
def test_a_stranger_logs_in_first(client: Client, db: None, path: str) -> None:
    response = client.post(path) if path == "/usage/cap/" else client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_page_takes_few_queries_however_much_there_is(
    alice_client: Client, account: Account, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        ended(changes.make(account, name=f"Room {n}"), "2026-03-02 10:00", "2026-03-02 10:10")
    with django_assert_max_num_queries(12):
        alice_client.get("/usage/")


def test_the_charts_bars_fit_and_its_scale_is_round(account: Account) -> None:
    days = dict.fromkeys(Month.named(account, "2026-02").days, 0)
    assert usage_chart.draw(days, today=NOW.date()) is None
    first, *_others, last = days
    days[first], days[last] = 1, 37 * 60
    chart = usage_chart.draw(days, today=last)
    assert chart
    assert [line.minutes for line in chart.lines] == [40, 20]
    low, high = chart.bars
    assert low.height == usage_chart.SHORTEST_BAR
    assert high.y >= usage_chart.TOP
    assert high.y + high.height == low.y + low.height == chart.base
    assert 0 < low.x < high.x < high.x + high.width < 100
    assert (low.today, high.today) == (False, True)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0"), (1, "<1"), (59, "<1"), (60, "1"), (7_407_400, "123,456")]
)
def test_minutes_are_whole(seconds: int, text: str) -> None:
    assert in_minutes(seconds) == text
