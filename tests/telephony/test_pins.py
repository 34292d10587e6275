"""Rooms in which everybody keys a PIN of their own, webhook by webhook."""

import datetime as dt
import json

import pytest
import time_machine
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.conferences.models import Participant
from rooms.meetings import invitees, planning
from rooms.meetings.models import Invitee, Meeting
from rooms.models import PhoneNumber, Room
from telephony.models import Call
from telephony.steps import Step
from tests.at_once import at_once
from tests.meetings.plans import invite, plan
from tests.telephony import vonage
from tests.telephony.vonage import Phone


@pytest.fixture
def pin_room(room: Room) -> Room:
    Room.objects.update(personal_pins=True)
    room.refresh_from_db()
    return room


@pytest.fixture
def meeting(pin_room: Room, alice: User) -> Meeting:
    return plan(pin_room, alice)


@pytest.fixture
def ana(meeting: Meeting) -> Invitee:
    return invite(meeting, "Ana")


@pytest.fixture
def at_pin(number: PhoneNumber, pin_room: Room) -> Phone:
    """A phone that has keyed the right code."""
    return Phone().dial().key(pin_room.access_code or "")


def test_the_code_is_followed_by_the_pin_and_the_caller_is_known(
    at_pin: Phone, ana: Invitee
) -> None:
    assert at_pin.heard == "Key your PIN, then hash."
    assert at_pin.ncco[0]["bargeIn"] is True
    assert not Participant.objects.exists()
    at_pin.key(ana.pin)
    assert at_pin.heard.startswith("Welcome to Standup, Ana. You are the first here.")
    assert at_pin.conversation_name == ana.room_id
    stay = Participant.objects.get()
    assert (stay.call, stay.invitee, stay.name) == (at_pin.uuid, ana, "Ana")


def test_a_custom_greeting_stays_as_it_is(at_pin: Phone, ana: Invitee) -> None:
    changes.change(ana.room, greeting="Good morning, team.")
    assert at_pin.key(ana.pin).heard.startswith("Good morning, team. You are the first")


def test_no_digits_of_codes_and_pins_are_kept(at_pin: Phone, ana: Invitee) -> None:
    nearly = str((int(ana.pin) + 1) % 10**6).zfill(6)
    at_pin.key(nearly).key(ana.pin)
    steps = Call.objects.get().steps
    assert [step["said"] for step in steps.values()] == ["pin", "no_pin", "enter"]
    kept = json.dumps(steps)
    for digits in (ana.pin, nearly, ana.room.access_code):
        assert digits not in kept
        assert " ".join(str(digits)) not in kept


def test_a_wrong_pin_is_not_repeated_and_tries_are_counted_with_codes(
    number: PhoneNumber, pin_room: Room, ana: Invitee
) -> None:
    phone = Phone().dial().key("1235").key(pin_room.access_code or "")
    phone.key("0")
    assert phone.heard == "That is not a PIN of this meeting. Key your PIN again, then hash."
    phone.key("0")
    assert phone.heard.startswith("That is not a PIN of this meeting. Ask the person who invited")
    assert [action["action"] for action in phone.ncco] == ["talk"]
    assert not Participant.objects.exists()


def test_a_repeated_or_replayed_delivery_burns_no_try(at_pin: Phone, ana: Invitee) -> None:
    asked = at_pin.input_path
    answers = [at_pin.key("0", url=asked).ncco for _ in range(5)]
    assert all(answer == answers[0] for answer in answers)
    assert at_pin.key(ana.pin, url=asked).ncco == answers[0], "another PIN at an answered step"
    at_pin.key("0")
    last = at_pin.input_path
    entered = [at_pin.key(ana.pin, url=last).ncco for _ in range(3)]
    assert all(answer == entered[0] for answer in entered)
    assert at_pin.conversation_name == ana.room_id
    assert at_pin.key("0", url=asked).ncco == answers[0], "a late repeat of an older step too"
    assert Participant.objects.count() == Room.objects.get().people_in == 1


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_once_are_one(at_pin: Phone, ana: Invitee) -> None:
    asked = at_pin.input_path

    def deliver(digits: str) -> object:
        payload = {**at_pin.facts, "dtmf": {"digits": digits, "timed_out": False}}
        return vonage.post(asked, payload).json()

    wrong = at_once(*[lambda: deliver("0")] * 3)
    assert all(answer == wrong[0] for answer in wrong)
    asked = str(wrong[0][1]["eventUrl"][0])  # type: ignore[index]
    assert Step.from_token(asked.rpartition("/")[2]).wrong == 1
    right = at_once(*[lambda: deliver(ana.pin)] * 3)
    assert all(answer == right[0] for answer in right)
    assert Participant.objects.get().invitee == ana
    assert Room.objects.get().people_in == 1


def test_silence_is_asked_twice_and_a_star_repeats_slower(at_pin: Phone, ana: Invitee) -> None:
    at_pin.key("*")
    assert 'rate="slow"' in at_pin.heard
    assert "digits of your PIN" in at_pin.heard
    for _silence in range(2):
        at_pin.key("", timed_out=True)
        assert "Nothing was keyed. Key your PIN" in at_pin.heard
    at_pin.key(f"12*{ana.pin}")
    assert at_pin.conversation_name == ana.room_id


def test_the_third_silence_and_endless_stars_end_the_call(
    at_pin: Phone, number: PhoneNumber, ana: Invitee
) -> None:
    for _silence in range(3):
        at_pin.key("", timed_out=True)
    assert at_pin.heard.endswith("the PIN from your invitation. Goodbye.")
    other = Phone().dial().key(ana.room.access_code or "")
    for _press in range(11):
        other.key("*")
    assert other.heard.endswith("the PIN from your invitation. Goodbye.")
    assert [action["action"] for action in other.ncco] == ["talk"]


def test_who_was_taken_off_is_refused_and_nobody_else(
    number: PhoneNumber, meeting: Meeting, ana: Invitee
) -> None:
    boris = invite(meeting, "Boris")
    invitees.remove(ana, by=None)
    code = meeting.room.access_code or ""
    assert "not a PIN" in Phone().dial().key(code).key(ana.pin).heard
    assert Phone("15550124").dial().key(code).key(boris.pin).conversation_name
    assert [stay.name for stay in Participant.objects.all()] == ["Boris"]


def test_pins_of_a_cancelled_meeting_and_of_another_room_are_refused(
    at_pin: Phone, account: Account, alice: User, ana: Invitee
) -> None:
    elsewhere = plan(changes.make(account, name="Other"), alice)
    at_pin.key(invite(elsewhere, "Ola").pin)
    assert "not a PIN" in at_pin.heard
    planning.cancel(ana.meeting, by=alice)
    assert "not a PIN" in at_pin.key(ana.pin).heard


def test_any_meeting_of_the_room_lets_its_people_in_where_it_is_always_open(
    at_pin: Phone, alice: User, pin_room: Room
) -> None:
    other = invite(plan(pin_room, alice, hours=500), "Ola")
    assert at_pin.key(other.pin).conversation_name == pin_room.pk


def test_a_day_after_its_last_time_a_pin_is_the_organizers_alone(
    number: PhoneNumber, pin_room: Room, meeting: Meeting, ana: Invitee
) -> None:
    last = meeting.occurrences.get()
    host = meeting.invitees.get(is_organizer=True)
    for after, works in ((23, True), (25, False)):
        with time_machine.travel(last.ends_at + dt.timedelta(hours=after), tick=False):
            phone = Phone().dial().key(pin_room.access_code or "").key(ana.pin)
            assert (phone.conversation_name == pin_room.pk) is works
            theirs = Phone("15550777").dial().key(pin_room.access_code or "").key(host.pin)
            assert theirs.conversation_name == pin_room.pk


def test_a_number_of_one_room_asks_for_the_pin_first(
    number: PhoneNumber, pin_room: Room, ana: Invitee
) -> None:
    PhoneNumber.objects.create(number="+15550777", room=pin_room)
    phone = Phone(to="15550777").dial()
    assert phone.heard == "Key your PIN, then hash."
    first = phone.ncco
    assert phone.dial().ncco == first, "a repeated answer webhook gets the same answer"
    assert phone.key("0").key(ana.pin).conversation_name == pin_room.pk
    assert Participant.objects.get().invitee == ana
    assert Call.objects.get().region_url == "https://api.nexmo.com"


def test_the_account_must_be_able_to_host(at_pin: Phone, ana: Invitee) -> None:
    Account.objects.update(hosting_until=timezone.now())
    code = ana.room.access_code or ""
    assert "not active" in Phone().dial().key(code).heard, "before a PIN is asked for"
    assert "not active" in at_pin.key(ana.pin).heard
    Account.objects.update(
        hosting_until=timezone.now() + dt.timedelta(days=1),
        capped_until=timezone.now() + dt.timedelta(days=1),
    )
    assert "used up" in Phone().dial().key(code).heard
    assert not Participant.objects.exists()


def test_an_archived_room_is_closed_even_between_code_and_pin(at_pin: Phone, ana: Invitee) -> None:
    changes.archive(ana.room)
    assert "This room is closed" in at_pin.key(ana.pin).heard


def test_the_room_speaks_its_own_language(number: PhoneNumber, ana: Invitee) -> None:
    Room.objects.update(language="ru")
    phone = Phone().dial().key(ana.room.access_code or "")
    assert (phone.heard, phone.ncco[0]["language"]) == (
        "Наберите ваш ПИН-код, затем решётку.",
        "ru-RU",
    )
    assert "Такого ПИН-кода у этой встречи нет." in phone.key("0").heard
    assert phone.key(ana.pin).heard.startswith("Ana, добро пожаловать в комнату «Standup».")


def test_a_room_without_pins_asks_for_none(number: PhoneNumber, ana: Invitee) -> None:
    Room.objects.update(personal_pins=False)
    assert Phone().dial().key(ana.room.access_code or "").conversation_name
    assert Participant.objects.get().invitee is None


def test_the_token_of_a_pin_carries_the_room() -> None:
    step = Step("a" * 32, "ru", "api-eu-1.vonage.com", 3, 1, 1, True, "rm_01j")
    assert Step.from_token(step.token()) == step
