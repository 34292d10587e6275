"""Callers whose number is known press 1 instead of keying a code; and what that costs."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, Person, User
from rooms.meetings import invitees
from rooms.meetings.models import Meeting
from rooms.models import PhoneNumber, Room
from telephony import lines
from tests.meetings.plans import plan
from tests.telephony.doorstep import (
    HOST_QUESTION,
    call,
    hang_up,
    phone,
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


def test_a_number_on_the_people_list_presses_1(room: Room, person: Person) -> None:
    one = phone(1).dial()
    assert one.heard == ENTER
    assert one.key("1").conversation_name == room.pk
    assert offered(last=2) == PLAIN


def test_of_two_rooms_the_one_where_people_are_or_none(
    room: Room, account: Account, person: Person
) -> None:
    other = changes.make(account, name="Other", known_callers=True)
    assert offered() == PLAIN
    first = call(other, 2)
    assert offered() == ENTER.replace("Standup", "Other")
    call(room, 3)
    assert offered() == PLAIN
    hang_up(first)
    assert offered() == ENTER


def test_lists_of_two_accounts_are_two_rooms(room: Room, person: Person, charlie: User) -> None:
    theirs = charlie.accounts.get()
    Person.objects.create(account=theirs, name="Ana", phone=ANA)
    assert offered() == ENTER
    changes.make(theirs, name="Theirs", known_callers=True)
    assert offered() == PLAIN


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    """It begins in half an hour; Ana is invited."""
    Room.objects.update(opens_before=10)
    found = plan(room, alice, hours=0.5)
    invitees.add(found, [invitees.Guest(name="Ana", phone=ANA)], by=None)
    return found


@pytest.mark.parametrize(("minutes", "heard"), [(15, PLAIN), (25, ENTER), (60, ENTER), (95, PLAIN)])
def test_an_invited_number_presses_1_while_its_meeting_is_on(
    room: Room, meeting: Meeting, minutes: int, heard: str
) -> None:
    assert offered(minutes * MINUTE) == heard


def test_the_meeting_that_is_on_comes_before_the_people_list(
    room: Room, account: Account, person: Person, meeting: Meeting
) -> None:
    changes.make(account, name="Other", known_callers=True)
    assert offered() == PLAIN
    assert offered(30 * MINUTE) == ENTER


def test_who_was_taken_off_or_whose_meeting_is_off_is_offered_nothing(
    room: Room, alice: User, meeting: Meeting
) -> None:
    ana = meeting.invitees.get(phone=ANA)
    invitees.remove(ana, by=None)
    assert offered(30 * MINUTE) == PLAIN


def test_a_members_number_is_asked_for_the_hosts_pin(room: Room, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(phone=ANA)
    one = phone(1).dial()
    assert one.heard == ENTER
    assert one.key("1").heard == HOST_QUESTION
    one.key("246810")
    assert stay(one).is_host
    two = phone(1).dial().key("1").key("", timed_out=True)
    assert not stay(two).is_host
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert offered(last=1) == PLAIN


def test_a_number_of_one_account_offers_its_rooms_alone(
    room: Room, account: Account, person: Person, charlie: User
) -> None:
    changes.make(account, name="Other")
    theirs = charlie.accounts.get()
    for name in ("One", "Two"):
        changes.make(theirs, name=name)
    PhoneNumber.objects.create(number="+15550777", account=account)
    PhoneNumber.objects.create(number="+15550778", account=theirs)
    assert Phone(ANA[1:], to="15550777").dial().heard == ENTER
    assert Phone(ANA[1:], to="15550778").dial().heard == PLAIN


# --- What it costs --------------------------------------------------------------------------


def test_it_costs_nothing_while_no_room_wants_it_and_three_statements_else(
    room: Room, person: Person
) -> None:
    Room.objects.update(known_callers=False)
    lines.forget()
    phone(1).dial()
    with CaptureQueriesContext(connection) as queries:
        phone(1).dial()
    assert len(queries) == 0
    Room.objects.update(known_callers=True)
    with CaptureQueriesContext(connection) as queries:
        assert phone(1).dial().heard == PLAIN, "it is remembered for some seconds"
    assert len(queries) == 0
    lines.forget()
    phone(1).dial()
    with CaptureQueriesContext(connection) as queries:
        assert phone(1).dial().heard == ENTER
    assert 0 < len(queries) <= 3


def test_a_room_that_is_archived_wants_nothing(room: Room, person: Person) -> None:
    one = phone(1).dial()
    changes.archive(room)
    lines.forget()
    assert not lines.any_known_callers()
    assert one.key("1").heard == "Key the code of the room, then hash."
