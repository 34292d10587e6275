"""The API's usage: by scope, by month, and the cap."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from rooms.accounts.models import Account
from rooms.models import Room
from tests.api_client import Api, slug
from tests.usage_rows import at, ended, going_on

NOW = at("2026-03-15 12:00")


@pytest.fixture(autouse=True)
def _mid_march() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_minutes_of_this_month(account: Account, room: Room) -> None:
    ended(room, "2026-02-28 23:50", "2026-03-01 00:20")
    going_on(room, "2026-03-15 11:59")
    answer = Api(account, "read").get("usage")
    assert answer.status_code == 200
    assert answer.json() == {
        "month": "2026-03",
        "time_zone": "UTC",
        "starts_at": "2026-03-01T00:00:00Z",
        "ends_at": "2026-04-01T00:00:00Z",
        "included_minutes": 10_000,
        "minutes_cap": None,
        "capped_until": None,
        "used_seconds": 1260,
        "days": [{"date": "2026-03-01", "seconds": 1200}, {"date": "2026-03-15", "seconds": 60}],
        "rooms": [{"room": room.pk, "name": "Standup", "seconds": 1260}],
    }
    assert Api(account, "read").get("usage?month=2026-02").json()["used_seconds"] == 600


def test_a_month_that_is_none(account: Account) -> None:
    answer = Api(account).get("usage?month=2026-13")
    assert (answer.status_code, slug(answer)) == (422, "validation") or answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "month"


def test_the_cap_needs_the_scope_billing(account: Account) -> None:
    for scopes in (["read"], ["rooms", "control", "admin"]):
        answer = Api(account, *scopes).patch("usage", {"minutes_cap": 5})
        assert (answer.status_code, slug(answer)) == (403, "missing-scope")
    assert Api(account, "rooms").get("usage").status_code == 403
    assert Account.objects.get(pk=account.pk).minutes_cap is None


def test_the_cap_is_set_told_and_taken_away(account: Account, room: Room) -> None:
    api = Api(account, "billing")
    ended(room, "2026-03-02 10:00", "2026-03-02 11:00")
    assert api.patch("usage", {"minutes_cap": 61}).json()["capped_until"] is None
    closed = api.patch("usage", {"minutes_cap": 60}).json()
    assert (closed["minutes_cap"], closed["capped_until"]) == (60, "2026-04-01T00:00:00Z")
    assert api.patch("usage", {}).json()["minutes_cap"] == 60
    opened = api.patch("usage", {"minutes_cap": None}).json()
    assert (opened["minutes_cap"], opened["capped_until"]) == (None, None)
    assert Account.objects.get(pk=account.pk).capped_until is None


@pytest.mark.parametrize("body", [{"minutes_cap": 0}, {"minutes_cap": "x"}, {"used_seconds": 0}])
def test_what_cannot_be_set(account: Account, body: dict[str, Any]) -> None:
    answer = Api(account, "billing").patch("usage", body)
    assert answer.status_code in (400, 422)
    assert slug(answer) == "validation"
    assert Account.objects.get(pk=account.pk).minutes_cap is None


def test_a_capped_until_that_is_past_is_not_told(account: Account) -> None:
    Account.objects.update(capped_until=NOW - dt.timedelta(seconds=1))
    assert Api(Account.objects.get(), "read").get("usage").json()["capped_until"] is None


def test_by_login_owner_organizer_outsider_and_stranger(
    alice_client: Client,
    bob_client: Client,
    charlie_client: Client,
    client: Client,
    account: Account,
    room: Room,
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 11:00")

    def seen(who: Client) -> Any:
        return who.get("/api/v1/usage").json()["used_seconds"]

    def sets(who: Client, cap: int) -> int:
        body = f'{{"minutes_cap": {cap}}}'
        return who.patch("/api/v1/usage", body, content_type="application/json").status_code

    assert (seen(alice_client), seen(bob_client), seen(charlie_client)) == (3600, 3600, 0)
    assert client.get("/api/v1/usage").status_code == 401
    assert sets(bob_client, 5) == 403
    assert sets(client, 5) == 401
    assert sets(charlie_client, 5) == 200
    assert Account.objects.get(pk=account.pk).minutes_cap is None
    assert sets(alice_client, 7) == 200
    assert Account.objects.get(pk=account.pk).minutes_cap == 7
