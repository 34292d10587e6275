"""Hosts and guests: PINs, waiting for a host, and being told of a recording."""

import json

import pytest

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.conferences.models import RecordingNotice
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


@pytest.fixture(autouse=True)
def _service(number: PhoneNumber, room: Room) -> None:
    """A shared number, and one room whose host PIN is known."""
    changes.change(room, host_pin=doorstep.HOST_PIN)


def test_code_star_pin_makes_a_host_in_a_plain_room(room: Room) -> None:
    one = host(room)
    assert one.conversation_name == room.pk
    assert stay(one).is_host
    assert counts(room) == (1, 0, 1)
    assert call(room).conversation_name == room.pk
    assert counts(room) == (2, 0, 1)
    hang_up(one)
    assert counts(room) == (1, 0, 0)


def test_a_wrong_pin_after_the_code_is_not_told_back_and_not_kept(room: Room) -> None:
    one = phone().dial().key(f"{room.access_code}*246811")
    assert one.heard == "No room has this code and PIN. Key your room code again, then hash."
    elsewhere = phone(2).dial().key("999999*246811")
    assert elsewhere.heard == one.heard, "nobody learns whether the code was right"
    for row in Call.objects.all():
        assert "246811" not in json.dumps(row.steps)
        assert str(room.access_code) not in json.dumps(row.steps)
    wrong = WrongCode.objects.order_by("pk")
    assert [(one.digits, one.room) for one in wrong] == [("", room), ("999999", None)]
    assert one.key(room.access_code or "").conversation_name == room.pk
    assert not stay(one).is_host


def test_after_a_star_another_code_counts_too(room: Room, account: Account) -> None:
    other = changes.make(account, name="Other")
    one = phone().dial().key(f"{room.access_code}*{other.access_code}")
    assert one.conversation_name == other.pk
    assert phone(2).dial().key(f"1*{room.access_code}*246810").conversation_name == room.pk
    assert counts(room) == (1, 0, 1)


def test_guests_wait_for_a_host_who_lets_them_in(room: Room) -> None:
    changes.change(room, waits_for_host=True)
    first = call(room, 1)
    assert first.heard == HOST_QUESTION
    assert first.ncco[1]["dtmf"]["timeOut"] == 4
    first.key("", timed_out=True)
    assert first.heard == "Welcome to Standup. The host is not here yet. Stay on the line."
    inside = first.ncco[-1]
    assert (inside["startOnEnter"], inside["name"]) == (False, room.pk)
    assert inside["musicOnHoldUrl"][0].endswith("/hold.wav")
    second = call(room, 2, "")
    assert second.heard.endswith("One person waits with you.")
    assert counts(room) == (0, 2, 0)
    leader = call(room, 50, "246810")
    assert leader.heard == "Welcome to Standup. 2 people are here."
    assert "startOnEnter" not in leader.ncco[-1]
    assert counts(room) == (3, 0, 1)
    assert stay(first).admitted_at
    late = call(room, 3, "")
    assert late.heard == "Welcome to Standup. 3 people are here."
    assert counts(room) == (4, 0, 1)
    hang_up(leader)
    assert counts(room) == (3, 0, 0)
    assert call(room, 4, "").heard.endswith("3 people are here."), "it has begun"
    assert counts(room) == (4, 0, 0)


def test_a_wrong_host_pin_is_told_and_nobody_slips_in_by_it(room: Room) -> None:
    changes.change(room, waits_for_host=True)
    one = call(room, 1, "111111")
    assert one.heard.startswith("That is not the host's PIN.")
    assert counts(room) == (0, 0, 0)
    one.key("*")
    assert 'rate="slow"' in one.heard
    one.key("222222").key("")
    assert stay(one).waiting, "hash alone: a guest"
    third = call(room, 2, "1", "2", "3")
    refused(third, "That is not the host's PIN. Call again", room)
    assert counts(room) == (0, 1, 0)


def test_a_waiting_guest_who_hangs_up_is_counted_out(room: Room) -> None:
    changes.change(room, waits_for_host=True)
    one = call(room, 1, "")
    assert counts(room) == (0, 1, 0)
    hang_up(one)
    assert counts(room) == (0, 0, 0)
    assert Room.objects.get().open_conference is None


@pytest.mark.parametrize(
    ("pin", "is_host"), [("1357", False), ("246810", True), ("12*1357", False), ("9*246810", True)]
)
def test_a_guest_pin_is_asked_for_and_the_hosts_works_too(
    room: Room, pin: str, is_host: bool
) -> None:
    changes.change(room, guest_pin="1357")
    one = call(room)
    assert one.heard == "Key your PIN, then hash."
    assert counts(room) == (0, 0, 0)
    one.key(pin)
    assert one.conversation_name == room.pk
    assert stay(one).is_host is is_host
    assert counts(room) == (1, 0, int(is_host))
    assert pin not in json.dumps(Call.objects.get().steps)


def test_a_guest_pin_is_no_room_of_its_own_and_three_wrong_ones_end_it(room: Room) -> None:
    changes.change(room, guest_pin="1357")
    one = call(room, 1, "1358", "", "1359")
    assert one.heard == "That is not a PIN of this meeting. Key your PIN again, then hash."
    one.key("0")
    refused(one, "That is not a PIN of this meeting. Ask the person who invited you", room)
    assert list(WrongCode.objects.values_list("digits", "room")) == [
        ("", room.pk),
        ("", room.pk),
        ("", room.pk),
    ]


def test_guests_with_a_pin_wait_too(room: Room) -> None:
    changes.change(room, guest_pin="1357", waits_for_host=True)
    assert stay(call(room, 1, "1357")).waiting
    call(room, 2, "246810")
    assert counts(room) == (2, 0, 1)


def test_an_organizers_personal_pin_makes_a_host_and_a_guests_does_not(
    room: Room, alice: User
) -> None:
    changes.change(room, personal_pins=True, waits_for_host=True)
    meeting = plan(room, alice, hours=0)
    ana = invite(meeting, "Ana")
    boss = Invitee.objects.get(meeting=meeting, is_organizer=True)
    waits = call(room, 1, ana.pin)
    assert stay(waits).waiting
    assert stay(waits).invitee == ana
    assert call(room, 2, boss.pin).heard.startswith("Welcome to Standup, Alice.")
    assert counts(room) == (2, 0, 1)
    assert stay(call(room, 3, "246810")).is_host
    assert "not a PIN" in call(room, 4, "1357").heard


# --- Recorded -------------------------------------------------------------------------------


def test_who_enters_a_recorded_room_is_told_and_that_is_kept(room: Room) -> None:
    changes.change(room, records=True)
    one = call(room)
    assert one.heard.startswith("Welcome to Standup. This call is recorded. You are the first")
    assert one.ncco[-1]["record"] is True
    assert one.ncco[-1]["eventUrl"][0].rpartition("/")[0].endswith("/telephony/recorded")
    call(room, 2)
    assert RecordingNotice.objects.count() == 2
    assert set(RecordingNotice.objects.values_list("recording", flat=True)) == {
        Room.objects.get().recording_id
    }


def test_who_waits_in_a_recorded_room_is_told_and_begins_no_recording(room: Room) -> None:
    changes.change(room, records=True, waits_for_host=True)
    waits = call(room, 1, "")
    assert "This call is recorded." in waits.heard
    assert "record" not in waits.ncco[-1]
    assert Room.objects.get().recording is None
    assert host(room).ncco[-1]["record"] is True
    assert Room.objects.get().recording
