"""All for which somebody is kept out of a room, or asked to show that they are no machine."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from rooms import changes
from rooms.accounts import blocked
from rooms.accounts.models import Account, User
from rooms.conferences import actions
from rooms.conferences.commands import By
from rooms.conferences.models import Participant
from rooms.meetings.models import Invitee
from rooms.models import PhoneNumber, Room
from telephony.models import Call, WrongCode
from tests.meetings.plans import invite, plan
from tests.telephony import doorstep
from tests.telephony.doorstep import (
    HOST_QUESTION,
    call,
    counts,
    hang_up,
    host,
    phone,
    refused,
    stay,
)
from tests.telephony.vonage import Phone


@pytest.fixture(autouse=True)
def _service(number: PhoneNumber, room: Room) -> None:
    """A shared number, and one room whose host PIN is known."""
    changes.change(room, host_pin=doorstep.HOST_PIN)


# --- Alone ----------------------------------------------------------------------------------


def test_the_first_caller_presses_1(room: Room) -> None:
    changes.change(room, asks_when_alone=True)
    one = call(room)
    assert one.heard == "You are the first. Press 1 to wait for the others."
    assert one.ncco[1]["dtmf"]["timeOut"] == 10
    assert counts(room) == (0, 0, 0)
    assert one.key("1").conversation_name == room.pk
    assert call(room, 2).conversation_name == room.pk, "the second is not asked"
    assert counts(room) == (2, 0, 0)


def test_a_machine_that_presses_nothing_is_hung_up_on(room: Room) -> None:
    changes.change(room, asks_when_alone=True)
    one = call(room, 1, "")
    assert one.heard == "You are the first. Press 1 to wait for the others."
    refused(one.key("", timed_out=True), "Nobody pressed 1.", room)
    assert not WrongCode.objects.exists(), "that was no guess"


def test_who_comes_meanwhile_is_joined(room: Room) -> None:
    changes.change(room, asks_when_alone=True)
    first, second = call(room, 1), call(room, 2)
    second.key("1")
    assert first.key("1").heard == "Welcome to Standup. One person is here."
    assert counts(room) == (2, 0, 0)


def test_hosts_need_not_press_1_and_who_keyed_a_pin_keeps_their_name(
    room: Room, alice: User
) -> None:
    changes.change(room, asks_when_alone=True)
    one = host(room)
    assert one.conversation_name == room.pk
    hang_up(one)
    changes.change(room, personal_pins=True)
    ana = invite(plan(room, alice), "Ana")
    asked = call(room, 1, ana.pin)
    assert asked.heard.startswith("You are the first. Press 1")
    asked.key("1")
    assert (stay(asked).name, stay(asked).invitee) == ("Ana", ana)


def test_who_was_taken_off_between_pin_and_1_stays_out(room: Room, alice: User) -> None:
    changes.change(room, asks_when_alone=True, personal_pins=True)
    ana = invite(plan(room, alice), "Ana")
    asked = call(room, 1, ana.pin)
    Invitee.objects.filter(pk=ana.pk).update(removed_at=timezone.now())
    refused(asked.key("1"), "This room is closed.", room)


# --- Refused --------------------------------------------------------------------------------


def test_a_locked_room_lets_hosts_in_and_nobody_else(room: Room) -> None:
    first = call(room)
    actions.lock(room, True, By())
    refused(call(room, 2), "This room is locked.", room)
    assert host(room).conversation_name == room.pk
    assert counts(room) == (2, 0, 1)
    changes.change(room, guest_pin="1357")
    refused(call(room, 3, "1357"), "This room is locked.", room)
    assert call(room, 51, "246810").conversation_name == room.pk, "asked first: it may be a host"
    actions.lock(room, False, By())
    assert call(room, 4, "1357").conversation_name == room.pk
    for uuid in Participant.objects.filter(left_at=None).values_list("call", flat=True):
        first.uuid = uuid
        hang_up(first)
    assert counts(room) == (0, 0, 0)
    assert not Room.objects.get().locked, "an empty room is open again"


def test_a_full_room_lets_nobody_in(room: Room, settings: Any) -> None:
    settings.ROOM_CAPACITY = 2
    call(room)
    call(room, 2)
    refused(call(room, 3), "This room is full.", room)
    refused(host(room), "This room is full.", room)
    assert counts(room) == (2, 0, 0)


def test_those_who_wait_fill_a_room_too(room: Room, settings: Any) -> None:
    settings.ROOM_CAPACITY = 1
    changes.change(room, waits_for_host=True)
    call(room, 1, "")
    refused(call(room, 2), "This room is full.", room)
    assert counts(room) == (0, 1, 0)


def test_a_number_that_the_account_blocked_is_refused_without_a_reason(
    room: Room, account: Account
) -> None:
    blocked.block(account, "+15550103")
    refused(call(room, 3), "You cannot enter this room from this number. Goodbye.", room)
    refused(phone(3).dial().key(f"{room.access_code}*246810"), "You cannot enter this room", room)
    hidden = Phone("anonymous").dial().key(room.access_code or "")
    assert hidden.conversation_name == room.pk


def test_a_number_that_the_service_blocked_hears_so_at_once(room: Room) -> None:
    blocked.block(None, "+15550103")
    one = phone(3).dial()
    assert one.heard == "You cannot enter any room from this number. Goodbye."
    assert [action["action"] for action in one.ncco] == ["talk"]
    PhoneNumber.objects.create(number="+15550777", room=room)
    assert "You cannot enter any room" in Phone("15550103", to="15550777").dial().heard
    assert not Call.objects.exists()


def test_what_changed_between_code_and_pin_counts(room: Room, account: Account) -> None:
    changes.change(room, guest_pin="1357")
    one, two = call(room, 1), call(room, 2)
    blocked.block(account, "+15550101")
    refused(one.key("1357"), "You cannot enter this room from this number.", room)
    changes.archive(room)
    assert two.key("1357").heard.startswith("This room is closed.")


def test_a_host_pin_opens_no_room_before_its_time(room: Room, alice: User) -> None:
    changes.change(room, opens_before=15)
    plan(room, alice, hours=3)
    refused(call(room), "This meeting has not begun.", room)
    refused(host(room), "This meeting has not begun.", room)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2, minutes=50)):
        assert host(room).conversation_name == room.pk


def test_a_refused_call_that_ends_leaves_everything_as_it_was(room: Room) -> None:
    call(room)
    actions.lock(room, True, By())
    hang_up(call(room, 2))
    assert counts(room) == (1, 0, 0)


@pytest.mark.parametrize("setting", ["locked", "guest_pin", "waits_for_host", "asks_when_alone"])
def test_the_rooms_own_number_asks_the_same(room: Room, setting: str) -> None:
    Room.objects.update(**{setting: "1357" if setting == "guest_pin" else True})
    PhoneNumber.objects.create(number="+15550777", room=room)
    one = Phone(to="15550777").dial()
    heard = {
        "locked": "This room is locked.",
        "guest_pin": "Key your PIN, then hash.",
        "waits_for_host": HOST_QUESTION,
        "asks_when_alone": "You are the first. Press 1",
    }
    assert one.heard.startswith(heard[setting])
    assert one.dial().heard.startswith(heard[setting])
    assert Call.objects.get().room == room
    assert counts(room) == (0, 0, 0)
