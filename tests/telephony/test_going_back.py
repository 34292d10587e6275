"""Who dropped out of a room presses 1 to go back; who was removed does not."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, Person, User
from rooms.conferences import actions
from rooms.conferences.commands import By, done
from rooms.conferences.models import Command, Participant
from rooms.models import PhoneNumber, Room
from telephony import known_callers, lines
from telephony.models import Call, WrongCode
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

ANA = "+15550101"  # phone(1)
BACK = "Press 1 to go back to Standup, or key another code, then hash."
ENTER = "Press 1 to enter Standup, or key a room code, then hash."
PLAIN = "Welcome to AnyRoom. Key your room code, then hash."
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _service(number: PhoneNumber, room: Room) -> None:
    changes.change(room, host_pin="246810", known_callers=True)


def offered(at: dt.timedelta | None = None, last: int = 1) -> str:
    """What the number hears that dials now, or later."""
    with time_machine.travel(timezone.now() + (at or dt.timedelta())):
        return phone(last).dial().heard


@pytest.fixture
def person(account: Account) -> Person:
    return Person.objects.create(account=account, name="Ana", phone=ANA)


@pytest.fixture
def dropped(room: Room) -> Phone:
    """Ana and Bert are in; Ana's line breaks."""
    call(room, 2)
    ana = call(room, 1)
    hang_up(ana)
    return ana


def test_who_dropped_out_presses_1_and_is_back(room: Room, dropped: Phone) -> None:
    again = phone(1).dial()
    assert again.heard == BACK
    assert again.key("1").conversation_name == room.pk
    assert counts(room) == (2, 0, 0)
    assert Call.objects.get(pk=again.uuid).steps["1"]["digits"] == ""
    assert not WrongCode.objects.exists()


def test_for_ten_minutes(room: Room, dropped: Phone) -> None:
    assert offered(9 * MINUTE) == BACK
    assert offered(11 * MINUTE) == PLAIN


def test_another_code_works_as_well_and_1_after_a_wrong_one(
    room: Room, account: Account, dropped: Phone
) -> None:
    other = changes.make(account, name="Other")
    assert phone(1).dial().key(other.access_code or "").conversation_name == other.pk
    again = phone(1).dial()
    assert again.key("12").heard.startswith("1 2 is not a room.")
    assert again.key("1", timed_out=True).conversation_name == room.pk


def test_the_offer_is_repeated(room: Room, dropped: Phone) -> None:
    again = phone(1).dial()
    assert again.key("", timed_out=True).heard == BACK
    slow = again.key("*").heard
    assert "Press 1 to go back to Standup" in slow
    assert 'rate="slow"' in slow
    assert again.key("1").conversation_name == room.pk


def test_1_is_no_code_where_nothing_was_offered(room: Room) -> None:
    assert phone(1).dial().key("1").heard.startswith("1 is not a room.")


def test_nobody_is_offered_what_is_over_off_or_locked(room: Room, dropped: Phone) -> None:
    actions.lock(room, True, By())
    assert offered() == PLAIN
    actions.lock(room, False, By())
    Room.objects.update(known_callers=False)
    lines.forget()
    assert offered() == PLAIN
    Room.objects.update(known_callers=True)
    lines.forget()
    assert offered() == BACK
    assert offered(last=3) == PLAIN, "somebody else"
    assert Phone("anonymous").dial().heard == PLAIN
    other = stay_of(2)
    hang_up(other)
    assert offered() == PLAIN, "the conference has ended"


def stay_of(last: int) -> Phone:
    found = phone(last)
    found.uuid = Participant.objects.get(caller=f"+155501{last:02}", left_at=None).call
    return found


def test_who_locked_meanwhile_is_heeded(room: Room, dropped: Phone) -> None:
    again = phone(1).dial()
    actions.lock(room, True, By())
    refused(again.key("1"), "This room is locked.", room)


@pytest.mark.parametrize("carried_out", [True, False])
def test_nobody_is_led_back_who_was_removed(room: Room, person: Person, carried_out: bool) -> None:
    call(room, 2)
    ana = call(room, 1)
    command = actions.remove(stay(ana), By())
    if carried_out:
        done(command)
    hang_up(ana)  # perhaps before the carrier was asked
    assert offered() == PLAIN
    assert offered(20 * 60 * MINUTE) == PLAIN, "though on the people list"
    assert offered(25 * 60 * MINUTE) == ENTER
    assert call(room, 1).conversation_name == room.pk, "the code still works"


def test_who_is_removed_after_the_offer_needs_the_code(room: Room, person: Person) -> None:
    call(room, 2)
    again = phone(1).dial()
    assert again.heard == ENTER
    other = call(room, 1)  # a second phone with the same number
    done(actions.remove(stay(other), By()))
    again.key("1")
    assert again.heard == "Key the code of the room, then hash."
    assert again.key("1").heard.startswith("1 is not a room.")


def test_a_removal_in_another_room_does_not_count(
    room: Room, account: Account, person: Person
) -> None:
    other = changes.make(account, name="Other")
    there = call(other, 1)
    done(actions.remove(stay(there), By()))
    hang_up(there)
    assert offered() == ENTER


def test_who_was_a_host_is_asked_for_the_pin_again(room: Room) -> None:
    call(room, 2)
    hang_up(host(room, 1))
    again = phone(1).dial()
    assert again.heard == BACK
    assert again.key("1").heard == HOST_QUESTION
    assert again.key("246810").conversation_name == room.pk
    assert counts(room) == (2, 0, 1)


def test_a_forged_number_gets_no_role_and_passes_no_pin(room: Room, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(phone=ANA)
    call(room, 2)
    forged = phone(1).dial().key("1")
    assert forged.heard == HOST_QUESTION
    assert forged.key("111111").heard.startswith("That is not the host's PIN.")
    assert forged.key("", timed_out=True).conversation_name == room.pk
    assert not stay(forged).is_host
    assert counts(room) == (2, 0, 0)
    changes.change(room, guest_pin="1357")
    forged = phone(1).dial().key("1")
    assert forged.heard == "Key your PIN, then hash."
    assert "Nothing was keyed" in forged.key("", timed_out=True).heard
    assert counts(room) == (2, 0, 0)


@pytest.mark.parametrize("setting", ["guest_pin", "personal_pins", "asks_when_alone", "locked"])
def test_a_1_is_worth_the_code_and_no_more(room: Room, person: Person, setting: str) -> None:
    one = phone(1).dial()
    Room.objects.update(**{setting: "1357" if setting == "guest_pin" else True})
    heard = one.key("1").heard
    pin, alone, locked = (
        "Key your PIN, then hash.",
        "You are the first. Press 1",
        "This room is lock",
    )
    expected = {"asks_when_alone": alone, "locked": locked}.get(setting, pin)
    assert heard.startswith(expected)
    assert counts(room) == (0, 0, 0)


def test_what_was_ended_for_all_is_not_gone_back_to(room: Room) -> None:
    call(room, 2)
    ana = call(room, 1)
    for command in actions.end(room, By()):
        if command.participant_id:
            done(command)
    hang_up(ana)
    assert Command.objects.filter(kind=Command.Kind.REMOVE).count() == 2
    assert known_callers.find(ANA, timezone.now()) is None
