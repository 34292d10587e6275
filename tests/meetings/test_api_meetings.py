"""Meetings and their times on the API."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.meetings.models import Invitee, Mailing, Meeting, Occurrence
from rooms.models import Room
from tests.api_client import Api, codes, slug
from tests.meetings.gathering import ANA, DAY, at, conference, invited, planned, stay


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "read", "meetings", made_by=alice)


def _new(room: Room, **fields: Any) -> dict[str, Any]:
    return {
        "room": room.pk,
        "title": "Weekly",
        "day": str(DAY),
        "starts": "09:00",
        "time_zone": "America/New_York",
        **fields,
    }


def test_a_meeting_is_planned_changed_and_cancelled(api: Api, room: Room, alice: User) -> None:
    response = api.post(
        "meetings/",
        _new(
            room,
            rrule="FREQ=DAILY;COUNT=3",
            reminders=[{"channel": "email", "minutes": 60}],
            quiet_from="22:00",
            quiet_until="07:00",
        ),
    )
    assert response.status_code == 201
    made = response.json()
    meeting = Meeting.objects.get()
    starts = dt.datetime.combine(DAY, dt.time(9), meeting.zone)
    assert made["id"] == meeting.pk
    assert (made["organizer"], made["minutes"], made["agenda"]) == (alice.pk, 60, "")
    assert made["recurrence_text"] == "Every day, 3 times"
    assert made["next"][0]["starts_at"] == f"{starts.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert len(made["next"]) == 3
    assert (made["invitee_count"], made["quiet_from"], made["starts"]) == (1, "22:00", "09:00")
    assert api.get(f"meetings/{meeting.pk}/").json() == made
    changed = api.patch(f"meetings/{meeting.pk}/", {"starts": "10:30", "rrule": ""}).json()
    assert (changed["starts"], changed["recurrence_text"]) == ("10:30", "Once")
    assert len(changed["next"]) == 1
    assert Mailing.objects.get().kind == "update"
    api.patch(f"meetings/{meeting.pk}/", {"title": "Other", "tell": False})
    assert Mailing.objects.count() == 1
    for _again in range(2):
        cancelled = api.post(f"meetings/{meeting.pk}/cancel/", {"tell": False}).json()
        assert cancelled["cancelled_at"]
        assert cancelled["next"] == []
    refused = api.patch(f"meetings/{meeting.pk}/", {"title": "x"})
    assert (refused.status_code, slug(refused)) == (409, "conflict")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "a\nb"}, "/title"),
        ({"starts": "9 am"}, "/starts"),
        ({"starts": "09:00:30"}, "/starts"),
        ({"day": "2020-01-01"}, "/day"),
        ({"day": "1900-01-01"}, "/day"),
        ({"time_zone": "Mars/Base"}, "/time_zone"),
        ({"minutes": 1}, "/minutes"),
        ({"rrule": "FREQ=YEARLY"}, "/rrule"),
        ({"rrule": "FREQ=DAILY;UNTIL=20200101"}, "/rrule"),
        ({"room": "rm_00000000000000000000000000"}, "/room"),
        ({"organizer": "us_00000000000000000000000000"}, "/organizer"),
        ({"reminders": [{"channel": "pigeon", "minutes": 5}]}, "/reminders/0/channel"),
        ({"reminders": [{"channel": "sms", "minutes": 0}]}, "/reminders/0/minutes"),
        ({"quiet_from": "22:00"}, "/quiet_until"),
        ({"uid": "x"}, "/uid"),
        ({"starts": "02:30", "day": "2027-03-14"}, "/starts"),
    ],
)
def test_what_cannot_be_planned_is_told_at_its_field(
    api: Api, room: Room, wrong: dict[str, Any], pointer: str
) -> None:
    assert list(codes(api.post("meetings/", {**_new(room), **wrong}))) == [pointer]
    assert not Meeting.objects.exists()


def test_room_and_organizer_stay(api: Api, room: Room, bob: User) -> None:
    pk = api.post("meetings/", _new(room, organizer=bob.pk)).json()["id"]
    assert Meeting.objects.get().organizer == bob
    for field, value in (("room", room.pk), ("organizer", bob.pk)):
        assert codes(api.patch(f"meetings/{pk}/", {field: value})) == {f"/{field}": "read_only"}


def test_an_until_that_is_a_moment_means_a_local_day(api: Api, room: Room) -> None:
    end = (DAY + dt.timedelta(days=3)).strftime("%Y%m%d")
    made = api.post("meetings/", _new(room, rrule=f"FREQ=DAILY;UNTIL={end}T030000Z")).json()
    before = (DAY + dt.timedelta(days=2)).strftime("%Y%m%d")
    assert made["rrule"] == f"FREQ=DAILY;UNTIL={before}", "09:00 in New York is later than that"


def test_a_key_whose_maker_is_gone_plans_for_the_owner(
    account: Account, alice: User, room: Room
) -> None:
    api = Api(account, "meetings")
    made = api.post("meetings/", {**_new(room), "time_zone": "Asia/Tokyo"}).json()
    assert made["organizer"] == alice.pk


def test_a_meeting_starts_now(account: Account, alice: User, api: Api) -> None:
    started = api.post("meetings/start_now/").json()
    assert Room.objects.get().pk == started["room"]
    assert api.post("meetings/start_now/").json()["id"] == started["id"]
    other = changes.make(account, name="Other")
    assert api.post("meetings/start_now/", {"room": other.pk}).json()["room"] == other.pk
    occurrence = Occurrence.objects.get(meeting=started["id"])
    assert timezone.now() - occurrence.starts_at < dt.timedelta(minutes=2)
    stranger = {"room": "rm_00000000000000000000000000"}
    assert api.post("meetings/start_now/", stranger).status_code == 404


def test_lists_are_filtered(
    api: Api, account: Account, room: Room, alice: User, charlie: User
) -> None:
    other = changes.make(account, name="Other")
    here, there = planned(room, alice).meeting, planned(other, alice, "15:00").meeting
    foreign = changes.make(charlie.accounts.get(), name="Theirs")

    def listed(query: str) -> list[str]:
        return [one["id"] for one in api.get(f"meetings/?{query}").json()["data"]]

    assert listed("") == [there.pk, here.pk]
    assert listed(f"room={room.pk}") == [here.pk]
    noon = f"{at('12:00'):%Y-%m-%dT%H:%M:%SZ}"
    assert listed(f"to={noon}") == [here.pk]
    assert listed(f"from={noon}") == [there.pk]
    assert listed(f"from={DAY}T11:30:00+00:00&to={noon}") == []
    times = api.get(f"occurrences/?meeting={here.pk}").json()["data"]
    assert [one["meeting"] for one in times] == [here.pk]
    assert [one["room"] for one in api.get(f"occurrences/?room={other.pk}").json()["data"]] == [
        other.pk
    ]
    assert len(api.get(f"occurrences/?from={noon}").json()["data"]) == 1
    assert len(api.get(f"occurrences/?to={noon}").json()["data"]) == 1
    for path in (f"meetings/?room={foreign.pk}", "occurrences/?meeting=x", "meetings/?room=%00"):
        assert api.get(path).status_code == 404
    for wrong in ("yesterday", "2026-11-23T09:00:00", "2026-13-40T09:00:00Z"):
        assert codes(api.get(f"meetings/?from={wrong}")) == {"from": "invalid"}


def test_one_time_is_moved_noted_and_cancelled(api: Api, room: Room, alice: User) -> None:
    occurrence = planned(room, alice, time_zone="Europe/Madrid")
    shown = api.get(f"occurrences/{occurrence.pk}/").json()
    assert (shown["day"], shown["starts"], shown["state"]) == (str(DAY), "10:00", "coming")
    assert shown["time_zone"] == "Europe/Madrid"
    later = str(DAY + dt.timedelta(days=1))
    path = f"occurrences/{occurrence.pk}/"
    moved = api.post(f"{path}move/", {"day": later, "starts": "12:15"}).json()
    assert (moved["day"], moved["starts"], moved["rule_day"]) == (later, "12:15", str(DAY))
    assert moved["moved"] is True
    assert Mailing.objects.get().occurrence_id == occurrence.pk
    past = {"day": "2020-01-01", "starts": "12:15"}
    assert list(codes(api.post(f"{path}move/", past))) == ["/day"]
    assert api.patch(path, {"notes": "Cake."}).json()["notes"] == "Cake."
    assert list(codes(api.patch(path, {"notes": "x" * 10_001}))) == ["/notes"]
    assert codes(api.patch(path, {"day": later})) == {"/day": "read_only"}
    assert api.post(f"{path}cancel/", {"tell": False}).json()["state"] == "cancelled"
    assert Mailing.objects.count() == 1
    again = api.post(f"{path}cancel/")
    assert (again.status_code, slug(again)) == (409, "conflict")


def test_the_report(api: Api, account: Account, room: Room, alice: User) -> None:
    occurrence = planned(room, alice)
    invited(occurrence.meeting, "Ana", ANA)
    talk = conference(room, "10:00", "10:50")
    stay(talk, "10:00", "10:10", ANA)
    stay(talk, "10:20", "10:50", ANA)
    shown = api.get(f"occurrences/{occurrence.pk}/report/").json()
    assert (shown["invited"], shown["came"], shown["seconds"]) == (2, 1, 2400)
    assert shown["first_joined"] == f"{at('10:00'):%Y-%m-%dT%H:%M:%SZ}"
    (ana,) = shown["participants"]
    assert (ana["name"], ana["number"], len(ana["stays"])) == ("Ana", "+34 ••• •• •• 01", 2)
    assert [one["name"] for one in shown["absent"]] == ["Alice"]
    whole = Api(account, "read", "control")
    shown = whole.get(f"occurrences/{occurrence.pk}/report/").json()
    assert shown["participants"][0]["number"] == ANA


def test_a_key_without_the_scope_only_reads(account: Account, room: Room, alice: User) -> None:
    occurrence = planned(room, alice)
    api = Api(account, "read", "rooms")
    assert len(api.get("meetings/").json()["data"]) == 1
    invitee = Invitee.objects.get()
    shown = api.get(f"invitees/{invitee.pk}/").json()
    assert (shown["pin"], shown["join_url"]) == (None, None)
    assert invitee.pin not in str(api.get(f"meetings/{occurrence.meeting_id}/invitees/").json())
    for path in ("meetings/", f"occurrences/{occurrence.pk}/cancel/", "meetings/start_now/"):
        assert slug(api.post(path, {})) == "missing-scope"
