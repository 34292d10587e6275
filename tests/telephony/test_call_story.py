"""Why did my call fail? From stored facts, for the account whose room it concerned alone."""

import datetime as dt
import html
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts import people
from rooms.accounts.models import Account, User
from rooms.conferences import actions
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Participant
from rooms.models import PhoneNumber, Room
from telephony import call_story
from telephony.models import Call
from tests.api_client import Api
from tests.telephony import vonage
from tests.telephony.vonage import Phone

START = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def service(number: PhoneNumber, room: Room) -> Room:
    return room


def _page(client: Client, name: str, *args: Any, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def _wrong(room: Room) -> str:
    """The room's code with one digit changed."""
    code = room.access_code or ""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def _failed_call(room: Room, number: str = "15550123") -> Phone:
    with time_machine.travel(START, tick=False) as clock:
        phone = Phone(number).dial()
        for _try in range(3):
            clock.shift(5)
            phone.key(_wrong(room))
        vonage.post("/telephony/event", phone.completed(START, timezone.now()))
    return phone


def test_a_caller_who_kept_keying_a_wrong_code_is_found_by_number_and_time(
    service: Room, account: Account, alice_client: Client
) -> None:
    phone = _failed_call(service)
    asked = {"number": "+1 555 0123", "at": "2026-03-02T10:10"}
    assert "No such call" in _page(alice_client, "calls:find", **asked)
    people.make(account, name="Ana Ruiz", email="", phone="+15550123")
    found = _page(alice_client, "calls:find", **asked)
    assert reverse("calls:call", args=[phone.uuid]) in found
    assert "Not let in. Last heard" in found
    page = _page(alice_client, "calls:call", phone.uuid)
    assert f"One digit differs from the code of “{service.name}”." in page
    assert page.count("is not a room") >= 3
    assert "hung up" in page


def test_what_went_right_is_told_without_the_code(service: Room, alice_client: Client) -> None:
    phone = Phone().dial().key(service.access_code or "")
    vonage.post("/telephony/event", phone.transfer())
    page = _page(alice_client, "calls:call", phone.uuid)
    assert f"came into “{service.name}”" in page
    assert (service.access_code or "") not in page.replace(" ", "")
    assert "+15550123" not in page.replace(" ", "")
    assert "On the line." in _page(alice_client, "calls:of_room", service.pk)


def test_the_failed_calls_of_a_room_come_first(service: Room, alice_client: Client) -> None:
    good = Phone("15550101").dial().key(service.access_code or "")
    stay = Participant.objects.get()
    actions.lock(service, True, By())
    locked_out = Phone("15550102").dial().key(service.access_code or "")
    assert locked_out.conversation_name is None
    Call.objects.filter(pk=locked_out.uuid).update(ended_at=timezone.now())
    page = _page(alice_client, "calls:of_room", service.pk)
    assert page.index(locked_out.uuid) < page.index(good.uuid)
    assert "This room is locked." in page
    assert stay.left_at is None


def test_the_rooms_own_page_tells_the_first_of_them(service: Room, alice_client: Client) -> None:
    assert "No calls in the last seven days" in _page(alice_client, "calls:lately", service.pk)
    for n in range(5):
        Phone(f"1555010{n}").dial().key(service.access_code or "")
    few = _page(alice_client, "calls:lately", service.pk)
    assert few.count("On the line.") == 5
    assert reverse("calls:of_room", args=[service.pk]) not in few
    actions.lock(service, True, By())
    locked_out = Phone("15550109").dial().key(service.access_code or "")
    Call.objects.filter(pk=locked_out.uuid).update(ended_at=timezone.now())
    many = _page(alice_client, "calls:lately", service.pk)
    assert many.index("failed") < many.index("On the line.")
    assert many.count("On the line.") == 4
    assert reverse("calls:of_room", args=[service.pk]) in many
    room_page = _page(alice_client, "rooms:room", service.pk)
    assert reverse("calls:lately", args=[service.pk]) in room_page


def test_what_was_done_to_a_caller_is_told_with_whom(
    service: Room, alice: User, alice_client: Client
) -> None:
    phone = Phone().dial().key(service.access_code or "")
    stay = Participant.objects.get()
    actions.mute(stay, True, By(user=alice))
    Command.objects.update(done_at=timezone.now(), error="Vonage is busy (429)")
    page = _page(alice_client, "calls:call", phone.uuid)
    assert f"Mute, asked by {alice}" in page
    assert "Not done: Vonage is busy (429)" in page


def test_calls_of_others_are_not_found(
    service: Room, charlie_client: Client, client: Client, bob_client: Client
) -> None:
    inside = Phone().dial().key(service.access_code or "")
    strayed = _failed_call(service)
    for uuid in (inside.uuid, strayed.uuid, "nonsense"):
        assert charlie_client.get(reverse("calls:call", args=[uuid])).status_code == 404
    assert charlie_client.get(reverse("calls:of_room", args=[service.pk])).status_code == 404
    assert charlie_client.get(reverse("calls:lately", args=[service.pk])).status_code == 404
    for name, args in (
        ("calls:call", [inside.uuid]),
        ("calls:of_room", [service.pk]),
        ("calls:lately", [service.pk]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 302
        assert bob_client.get(reverse(name, args=args)).status_code == 200
    assert client.get(reverse("calls:find")).status_code == 302


@pytest.mark.parametrize(
    ("number", "at", "told"),
    [
        ("12", "2026-03-02T10:10", "id_number_error"),
        ("+34600123456", "", "id_at_error"),
        ("+34600123456", "2999-01-01T00:00", "id_at_error"),
        ("+34600123456", "soon", "id_at_error"),
    ],
)
def test_what_cannot_be_looked_for_is_told_beside_the_field(
    number: str, at: str, told: str, service: Room, alice_client: Client
) -> None:
    assert f'id="{told}"' in _page(alice_client, "calls:find", number=number, at=at)


def test_the_api_tells_the_same(service: Room, account: Account, charlie: User) -> None:
    phone = Phone().dial().key(service.access_code or "")
    strayed = _failed_call(service, "15550123")
    api = Api(account, "read")
    (listed,) = api.get("calls/").json()["data"]
    assert (listed["id"], listed["failed"]) == (f"cl_{phone.uuid}", False)
    assert listed["room"] == service.pk
    assert "0123" not in listed["caller"]
    around = api.get("calls/?number=%2B15550123&at=2026-03-02T10:10:00Z").json()["data"]
    assert [one["id"] for one in around] == [f"cl_{strayed.uuid}"]
    whole = api.get(f"calls/cl_{strayed.uuid}/").json()
    assert whole["failed"]
    assert [one["kind"] for one in whole["timeline"]][:3] == ["dialled", "keyed", "heard"]
    assert api.get("calls/?number=12&at=x").status_code == 400
    assert api.get("calls/?number=%2B15550123").status_code == 400
    theirs = Api(charlie.accounts.get(), "read")
    assert theirs.get("calls/").json()["data"] == []
    assert theirs.get(f"calls/cl_{phone.uuid}/").status_code == 404
    assert Api(account, "read", "control").get(f"calls/cl_{phone.uuid}/").json()["caller"] == (
        "+15550123"
    )


def test_a_list_of_many_calls_takes_few_statements(
    service: Room, alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    Call.objects.bulk_create(
        Call(uuid=f"call-{n}", room=service, caller="+15550123", created_at=now, ended_at=now)
        for n in range(60)
    )
    with django_assert_max_num_queries(9):
        page = _page(alice_client, "calls:of_room", service.pk)
    assert page.count("Hung up before keying anything.") == 50


def _keyed(phone: Phone, account: Account) -> list[str]:
    """What the story says was keyed, in order."""
    call = Call.objects.get(pk=phone.uuid)
    return [one.text for one in call_story.tell(call, account) if one.kind == "keyed"]


RIGHT = "Keyed what was asked for."


def test_what_led_nowhere_is_not_told_as_what_was_asked_for(service: Room) -> None:
    Room.objects.update(asks_when_alone=True, host_pin="246810", guest_pin="13579")
    code = service.access_code or ""
    phone = Phone().dial().key("", timed_out=True).key("*").key(code)
    phone.key("", timed_out=True).key("*").key("1111").key("13579")
    for digits in ("", "5"):
        phone.key(digits)
    assert phone.heard.startswith("Nobody pressed 1.")
    assert _keyed(phone, service.account) == [
        *("Keyed nothing.", "Pressed star.", RIGHT),
        *("Keyed nothing.", "Pressed star.", "Keyed a wrong PIN.", RIGHT),
        *("Did not press 1.", "Did not press 1."),
    ]


def test_a_code_that_was_not_looked_at_is_told_so(service: Room, account: Account) -> None:
    people.make(account, name="Ana Ruiz", email="", phone="+15550123")
    for _call in range(3):
        _failed_call(service)
    with time_machine.travel(START + dt.timedelta(minutes=5), tick=False):
        late = Phone("15550123").dial().key(service.access_code or "")
    assert late.heard.startswith("Too many wrong codes from this number.")
    assert _keyed(late, account) == [
        "Keyed a code or a PIN. It was not looked at: the tries were used up."
    ]


def test_who_goes_back_and_keys_nothing_is_told_so(service: Room) -> None:
    Room.objects.update(known_callers=True)
    phone = Phone().dial().key(service.access_code or "")
    now = timezone.now()
    Phone("15550124").dial().key(service.access_code or "")
    vonage.post("/telephony/event", phone.completed(now, now))
    back = Phone().dial()
    assert back.heard.startswith("Press 1 to go back")
    back.key("", timed_out=True).key("1")
    assert _keyed(back, service.account) == ["Keyed nothing.", RIGHT]
