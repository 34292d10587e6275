"""Conferences, participants and notices on the API."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.conferences.models import Conference, Participant
from rooms.models import Room
from rooms.notices.models import Notice
from tests.api_client import Api, codes, slug

NINE = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
OLD = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
NUMBER, MASKED = "+34600123456", "+34 ••• •• •• 56"


@pytest.fixture
def api(account: Account) -> Api:
    return Api(account, "read")


def meet(room: Room, at: dt.datetime, *callers: str) -> str:
    """A conference that is over; returns its id."""
    over = at + dt.timedelta(minutes=10)
    conference = Conference.objects.create(room=room, started_at=at, ended_at=over)
    for n, caller in enumerate(callers):
        Participant.objects.create(
            conference=conference,
            room=room,
            call=f"{at}{n}",
            caller=caller,
            joined_at=at + dt.timedelta(seconds=n),
            left_at=over,
        )
    return conference.pk


def test_conferences_are_told_with_their_times(api: Api, room: Room) -> None:
    first = meet(room, NINE, NUMBER, "+447700900123")
    second = meet(room, NINE + dt.timedelta(hours=1), NUMBER)
    listed = api.get("conferences/").json()["data"]
    assert [one["id"] for one in listed] == [second, first]
    assert listed[1] == api.get(f"conferences/{first}/").json()
    assert listed[1] == {
        "id": first,
        "room": room.pk,
        "started_at": "2026-11-23T09:00:00Z",
        "ended_at": "2026-11-23T09:10:00Z",
        "participant_count": 2,
        "locked": False,
        "silenced": False,
        "recording": False,
        "ends_at": None,
    }


def test_conferences_of_one_room(api: Api, room: Room) -> None:
    other = changes.make(room.account, name="Other")
    mine, theirs = meet(room, NINE, NUMBER), meet(other, NINE, NUMBER)
    for chosen, expected in ((room, mine), (other, theirs)):
        listed = api.get(f"conferences/?room={chosen.pk}").json()["data"]
        assert [one["id"] for one in listed] == [expected]


def test_conferences_of_a_room_of_another_account_are_not_found(api: Api, charlie: User) -> None:
    theirs = changes.make(charlie.accounts.get(), name="Theirs")
    response = api.get(f"conferences/?room={theirs.pk}")
    assert (response.status_code, slug(response)) == (404, "not-found")


def test_participants_are_told_in_the_order_they_came(api: Api, room: Room) -> None:
    conference = meet(room, NINE, NUMBER, "", NUMBER)
    path = f"conferences/{conference}/participants/"
    listed = api.get(path).json()["data"]
    assert [one["caller"] for one in listed] == [MASKED, "", MASKED]
    assert listed[0] == {
        "id": listed[0]["id"],
        "conference": conference,
        "room": room.pk,
        "call": f"cl_{NINE}0",
        "caller": MASKED,
        "name": "",
        "invitee": None,
        "joined_at": "2026-11-23T09:00:00Z",
        "confirmed_at": None,
        "role": "guest",
        "waiting": False,
        "admitted_at": None,
        "muted": False,
        "held": False,
        "hand_raised_at": None,
        "left_at": "2026-11-23T09:10:00Z",
        "left_why": "",
    }
    page = api.get(f"{path}?limit=2").json()
    rest = api.get(f"{path}?limit=2&cursor={page['next_cursor']}").json()
    assert [*page["data"], *rest["data"]] == listed


@pytest.mark.parametrize(
    ("scope", "shown"), [("rooms", MASKED), ("control", NUMBER), ("admin", NUMBER)]
)
def test_whole_numbers_are_for_those_who_control(room: Room, scope: str, shown: str) -> None:
    conference = meet(room, NINE, NUMBER)
    api = Api(room.account, "read", scope)
    listed = api.get(f"conferences/{conference}/participants/").json()["data"]
    assert listed[0]["caller"] == shown


def test_an_organizer_sees_masked_numbers(
    room: Room, bob_client: Client, alice_client: Client
) -> None:
    path = f"/api/v1/conferences/{meet(room, NINE, NUMBER)}/participants/"
    assert bob_client.get(path).json()["data"][0]["caller"] == MASKED
    assert alice_client.get(path).json()["data"][0]["caller"] == NUMBER


def notice(account: Account, user: User, **fields: Any) -> Notice:
    given = {"key": f"{fields}", "kind": "presence", "channel": "email", "address": user.email}
    return Notice.objects.create(account=account, recipient=user, **{**given, **fields})


def test_notices_are_told_and_numbers_masked(api: Api, account: Account, bob: User) -> None:
    notice(account, bob, subject="Ana joined", created_at=OLD)
    notice(account, bob, channel="sms", address=NUMBER, status="failed", error="No such number")
    listed = api.get("notices/").json()["data"]
    assert [(one["address"], one["status"], one["error"]) for one in listed] == [
        (MASKED, "failed", "No such number"),
        (bob.email, "pending", ""),
    ]
    assert listed[1]["subject"] == "Ana joined"
    assert listed[1]["recipient"] == bob.pk
    whole = Api(account, "read", "admin").get("notices/?status=failed").json()["data"]
    assert [one["address"] for one in whole] == [NUMBER]
    assert codes(api.get("notices/?status=lost")) == {"status": "invalid"}


def test_what_invitees_are_told_is_for_those_who_plan_meetings(account: Account, bob: User) -> None:
    notice(account, bob, kind="reminder", subject="Weekly", text="PIN 482930")
    notice(account, bob, kind="presence", subject="Ana joined", text="Ana joined at 9:00")
    for scope, texts in (("read", {"", "Ana joined at 9:00"}), ("meetings", {"PIN 482930"})):
        listed = Api(account, "read", scope).get("notices/").json()["data"]
        assert texts <= {one["text"] for one in listed}
        assert ("PIN 482930" in {one["text"] for one in listed}) == (scope == "meetings")


def test_a_failed_notice_is_tried_again(account: Account, bob: User) -> None:
    failed = notice(account, bob, status="failed", error="Refused", attempts=6)
    api = Api(account, "rooms")
    shown = api.post(f"notices/{failed.pk}/retry/").json()
    assert (shown["status"], shown["error"], shown["attempts"]) == ("pending", "", 0)
    failed.refresh_from_db()
    assert failed.status == "pending"
    refused = api.post(f"notices/{failed.pk}/retry/")
    assert (refused.status_code, slug(refused)) == (409, "conflict")


def test_a_key_has_no_notice_preferences(account: Account, alice: User) -> None:
    api = Api(account, made_by=alice)
    for response in (
        api.get("notice_preferences/"),
        api.patch("notice_preferences/", {"presence_minutes": 5}),
    ):
        assert (response.status_code, slug(response)) == (403, "session-required")
