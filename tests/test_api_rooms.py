"""Rooms and numbers on the API."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences.models import Conference
from rooms.models import PhoneNumber, Room
from tests.api_client import Api, codes, slug

SHARED, RUSSIAN, OWN = "+15550100", "+74955550100", "+15550199"


@pytest.fixture
def api(account: Account) -> Api:
    return Api(account, "read", "rooms")


@pytest.fixture
def numbers(db: None) -> None:
    # The migrations may have made numbers of their own.
    PhoneNumber.objects.all().delete()
    PhoneNumber.objects.create(number=SHARED)
    PhoneNumber.objects.create(number=RUSSIAN, language="ru")
    PhoneNumber.objects.create(number="+15550111", active=False)


def test_a_room_is_made_with_all_that_its_callers_need(
    api: Api, account: Account, numbers: None, settings: Any
) -> None:
    response = api.post("rooms/", {"name": "Monday call", "greeting": "Hello."})
    assert response.status_code == 201
    made = response.json()
    room = Room.objects.get(account=account)
    code = room.access_code
    assert made.pop("created_at").endswith("Z")
    assert made == {
        "id": room.pk,
        "name": "Monday call",
        "language": "en",
        "greeting": "Hello.",
        "opens_before": None,
        "personal_pins": False,
        "host_pin": room.host_pin,
        "guest_pin": "",
        "waits_for_host": False,
        "after_hosts": "go_on",
        "known_callers": False,
        "announcements": "chime",
        "asks_when_alone": False,
        "alone_minutes": 15,
        "records": False,
        "recording_days": 30,
        "shown_numbers": [],
        "access_code": code,
        "numbers": [
            {
                "number": SHARED,
                "language": "en",
                "country": "US",
                "label": "",
                "asks_for_code": True,
                "one_tap": f"tel:{SHARED},,{code}#",
            },
            {
                "number": RUSSIAN,
                "language": "ru",
                "country": "RU",
                "label": "",
                "asks_for_code": True,
                "one_tap": f"tel:{RUSSIAN},,{code}#",
            },
        ],
        "one_tap": f"tel:{SHARED},,{code}#",
        "public_url": f"{settings.PUBLIC_URL}/r/{room.public_token}/",
        "people_in": 0,
        "people_waiting": 0,
        "hosts_in": 0,
        "locked": False,
        "open_conference": None,
        "archived_at": None,
    }
    assert api.get(f"rooms/{room.pk}/").json() == {**made, "created_at": _z(room.created_at)}


def _z(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")


def test_a_room_speaks_the_language_of_its_account_or_its_own(api: Api, account: Account) -> None:
    Account.objects.update(language="ru")
    assert api.post("rooms/", {"name": "A"}).json()["language"] == "ru"
    assert api.post("rooms/", {"name": "B", "language": "en"}).json()["language"] == "en"


def test_a_number_of_the_rooms_own_comes_first_and_asks_for_no_code(
    api: Api, room: Room, numbers: None
) -> None:
    PhoneNumber.objects.create(number=OWN, room=room)
    PhoneNumber.objects.create(number="+15550188", room=room, active=False)
    shown = api.get(f"rooms/{room.pk}/").json()
    assert [one["number"] for one in shown["numbers"]] == [OWN, SHARED, RUSSIAN]
    assert shown["one_tap"] == f"tel:{OWN}"
    assert shown["numbers"][0]["asks_for_code"] is False


def test_people_who_are_in_are_counted(api: Api, room: Room) -> None:
    room.open_conference = Conference.objects.create(room=room, started_at=timezone.now())
    room.people_in = 1
    room.save()
    shown = api.get(f"rooms/{room.pk}/").json()
    assert shown["people_in"] == 1
    assert shown["open_conference"] == room.open_conference_id


def test_times_are_utc_for_a_member_of_another_zone(
    alice: Any, alice_client: Client, room: Room
) -> None:
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    shown = alice_client.get(f"/api/v1/rooms/{room.pk}/").json()
    assert shown["created_at"] == _z(room.created_at)


def test_a_part_of_a_room_is_changed(api: Api, room: Room) -> None:
    changed = api.patch(f"rooms/{room.pk}/", {"greeting": "Hi."}).json()
    assert (changed["name"], changed["greeting"]) == ("Standup", "Hi.")
    assert changed["access_code"] == room.access_code
    assert codes(api.patch(f"rooms/{room.pk}/", {"access_code": "1"})) == {
        "/access_code": "read_only"
    }
    assert api.patch(f"rooms/{room.pk}/", {}).status_code == 200
    changed = api.patch(f"rooms/{room.pk}/", {"opens_before": 15, "personal_pins": True}).json()
    assert (changed["opens_before"], changed["personal_pins"]) == (15, True)
    assert set(codes(api.patch(f"rooms/{room.pk}/", {"opens_before": 1441}))) == {"/opens_before"}
    room.refresh_from_db()
    assert (room.greeting, room.opens_before, room.personal_pins) == ("Hi.", 15, True)


def test_a_code_is_rotated(api: Api, room: Room) -> None:
    PhoneNumber.objects.create(number="+15550188", room=room, active=False)
    shown = api.post(f"rooms/{room.pk}/rotate_code/").json()
    assert "+15550188" not in str(shown)
    assert shown["access_code"] not in (None, room.access_code)
    room.refresh_from_db()
    assert room.access_code == shown["access_code"]


def test_a_room_is_archived_for_good(api: Api, room: Room, numbers: None) -> None:
    for _ in range(2):
        shown = api.post(f"rooms/{room.pk}/archive/").json()
        assert shown["archived_at"]
        assert (shown["access_code"], shown["numbers"], shown["one_tap"]) == (None, [], None)
    for response in (
        api.post(f"rooms/{room.pk}/rotate_code/"),
        api.patch(f"rooms/{room.pk}/", {"name": "x"}),
    ):
        assert (response.status_code, slug(response)) == (409, "conflict")
    assert api.get("rooms/").json()["data"] == []
    listed = api.get("rooms/?archived=true").json()["data"]
    assert [one["id"] for one in listed] == [room.pk]
    assert codes(api.get("rooms/?archived=maybe")) == {"archived": "invalid"}


def test_numbers_are_the_shared_ones_and_those_of_own_rooms(
    api: Api, room: Room, numbers: None, charlie: Any
) -> None:
    other = changes.make(charlie.accounts.get(), name="Theirs")
    PhoneNumber.objects.create(number=OWN, room=room)
    PhoneNumber.objects.create(number="+15550188", room=other)
    listed = api.get("numbers/").json()["data"]
    assert [(one["number"], one["room"]) for one in listed] == [
        (SHARED, None),
        (OWN, room.pk),
        (RUSSIAN, None),
    ]
    assert listed[0]["language"] == "en"
