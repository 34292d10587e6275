"""Rooms that open at the times of their meetings: who comes early or late hears when."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from rooms.accounts.models import Account, User
from rooms.conferences.models import Participant
from rooms.meetings import invitees, planning
from rooms.meetings.models import Invitee, Meeting, Occurrence
from rooms.models import PhoneNumber, Room
from telephony.models import Call
from tests.telephony import vonage
from tests.telephony.vonage import Phone

MONDAY = dt.date(2026, 10, 5)


def madrid(hour: int, minute: int = 0, day: dt.date = MONDAY) -> dt.datetime:
    """In October Madrid is two hours ahead of UTC."""
    return dt.datetime.combine(day, dt.time(hour, minute), dt.UTC) - dt.timedelta(hours=2)


@pytest.fixture
def timed_room(room: Room, number: PhoneNumber) -> Room:
    Account.objects.update(hosting_until=madrid(0) + dt.timedelta(days=60))
    Room.objects.update(opens_before=15)
    room.refresh_from_db()
    return room


def plan(
    room: Room, alice: User, hour: int = 10, rrule: str = "", title: str = "Budget"
) -> Meeting:
    fields = {"first_day": MONDAY, "starts": dt.time(hour), "time_zone": "Europe/Madrid"}
    with time_machine.travel(madrid(0)):
        return planning.plan(room, alice, title="Budget", rrule=rrule, **fields)


def call(room: Room, at: dt.datetime) -> Phone:
    with time_machine.travel(at, tick=False):
        return Phone().dial().key(room.access_code or "")


def hang_up(phone: Phone, at: dt.datetime) -> None:
    with time_machine.travel(at):
        vonage.post("/telephony/event", phone.completed(at, at))


def test_an_early_caller_hears_when_the_room_opens(timed_room: Room, alice: User) -> None:
    plan(timed_room, alice)
    early = call(timed_room, madrid(9, 20))
    assert early.heard == (
        "This meeting has not begun. The room opens in 25 minutes, at 9:45. "
        "Call again then. Goodbye."
    )
    assert [action["action"] for action in early.ncco] == ["talk"]
    step = Call.objects.get().steps["1"]
    assert dt.datetime.fromisoformat(step.pop("at")) == madrid(9, 20)
    assert step == {
        "said": "opens_soon",
        "digits": "",
        "ncco": early.ncco,
        "room": timed_room.pk,
    }
    assert Call.objects.get().room == timed_room, "so that the organizer finds the call"
    assert not Participant.objects.exists()
    assert call(timed_room, madrid(9, 45)).conversation_name == timed_room.pk


def test_until_the_end_everybody_is_let_in_and_then_hears_of_the_next(
    timed_room: Room, alice: User
) -> None:
    plan(timed_room, alice, rrule="FREQ=WEEKLY")
    hang_up(call(timed_room, madrid(10, 59)), madrid(10, 59))
    assert call(timed_room, madrid(11, 0)).heard == (
        "The meeting ended at 11:00. "
        "The next one is on Monday, 12 October, at 10:00, Madrid time. Goodbye."
    )


def test_while_people_talk_others_may_come_back(timed_room: Room, alice: User) -> None:
    plan(timed_room, alice)
    first = call(timed_room, madrid(10))
    second = call(timed_room, madrid(10, 30))
    hang_up(second, madrid(11, 20))
    back = call(timed_room, madrid(11, 21))
    assert back.conversation_name == timed_room.pk
    hang_up(first, madrid(11, 30))
    hang_up(back, madrid(11, 31))
    assert call(timed_room, madrid(11, 32)).heard == (
        "The meeting ended at 11:00, Madrid time. There is no further meeting planned. Goodbye."
    )


def test_cancelled_and_moved_times_count(timed_room: Room, alice: User) -> None:
    meeting = plan(timed_room, alice, rrule="FREQ=DAILY")
    first, second = Occurrence.objects.filter(meeting=meeting)[:2]
    with time_machine.travel(madrid(0)):
        planning.cancel_one(first, by=alice)
        planning.move(second, day=MONDAY, starts=dt.time(16), by=alice)
    assert "opens on" not in call(timed_room, madrid(10)).heard
    assert "The room opens at 15:45, Madrid time." in call(timed_room, madrid(10)).heard
    hang_up(call(timed_room, madrid(15, 45)), madrid(15, 46))
    with time_machine.travel(madrid(15, 50)):
        planning.cancel(meeting, by=alice)
    assert "No meeting is planned in this room." in call(timed_room, madrid(15, 51)).heard


def test_a_room_without_meetings_says_so_and_one_that_is_always_open_does_not(
    timed_room: Room,
) -> None:
    heard = call(timed_room, madrid(10)).heard
    assert heard == "No meeting is planned in this room. Ask the person who invited you. Goodbye."
    Room.objects.update(opens_before=None)
    assert call(timed_room, madrid(10)).conversation_name == timed_room.pk


def test_zero_minutes_before_is_not_always_open(timed_room: Room, alice: User) -> None:
    Room.objects.update(opens_before=0)
    plan(timed_room, alice)
    assert "opens in 1 minute," in call(timed_room, madrid(9, 59)).heard
    assert call(timed_room, madrid(10)).conversation_name == timed_room.pk


def test_the_rooms_own_number_opens_no_earlier(timed_room: Room, alice: User) -> None:
    plan(timed_room, alice)
    PhoneNumber.objects.create(number="+15550777", room=timed_room)
    with time_machine.travel(madrid(9, 20)):
        phone = Phone(to="15550777").dial()
        assert "The room opens in 25 minutes" in phone.heard
        assert phone.dial().ncco == phone.ncco
    with time_machine.travel(madrid(9, 50)):
        assert Phone(to="15550777").dial().conversation_name == timed_room.pk


def _pin(meeting: Meeting, **fields: str) -> Invitee:
    guest = invitees.Guest(email="ana@example.org", **fields)
    return invitees.add(meeting, [guest], by=None).new[0]


def test_with_pins_the_meeting_of_the_invitee_must_be_on(timed_room: Room, alice: User) -> None:
    Room.objects.update(personal_pins=True)
    morning = _pin(plan(timed_room, alice, 10))
    noon = _pin(plan(timed_room, alice, 12), time_zone="Asia/Tokyo")
    assert "opens in 25 minutes" in call(timed_room, madrid(9, 20)).heard, "no PIN is asked for"
    with time_machine.travel(madrid(10, 30), tick=False):
        early = Phone().dial().key(timed_room.access_code or "").key(noon.pin)
        assert "The room opens at 18:45, Tokyo time." in early.heard
        there = Phone().dial().key(timed_room.access_code or "").key(morning.pin)
        assert there.conversation_name == timed_room.pk
    with time_machine.travel(madrid(11, 10), tick=False):
        late = Phone("15550125").dial().key(timed_room.access_code or "").key(morning.pin)
        assert late.conversation_name == timed_room.pk, "its conference goes on"
        early = Phone().dial().key(timed_room.access_code or "").key(noon.pin)
        assert "opens in 35 minutes, at 18:45" in early.heard


def test_start_now_opens_the_room_at_once(timed_room: Room, alice: User) -> None:
    with time_machine.travel(madrid(13, 7)):
        planning.start_now(timed_room.account, alice, timed_room)
        assert Phone().dial().key(timed_room.access_code or "").conversation_name == timed_room.pk
        assert timezone.now() < Occurrence.objects.get().ends_at
