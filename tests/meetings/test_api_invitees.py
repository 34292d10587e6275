"""Invitees and mailings on the API."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms.accounts.models import Account, User
from rooms.meetings import mailings
from rooms.meetings.invitees import Guest, add
from rooms.meetings.models import Invitee, Mailing, Meeting
from rooms.models import Room
from rooms.notices.models import Notice
from tests.api_client import Api, codes, slug
from tests.meetings.gathering import ANA, BEN, invited, planned


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    return planned(room, alice).meeting


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "read", "meetings", made_by=alice)


def test_people_are_invited_as_a_list_and_as_text(api: Api, meeting: Meeting) -> None:
    invited(meeting, "Old")
    path = f"meetings/{meeting.pk}/invitees/"
    response = api.post(
        path,
        {
            "invitees": [
                {"name": "Ana", "email": "Ana@Guests.example", "language": "ru"},
                {"phone": "+34 600 000 002", "time_zone": "Asia/Tokyo"},
                {"email": "old@guests.example"},
            ],
            "text": "Cid Campeador <cid@guests.example>, 600 000 003",
            "country": "ES",
        },
    )
    assert response.status_code == 201
    told = response.json()
    assert (len(told["added"]), told["repeated"], told["problems"]) == (
        3,
        ["old@guests.example"],
        [],
    )
    cid = Invitee.objects.get(email="cid@guests.example")
    assert (cid.name, cid.phone) == ("Cid Campeador", "+34600000003")
    assert Mailing.objects.get().audience == "new"
    listed = api.get(path).json()["data"]
    assert [one["name"] for one in listed] == ["Alice", "Old", "Ana", "", "Cid Campeador"]
    ana = Invitee.objects.get(name="Ana")
    assert listed[2]["pin"] == ana.pin
    assert listed[2]["join_url"] == f"{settings.PUBLIC_URL}/i/{ana.token}/"
    assert listed[2]["delivery"]["invitation"] == "none"
    assert listed[3]["phone"] == "+34 ••• •• •• 02"
    assert [one["name"] for one in api.get(f"{path}?reply=accepted").json()["data"]] == ["Alice"]
    assert codes(api.get(f"{path}?reply=maybe")) == {"reply": "invalid"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/invitees"),
        ({"invitees": [{"name": "Nobody"}]}, "/invitees/0/email"),
        ({"invitees": [{"email": "a@b.example"}, {"email": "x"}]}, "/invitees/1/email"),
        ({"invitees": [{"phone": "123"}]}, "/invitees/0/phone"),
        ({"invitees": [{"email": "a@b.example", "time_zone": "X"}]}, "/invitees/0/time_zone"),
        ({"invitees": [{"email": "a@b.example", "pin": "1"}]}, "/invitees/0/pin"),
        ({"text": "Ana ana@"}, "/text"),
        ({"text": "a@b.example", "country": "XX"}, "/country"),
    ],
)
def test_who_cannot_be_invited_is_told(api: Api, meeting: Meeting, body: Any, pointer: str) -> None:
    assert list(codes(api.post(f"meetings/{meeting.pk}/invitees/", body))) == [pointer]
    assert Invitee.objects.count() == 1


def test_lines_that_cannot_be_read_are_left_out_when_asked(api: Api, meeting: Meeting) -> None:
    body = {"text": "ana@guests.example\nBen ben@", "leave_out": True, "tell": False}
    told = api.post(f"meetings/{meeting.pk}/invitees/", body).json()
    assert len(told["added"]) == 1
    assert [one["line"] for one in told["problems"]] == [2]
    assert not Mailing.objects.exists()


def test_an_invitee_is_changed_answered_for_and_taken_off(api: Api, meeting: Meeting) -> None:
    ana, ben = invited(meeting, "Ana", ANA), invited(meeting, "Ben")
    path = f"invitees/{ana.pk}/"
    changed = api.patch(path, {"name": "Ana Ruiz", "email": "ANA@new.example"}).json()
    assert (changed["name"], changed["email"]) == ("Ana Ruiz", "ana@new.example")
    taken = api.patch(path, {"email": ben.email})
    assert (taken.status_code, list(codes(taken))) == (400, ["/email"])
    assert list(codes(api.patch(path, {"email": "", "phone": ""}))) == ["/email"]
    assert codes(api.patch(path, {"reply": "accepted"})) == {"/reply": "read_only"}
    assert api.post(f"{path}reply/", {"reply": "declined"}).json()["reply"] == "declined"
    assert list(codes(api.post(f"{path}reply/", {"reply": "maybe"}))) == ["/reply"]
    sent = api.post(f"{path}resend/", {"channel": "sms"})
    assert (sent.status_code, sent.json()["invitee"]) == (201, ana.pk)
    assert list(codes(api.post(f"invitees/{ben.pk}/resend/", {"channel": "sms"}))) == ["/channel"]
    Invitee.objects.filter(pk=ana.pk).update(invited_at=ana.created_at)
    for _again in range(2):
        assert api.delete(path).status_code == 204
    assert Mailing.objects.filter(kind="cancellation").count() == 1
    gone = api.get(path).json()
    assert gone["removed_at"]
    assert (gone["pin"], gone["join_url"]) == (None, None)
    assert slug(api.patch(path, {"name": "x"})) == "conflict"
    assert slug(api.post(f"{path}resend/")) == "conflict"
    assert codes(api.delete(f"{path}?tell=perhaps")) == {"tell": "invalid"}


def test_a_mailing_tells_how_far_it_is_and_is_stopped(api: Api, meeting: Meeting) -> None:
    guests = [Guest(email=f"g{n}@guests.example") for n in range(20)]
    add(meeting, guests, by=None, tell=False)
    path = f"meetings/{meeting.pk}/mailings/"
    started = api.post(path, {"audience": "all"})
    assert started.status_code == 201
    assert started.json()["progress"] == {
        **{"total": 21, "sent": 0, "failed": 0, "skipped": 0, "waiting": 21},
    }
    mailing = Mailing.objects.get()
    assert mailings._write_step() == 21
    first = Notice.objects.filter(mailing=mailing).order_by("pk")[:3]
    Notice.objects.filter(pk__in=[one.pk for one in first]).update(status="sent")
    (listed,) = api.get(path).json()["data"]
    assert (listed["progress"]["sent"], listed["progress"]["waiting"]) == (3, 18)
    stopped = api.post(f"mailings/{mailing.pk}/stop/").json()
    assert stopped["stopped_at"]
    assert (stopped["progress"]["skipped"], stopped["progress"]["waiting"]) == (18, 0)
    assert api.post(f"mailings/{mailing.pk}/resume/").json()["progress"]["waiting"] == 18
    assert slug(api.post(f"mailings/{mailing.pk}/resume/")) == "conflict"
    api.post(f"meetings/{meeting.pk}/cancel/")
    assert slug(api.post(path)) == "conflict"


def test_the_code_is_rotated_and_all_are_invited_again(
    api: Api, account: Account, room: Room, meeting: Meeting
) -> None:
    path = f"rooms/{room.pk}/rotate_code_and_invite/"
    assert slug(api.post(path)) == "missing-scope"
    both = Api(account, "rooms", "meetings")
    told = both.post(path).json()
    assert told["meetings"] == 1
    assert told["access_code"] != room.access_code
    assert told["access_code"] == Room.objects.get().access_code
    assert Mailing.objects.get().kind == "update"
    both.post(f"rooms/{room.pk}/archive/")
    assert slug(both.post(path)) == "conflict"


def test_lists_take_as_many_statements_for_30_rows_as_for_3(
    api: Api, account: Account, room: Room, alice: User
) -> None:
    here = planned(room, alice, rrule="FREQ=DAILY").meeting

    def make(numbers: range) -> None:
        add(here, [Guest(email=f"g{n}@x.example") for n in numbers], by=None, tell=False)
        for n in numbers:
            planned(room, alice, title=f"M{n}", rrule="FREQ=DAILY;COUNT=9")
            one = mailings.start(here, "invitation", by=None, audience="one", invitee=None)
            mailings.stop(one)

    paths = [
        "meetings/",
        "occurrences/",
        f"meetings/{here.pk}/invitees/",
        f"meetings/{here.pk}/mailings/",
    ]
    make(range(3))
    api.get("rooms/")
    few = {path: _statements(api, path) for path in paths}
    make(range(3, 30))
    assert {path: _statements(api, path) for path in paths} == few
    for path in paths:
        assert len(api.get(path).json()["data"]) >= 30, path


def _statements(api: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert api.get(path).status_code == 200
    counting = ("shared_counters", "SAVEPOINT")
    return len([one for one in queries if not any(word in one["sql"] for word in counting)])


def test_thousands_are_invited_at_once(api: Api, meeting: Meeting) -> None:
    many = [{"email": f"g{n}@guests.example"} for n in range(3000)]
    told = api.post(f"meetings/{meeting.pk}/invitees/", {"invitees": many}).json()
    assert len(told["added"]) == 3000
    too_many = [{"email": f"h{n}@guests.example"} for n in range(2000)]
    refused = api.post(f"meetings/{meeting.pk}/invitees/", {"invitees": too_many})
    assert refused.status_code == 400
    assert "5001" in str(refused.json())
    assert BEN not in str(told)


def test_feeds_are_made_and_revoked(
    api: Api, account: Account, room: Room, alice: User, bob: User, bob_client: Client
) -> None:
    made = api.post("feeds/", {"room": room.pk})
    assert made.status_code == 201
    feed = made.json()
    assert (feed["room"], feed["made_by"], feed["read_at"]) == (room.pk, alice.pk, None)
    path = feed["url"].removeprefix(settings.PUBLIC_URL)
    assert Client().get(path).status_code == 200
    whole = api.post("feeds/").json()
    assert whole["room"] is None
    assert [one["id"] for one in api.get("feeds/").json()["data"]] == [whole["id"], feed["id"]]
    assert api.get(f"feeds/{feed['id']}/").json()["url"] == feed["url"]
    assert Api(account, "read", made_by=alice).get(f"feeds/{feed['id']}/").json()["url"] is None
    others = Api(account, "read", "meetings", made_by=bob).get(f"feeds/{feed['id']}/").json()
    assert others["url"] is None
    assert bob_client.get("/api/v1/feeds/").json()["data"] == []
    assert list(codes(api.post("feeds/", {"room": "rm_00000000000000000000000000"}))) == ["/room"]
    assert bob_client.delete(f"/api/v1/feeds/{feed['id']}/").status_code == 404
    assert api.delete(f"feeds/{feed['id']}/").status_code == 204
    assert Client().get(path).status_code == 404
    assert api.get(f"feeds/{feed['id']}/").status_code == 404
