"""The API's history: its filters, and what it refuses."""

import datetime as dt
import json
from typing import Any

import pytest

from rooms import changes
from rooms.accounts import people
from rooms.accounts.models import Account, User
from rooms.conferences.models import Conference
from rooms.models import Room
from tests.api_client import Api, codes, slug
from tests.past_rows import ANA, BEN, CARL, NOON, past

EXPORT = "conferences/export/"


def rows(response: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(response.getvalue())["data"]
    return found


@pytest.fixture
def two(room: Room) -> list[Conference]:
    people.make(room.account, name="Carla Díaz", phone=CARL)
    older = past(room, NOON, (ANA, "Ana Ruiz"), CARL)
    retro = changes.make(room.account, name="Retro")
    return [older, past(retro, NOON + dt.timedelta(days=1), BEN, "")]


def test_the_api_filters_its_list_as_the_pages_do(
    account: Account, room: Room, two: list[Conference]
) -> None:
    api = Api(account, "read", "control")
    older, newer = two
    for asked, expected in {
        "": [newer, older],
        "q=ruiz": [older],
        "q=díaz": [older],
        f"number=%2B{ANA[1:]}": [older],
        f"number={ANA}": [older],
        "number=0123": [newer],
        "from=2026-03-11T00:00:00Z": [newer],
        "until=2026-03-11T14:00:00%2B02:00": [older],
        f"room={room.pk}&q=a": [older],
        "q=%00": [newer, older],
    }.items():
        listed = api.get(f"conferences/?{asked}").json()["data"]
        assert [one["id"] for one in listed] == [one.pk for one in expected], asked
        exported = {one["conference"] for one in rows(api.get(f"{EXPORT}?{asked}"))}
        assert exported == {one.pk for one in expected}, asked


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("number=12", "number"),
        ("number=3456", "number"),  # a mask could be lifted digit by digit
        ("from=today", "from"),
        ("until=2026-03-11T12:00:00", "until"),
        ("from=0000-01-01T00:00:00Z", "from"),
    ],
)
def test_the_api_refuses_what_it_cannot_read(
    asked: str, parameter: str, account: Account, two: list[Conference]
) -> None:
    api = Api(account, "read")
    for path in ("conferences/", EXPORT):
        assert codes(api.get(f"{path}?{asked}")) == {parameter: "invalid"}
    assert codes(api.get(f"{EXPORT}?format=xml")) == {"format": "invalid"}


def test_the_api_knows_no_rooms_of_others_and_nothing_forgotten(
    account: Account, charlie: User, two: list[Conference]
) -> None:
    api = Api(account, "read")
    theirs = changes.make(charlie.accounts.get(), name="Theirs")
    past(theirs, NOON, ANA)
    assert slug(api.get(f"{EXPORT}?room={theirs.pk}")) == "not-found"
    assert slug(api.get(f"{EXPORT}?room=x")) == "not-found"
    Conference.objects.filter(pk=two[0].pk).update(forgotten_at=NOON)
    assert {one["conference"] for one in rows(api.get(EXPORT))} == {two[1].pk}
    gone = two[0].participants.first()
    assert gone
    for path in (f"conferences/{two[0].pk}/", f"participants/{gone.pk}/"):
        assert slug(api.get(path)) == "not-found"
    assert len(rows(Api(charlie.accounts.get(), "read").get(EXPORT))) == 1
    assert slug(Api(account, "billing").get(EXPORT)) == "missing-scope"
