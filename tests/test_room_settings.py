"""Who gets into a room and what is heard there: what organizers choose, on pages and the API."""

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rooms import changes, dial_in
from rooms.accounts.models import Account, User
from rooms.conferences.models import Command, Participant
from rooms.models import PhoneNumber, Room
from tests.api_client import Api, codes
from tests.on_the_line import ANA, BEN, enter
from tests.room_form import filled


@pytest.fixture
def numbers(db: None) -> None:
    PhoneNumber.objects.all().delete()
    PhoneNumber.objects.create(number="+15550100", label="toll free")
    PhoneNumber.objects.create(number="+34911234567", country="ES", label="Madrid")


def _save(client: Client, room: Room, **fields: Any) -> str:
    address = reverse("rooms:edit", args=[room.pk])
    return html.unescape(client.post(address, filled(room, **fields), follow=True).content.decode())


def test_every_room_has_a_host_pin_of_its_own(account: Account) -> None:
    pins = {changes.make(account, name="Standup").host_pin for _n in range(5)}
    assert len(pins) > 1
    assert all(len(pin) == 6 and pin.isdigit() for pin in pins)


def test_the_settings_of_a_room_are_saved_from_its_form(room: Room, bob_client: Client) -> None:
    chosen = {
        "guest_pin": "2580",
        "waits_for_host": True,
        "after_hosts": "end",
        "known_callers": True,
        "announcements": "names",
        "asks_when_alone": True,
        "alone_minutes": 5,
        "records": True,
        "recording_days": 7,
        "language": "fr",
    }
    assert "Saved." in _save(bob_client, room, **chosen)
    room.refresh_from_db()
    assert {name: getattr(room, name) for name in chosen} == chosen


@pytest.mark.parametrize(
    ("fields", "named", "told"),
    [
        ({"guest_pin": "12a4"}, "guest_pin", "Write 4 to 10 digits."),
        ({"host_pin": ""}, "host_pin", "This field is required."),
        ({"guest_pin": "1234", "personal_pins": True}, "guest_pin", "PIN of their own"),
        ({"alone_minutes": 0}, "alone_minutes", "greater than or equal to 1"),
        ({"recording_days": 4000}, "recording_days", "less than or equal to 3650"),
    ],
)
def test_what_cannot_be_is_told_beside_the_field(
    fields: dict[str, Any],
    named: str,
    told: str,
    room: Room,
    alice_client: Client,
    account: Account,
) -> None:
    page = _save(alice_client, room, **fields)
    assert f'id="id_{named}_error"' in page
    assert told in page
    answer = Api(account, "rooms").patch(f"rooms/{room.pk}/", fields)
    assert answer.status_code == 400
    assert f"/{named}" in codes(answer)


def test_guests_do_not_get_the_host_pin_as_theirs(room: Room, alice_client: Client) -> None:
    assert "Guests would be hosts" in _save(alice_client, room, guest_pin=room.host_pin)
    room.refresh_from_db()
    assert room.guest_pin == ""


def test_who_may_only_read_does_not_learn_what_makes_a_host(room: Room, account: Account) -> None:
    assert Api(account, "read").get(f"rooms/{room.pk}/").json()["host_pin"] is None
    assert Api(account, "read", "rooms").get(f"rooms/{room.pk}/").json()["host_pin"] == (
        room.host_pin
    )


def test_guests_are_told_their_pin_and_never_the_hosts(
    room: Room, numbers: None, client: Client, alice_client: Client
) -> None:
    Room.objects.update(guest_pin="2580", host_pin="999333")
    room.refresh_from_db()
    page = client.get(reverse("rooms:public", args=[room.public_token])).content.decode()
    assert f"tel:+15550100,,{room.access_code}#,,2580#" in page
    assert "999333" not in page.replace(" ", "")
    mine = alice_client.get(reverse("rooms:room", args=[room.pk])).content.decode()
    assert f"{room.access_code}*999333#" in mine


def test_a_room_shows_the_numbers_chosen_for_it(
    room: Room, numbers: None, alice_client: Client
) -> None:
    assert [way.number for way in dial_in.ways_into(room)] == ["+15550100", "+34911234567"]
    assert "Saved." in _save(alice_client, room, shown_numbers=["+34911234567"])
    (way,) = dial_in.ways_into(room)
    assert (way.number, way.place) == ("+34911234567", "Spain, Madrid")


def test_a_number_of_an_account_leads_to_its_rooms_alone(
    room: Room, numbers: None, account: Account, charlie: User
) -> None:
    theirs = charlie.accounts.get()
    PhoneNumber.objects.filter(number="+34911234567").update(account=theirs)
    assert [way.number for way in dial_in.ways_into(room)] == ["+15550100"]
    other = changes.make(theirs, name="Theirs")
    assert [way.number for way in dial_in.ways_into(other)] == ["+34911234567", "+15550100"]
    api = Api(account, "read", "rooms")
    assert [one["number"] for one in api.get("numbers/").json()["data"]] == ["+15550100"]
    refused = api.patch(f"rooms/{room.pk}/", {"shown_numbers": ["+34911234567"]})
    assert (refused.status_code, set(codes(refused))) == (400, {"/shown_numbers"})


def test_the_operator_gives_a_number_to_a_room_or_an_account(
    room: Room, account: Account, alice: User, alice_client: Client
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    add = reverse("admin:rooms_phonenumber_add")
    fields = {"number": "+34 911 234 567", "language": "", "active": "on", "label": "Madrid"}
    both = {**fields, "account": account.pk, "room": room.pk}
    assert "not both" in alice_client.post(add, both).content.decode()
    assert "ISO 3166" in alice_client.post(add, {**fields, "country": "xx"}).content.decode()
    assert alice_client.post(add, {**fields, "account": account.pk}).status_code == 302
    made = PhoneNumber.objects.get(number="+34911234567")
    assert (made.country, made.label, made.account) == ("ES", "Madrid", account)
    assert made.language == "es"


def test_a_host_pin_cannot_be_taken_away(room: Room, account: Account) -> None:
    api = Api(account, "rooms")
    for answer in (
        api.patch(f"rooms/{room.pk}/", {"host_pin": None}),
        api.post("rooms/", {"name": "Retro", "host_pin": None}),
    ):
        assert answer.status_code == 400
        assert "host_pin" in answer.content.decode()
    assert Room.objects.get().host_pin == room.host_pin


def test_who_waits_is_let_in_once_nobody_needs_to_wait(room: Room, bob_client: Client) -> None:
    changes.change(room, waits_for_host=True, records=True)
    ana, ben = enter(room, ANA), enter(room, BEN)
    assert (ana.waiting, ben.waiting) == (True, True)
    _save(bob_client, Room.objects.get(), waits_for_host=False)
    room.refresh_from_db()
    assert (room.people_in, room.people_waiting, room.begun) == (2, 0, True)
    assert room.recording_id, "it records from the first, and now it has begun"
    assert not Participant.objects.filter(waiting=True).exists()
    begins = Command.objects.filter(kind=Command.Kind.BEGIN)
    assert set(begins.values_list("participant", flat=True)) == {ana.pk, ben.pk}
    _save(bob_client, Room.objects.get(), name="Retro")
    assert begins.count() == 2, "and once"
