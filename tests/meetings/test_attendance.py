"""Who came to a meeting when, and who did not."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import Person, User
from rooms.conferences import presence
from rooms.conferences.models import Participant
from rooms.meetings import attendance, callers, invitees, planning
from rooms.meetings.models import Invitee, Occurrence
from rooms.models import PhoneNumber, Room
from telephony import lines
from tests.meetings.gathering import ANA, BEN, CID, at, conference, invited, planned, stay
from tests.telephony import vonage


@pytest.fixture
def weekly(room: Room, alice: User) -> Occurrence:
    return planned(room, alice)


def _rows(occurrence: Occurrence, now: str = "13:00") -> dict[str, list[tuple[str, str]]]:
    found = attendance.of(occurrence, at(now))
    return {
        row.who: [
            (f"{span.joined:%H:%M}", f"{span.left:%H:%M}" if span.left else "")
            for span in row.spans
        ]
        for row in found.rows
    }


def test_who_came_and_who_did_not(weekly: Occurrence, room: Room) -> None:
    ana = invited(weekly.meeting, "Ana", ANA)
    ben = invited(weekly.meeting, "Ben")
    invitees.reply(ben, ben._meta.get_field("reply").choices[1][0])  # type: ignore[index, arg-type]
    Person.objects.create(account=room.account, name="Cid", phone=CID)
    talk = conference(room, "09:50", "10:50")
    stay(talk, "09:50", "10:10", ANA)
    stay(talk, "10:12", "10:50", ANA)
    stay(talk, "10:01", "10:31", CID)
    stay(talk, "10:02", "10:03")
    stay(talk, "10:04", "10:05")
    found = attendance.of(weekly, at("13:00"))
    assert [row.who for row in found.rows] == ["Ana", "Cid", "number withheld", "number withheld"]
    assert found.rows[0].invitee == ana
    assert found.rows[0].away == [(at("10:10"), at("10:12"))]
    assert [row.seconds for row in found.rows] == [58 * 60, 30 * 60, 60, 60]
    assert [str(one) for one in found.absent] == ["Alice", "Ben"]
    assert (found.came, found.invited) == (1, 3)
    assert (found.first, found.last) == (at("09:50"), at("10:50"))
    assert found.most_at_once == 3
    assert found.seconds == 90 * 60
    assert not found.going_on


def test_what_belongs_to_the_meeting(weekly: Occurrence, room: Room) -> None:
    too_early = conference(room, "08:00", "09:40")
    stay(too_early, "08:00", "09:40", ANA)
    talk = conference(room, "09:41", "12:00")
    stay(talk, "09:41", "09:55", BEN)  # came too early for it, and left before it began
    stay(talk, "09:42", "10:30", CID)
    stay(talk, "10:20", "12:00", ANA)
    stay(talk, "11:10", "11:20", BEN)  # after the end, to those who went on
    later = conference(room, "12:10", "12:20")
    stay(later, "12:10", "12:20", "+34600000009")
    numbers = {row.number: row.joined for row in attendance.of(weekly, at("13:00")).rows}
    assert numbers == {CID: at("09:42"), ANA: at("10:20"), BEN: at("11:10")}


def test_meetings_that_follow_each_other_share_nobodys_minutes(room: Room, alice: User) -> None:
    first, second = planned(room, alice, "10:00"), planned(room, alice, "11:00")
    cancelled = planned(room, alice, "12:00")
    planning.cancel_one(cancelled, by=None)
    talk = conference(room, "09:55")
    stay(talk, "09:55", None, ANA)
    stay(talk, "10:50", "10:58", BEN)
    stay(talk, "11:30", "12:30", CID)
    ana, ben, cid = "+34 ••• •• •• 01", "+34 ••• •• •• 02", "+34 ••• •• •• 03"
    assert _rows(first) == {ana: [("09:55", "11:00")], ben: [("10:50", "10:58")]}
    assert _rows(second) == {ana: [("11:00", "")], cid: [("11:30", "12:30")]}
    assert not attendance.of(first, at("11:30")).going_on
    assert attendance.of(first, at("10:59")).going_on
    assert attendance.of(second, at("12:30")).going_on


def test_who_comes_early_counts_if_they_are_there_at_the_start(room: Room, alice: User) -> None:
    Room.objects.update(opens_before=30)
    weekly = planned(Room.objects.get(), alice)
    early = conference(room, "09:32", "10:05")
    stay(early, "09:32", "09:40", "+34600000009")
    stay(early, "09:45", "10:05", ANA)
    assert [row.number for row in attendance.of(weekly, at("13:00")).rows] == [ANA]


def test_the_same_person_is_one_row(weekly: Occurrence, room: Room, alice: User) -> None:
    other = planned(room, alice, "15:00", title="Other")
    ana = invited(weekly.meeting, "Ana", ANA)
    there = invited(other.meeting, "Ana", ANA)
    talk = conference(room, "10:00", "11:00")
    stay(talk, "10:00", "10:20", ANA)
    stay(talk, "10:10", "10:30", "+15550123", invitee=ana, name="Ana")  # two phones at once
    stay(talk, "10:40", "10:41", invitee=there, name="Ana")
    assert _rows(weekly) == {"Ana": [("10:00", "10:30"), ("10:40", "10:41")]}
    (row,) = attendance.of(weekly, at("13:00")).rows
    assert (row.seconds, row.dropped, row.number) == (31 * 60, 1, ANA)


def test_a_shared_line_is_nobodys(weekly: Occurrence, room: Room) -> None:
    for name in ("Ana", "Ben"):
        invited(weekly.meeting, name, ANA)
    stay(conference(room, "10:00", "11:00"), "10:00", "11:00", ANA)
    assert list(_rows(weekly)) == ["+34 ••• •• •• 01"]


def test_only_those_invited_by_then_missed_it(weekly: Occurrence) -> None:
    gone, late, stayed = (invited(weekly.meeting, name) for name in ("Gone", "Late", "Stayed"))
    Invitee.objects.filter(pk=gone.pk).update(removed_at=at("09:00"))
    Invitee.objects.filter(pk=late.pk).update(created_at=at("12:00"))
    Invitee.objects.filter(pk=stayed.pk).update(removed_at=at("12:00"))
    found = attendance.of(weekly, at("13:00"))
    assert [str(one) for one in found.absent] == ["Alice", "Stayed"]


def test_thousands_of_invitees_and_drop_outs_take_few_statements(
    weekly: Occurrence, room: Room, django_assert_num_queries: Any
) -> None:
    guests = [invitees.Guest(f"G{n}", f"g{n}@guests.example", f"+34611{n:06}") for n in range(4000)]
    invitees.add(weekly.meeting, guests, by=None, tell=False)
    talk = conference(room, "10:00", "11:00")
    Participant.objects.bulk_create(
        Participant(
            conference=talk,
            room=room,
            call=f"c{n}",
            caller=f"+34611{n % 200:06}" if n % 4 else f"+34622{n % 200:06}",
            joined_at=at("10:00") + dt.timedelta(seconds=n),
            left_at=at("10:00") + dt.timedelta(seconds=n + 20),
        )
        for n in range(2000)
    )
    with django_assert_num_queries(5):
        found = attendance.of(weekly, at("13:00"))
    assert len(found.rows) == 200
    assert {row.dropped for row in found.rows} == {9}
    assert found.came == 150


@pytest.fixture
def arrived(weekly: Occurrence, room: Room) -> Any:
    def arrive(number: str, call: str = "call") -> tuple[str, Invitee | None]:
        presence.join(call=call, caller=number, at=at("10:01"), code=str(room.access_code))
        before = Room.objects.get(pk=room.pk).live_version
        known = callers.recognize(room, call=call, at=at("10:01"))
        found = Participant.objects.get(call=call, left_at=None)
        assert (Room.objects.get(pk=room.pk).live_version > before) == known == bool(found.name)
        assert not callers.recognize(room, call=call, at=at("10:01")), "told once"
        return found.name, found.invitee

    return arrive


def test_a_caller_is_recognized(
    arrived: Any, weekly: Occurrence, room: Room, alice: User, bob: User
) -> None:
    other = planned(room, bob, "15:00")
    invited(other.meeting, "Ana there", ANA)
    ana = invited(weekly.meeting, "Ana", ANA)
    assert arrived(ANA, "a") == ("Ana", ana), "of the meeting that goes on"
    Person.objects.create(account=room.account, name="Cid", phone=CID)
    assert arrived(CID, "c") == ("Cid", None)
    ben = invited(weekly.meeting, "Ben")
    Person.objects.create(account=room.account, email=ben.email, phone=BEN)
    assert arrived(BEN, "b") == ("Ben", ben), "the people list knows the number of the invitee"
    User.objects.filter(pk=bob.pk).update(phone="+34600000005")
    assert arrived("+34600000005", "m") == ("Bob", None)
    User.objects.filter(pk=alice.pk).update(phone="+34600000006")
    name, organizer = arrived("+34600000006", "o")
    assert (name, organizer.is_organizer) == ("Alice", True)
    assert arrived("+34600000007", "x") == ("", None)
    assert arrived("", "y") == ("", None)


def test_who_was_taken_off_or_belongs_to_others_is_not_recognized(
    arrived: Any, weekly: Occurrence, charlie: User
) -> None:
    Person.objects.create(account=charlie.accounts.get(), name="Theirs", phone=ANA)
    ana = invited(weekly.meeting, "Ana", ANA)
    Invitee.objects.filter(pk=ana.pk).update(removed_at=timezone.now())
    assert arrived(ANA) == ("", None)


def test_a_pin_tells_more_than_a_number(arrived: Any, weekly: Occurrence, room: Room) -> None:
    ana, ben = invited(weekly.meeting, "Ana", ANA), invited(weekly.meeting, "Ben", BEN)
    presence.join(
        call="p", caller=ANA, at=at("10:01"), code=str(room.access_code), invitee_id=ben.pk
    )
    assert callers.recognize(room, call="p", at=at("10:01"))
    found = Participant.objects.get(call="p")
    assert (found.name, found.invitee) == ("Ben", ben) != ("Ana", ana)


def test_the_carriers_word_that_a_caller_arrived_gives_the_name(
    room: Room, alice: User, alice_client: Client
) -> None:
    Person.objects.create(account=room.account, name="Cid", phone="+15550123")
    PhoneNumber.objects.all().delete()
    PhoneNumber.objects.create(number="+15550100")
    lines.forget()
    phone = vonage.Phone().dial().key(str(room.access_code))
    vonage.post("/telephony/event", phone.transfer())
    assert Participant.objects.get().name == "Cid"
    page = alice_client.get(f"/rooms/{room.pk}/live/").content.decode()
    assert re.search(r'<text class="who"[^>]*>\s*<title>\s*Cid\s*</title>\s*Cid', page)
