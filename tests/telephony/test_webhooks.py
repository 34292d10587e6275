"""A call from the first ring to the room, webhook by webhook."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences.models import Conference, Participant, UsageRecord
from rooms.models import PhoneNumber, Room
from telephony import guessing, receipts
from telephony.models import Call, WebhookReceipt
from tests.telephony import vonage
from tests.telephony.ncco_rules import vonage_would_take
from tests.telephony.vonage import Phone


@pytest.fixture
def phone(number: PhoneNumber) -> Phone:
    return Phone()


def test_a_caller_keys_a_code_and_is_in_the_room(phone: Phone, room: Room) -> None:
    phone.dial()
    assert "Key your room code, then hash" in phone.heard
    assert phone.ncco[0]["bargeIn"] is True
    phone.key(room.access_code or "")
    assert "Welcome to Standup" in phone.heard
    assert "You are the first here" in phone.heard
    assert phone.conversation_name == room.pk
    stay = Participant.objects.get()
    assert (stay.call, stay.caller, stay.left_at) == (phone.uuid, "+15550123", None)


def test_the_second_caller_is_told_how_many_are_there(number: PhoneNumber, room: Room) -> None:
    code = room.access_code or ""
    Phone().dial().key(code)
    assert "One person is here" in Phone("15550124").dial().key(code).heard
    third = Phone("15550125").dial().key(code)
    assert "2 people are here" in third.heard
    assert Conference.objects.count() == 1
    assert Room.objects.get().people_in == 3


def test_the_rooms_own_greeting_is_spoken(phone: Phone, room: Room) -> None:
    changes.change(room, greeting="Good morning, team.")
    assert phone.dial().key(room.access_code or "").heard.startswith("Good morning, team. You are")


def test_a_wrong_code_is_told_back_digit_by_digit_and_the_third_ends_the_call(phone: Phone) -> None:
    phone.dial().key("1235")
    assert phone.heard.startswith("1 2 3 5 is not a room.")
    phone.key("99")
    assert phone.heard.startswith("9 9 is not a room.")
    phone.key("1235")
    assert "Ask the person who invited you" in phone.heard
    assert [action["action"] for action in phone.ncco] == ["talk"]


def test_after_two_wrong_codes_the_right_one_still_opens(phone: Phone, room: Room) -> None:
    phone.dial().key("1").key("2").key(room.access_code or "")
    assert phone.conversation_name == room.pk


def test_a_star_repeats_slower_with_more_time_and_costs_no_try(phone: Phone, room: Room) -> None:
    phone.dial()
    quick = phone.ncco[1]["dtmf"]["timeOut"]
    phone.key("*")
    assert 'rate="slow"' in phone.heard
    assert quick < phone.ncco[1]["dtmf"]["timeOut"] <= 10
    phone.key("1").key("2").key(room.access_code or "")
    assert phone.conversation_name == room.pk


def test_a_code_after_a_star_counts(phone: Phone, room: Room) -> None:
    assert phone.dial().key(f"12*{room.access_code}").conversation_name == room.pk


def test_stars_do_not_keep_a_call_for_ever(phone: Phone) -> None:
    phone.dial()
    for _press in range(11):
        phone.key("*")
    phone.key("*")
    assert phone.heard.endswith("Goodbye.")


def test_a_silent_caller_is_asked_again_twice(phone: Phone) -> None:
    phone.dial()
    for _silence in range(2):
        phone.key("", timed_out=True)
        assert "Nothing was keyed. Key your room code" in phone.heard
    phone.key("", timed_out=True)
    assert phone.heard.endswith("Goodbye.")
    assert [action["action"] for action in phone.ncco] == ["talk"]


@pytest.mark.parametrize("digits", [None, 0, "#"])
def test_odd_digits_count_as_nothing_keyed(phone: Phone, digits: Any) -> None:
    phone.dial()
    payload = {**phone.facts, "dtmf": {"digits": digits, "timed_out": True}}
    assert "Nothing was keyed" in vonage.post(phone.input_path, payload).json()[0]["text"]


def test_digits_that_come_with_a_time_out_count(phone: Phone, room: Room) -> None:
    phone.dial().key(room.access_code or "", timed_out=True)
    assert phone.conversation_name == room.pk


def test_a_room_whose_account_may_not_host_is_not_active(phone: Phone, room: Room) -> None:
    Account.objects.update(hosting_until=timezone.now())
    phone.dial().key(room.access_code or "")
    assert "This room is not active at the moment" in phone.heard
    assert phone.conversation_name is None
    assert not Participant.objects.exists()


def test_an_archived_room_is_no_room(phone: Phone, room: Room) -> None:
    code = room.access_code or ""
    changes.archive(room)
    assert "is not a room" in phone.dial().key(code).heard


def test_a_number_of_one_room_skips_the_code(number: PhoneNumber, room: Room) -> None:
    PhoneNumber.objects.create(number="+15550777", room=room)
    phone = Phone(to="15550777").dial()
    assert phone.conversation_name == room.pk
    assert "You are the first here" in phone.heard
    first = phone.ncco
    assert phone.dial().ncco == first, "a repeated answer webhook gets the same answer"
    assert Participant.objects.count() == 1
    changes.archive(room)
    assert "This room is closed" in Phone(to="15550777").dial().heard


def test_a_number_that_nobody_set_up_says_so(number: PhoneNumber) -> None:
    assert "not in use" in Phone(to="15559999").dial().heard


def test_the_number_speaks_its_language_and_the_room_its_own(
    number: PhoneNumber, room: Room
) -> None:
    PhoneNumber.objects.update(language="ru")
    phone = Phone().dial()
    assert phone.ncco[0]["language"] == "ru-RU"
    assert "Наберите код" in phone.heard
    phone.key(room.access_code or "")
    assert phone.ncco[0]["language"] == "en-US"


def test_the_answer_comes_by_get_too(number: PhoneNumber) -> None:
    response = vonage.get("/telephony/answer", Phone().facts)
    assert response.json()[1]["action"] == "input"


def test_a_withheld_number_is_no_obstacle(number: PhoneNumber, room: Room) -> None:
    Phone("anonymous").dial().key(room.access_code or "")
    assert Participant.objects.get().caller == ""


def test_the_fallback_apologizes(number: PhoneNumber) -> None:
    payload = {**Phone().facts, "reason": "timeout", "original_request": {"url": "…"}}
    ncco = vonage.post("/telephony/fallback", payload).json()
    assert "call again in a minute" in ncco[0]["text"]
    vonage_would_take(ncco)


def test_a_repeated_input_gets_the_same_answer_and_burns_no_try(phone: Phone, room: Room) -> None:
    first = phone.dial().input_path
    answers = [phone.key("1235", url=first).ncco for _ in range(5)]
    assert all(answer == answers[0] for answer in answers)
    second = phone.input_path
    entered = [phone.key(room.access_code or "", url=second).ncco for _ in range(3)]
    assert all(answer == entered[0] for answer in entered)
    assert Participant.objects.count() == 1
    assert phone.key("1235", url=first).ncco == answers[0], "a late repeat of an older step too"
    assert Room.objects.get().people_in == 1


def test_a_call_that_is_over_is_not_let_in(phone: Phone, room: Room) -> None:
    phone.dial()
    now = timezone.now()
    vonage.post("/telephony/event", phone.completed(now, now))
    assert phone.key(room.access_code or "").ncco == []
    assert not Participant.objects.exists()


@pytest.mark.parametrize("others", [0, 1])
def test_admitting_a_caller_takes_at_most_four_statements(
    number: PhoneNumber, room: Room, others: int, settings: Any
) -> None:
    for _other in range(others):
        Phone("15550199").dial().key(room.access_code or "")
    guessing.suspicious(timezone.now())  # looked at once a minute
    phone = Phone().dial()
    with CaptureQueriesContext(connection) as queries:
        phone.key(room.access_code or "")
    assert phone.conversation_name
    told = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    counted = [one["sql"] for one in queries if not one["sql"].startswith(told)]
    counters = 0 if settings.REDIS_URL else 2  # the try is taken, and given back
    assert 0 < len(counted) <= 4 + counters, counted


def test_the_answer_of_a_shared_number_writes_nothing(phone: Phone) -> None:
    phone.dial()
    with CaptureQueriesContext(connection) as queries:
        phone.dial()
    assert len(queries) == 0, "the line is remembered"
    assert not Call.objects.exists()


def test_a_call_is_kept_with_its_times_and_price_and_the_stay_with_its_minutes(
    phone: Phone, room: Room
) -> None:
    start = timezone.now()
    for event in (phone.event("started"), phone.event("ringing")):
        assert vonage.post("/telephony/event", event).status_code == 204
    phone.dial()
    vonage.post("/telephony/event", phone.event("answered", start_time=None))
    phone.key(room.access_code or "")
    vonage.post("/telephony/event", phone.transfer())
    stay = Participant.objects.get()
    assert stay.confirmed_at
    end = stay.joined_at + dt.timedelta(seconds=90)
    with time_machine.travel(end):
        vonage.post("/telephony/event", phone.completed(start, end))
    call = Call.objects.get()
    assert (call.status, call.duration, str(call.rate), str(call.price)) == (
        "completed",
        int((end - start).total_seconds()),
        "0.00450000",
        "0.00052500",
    )
    assert call.network == "US-FIXED"
    stay.refresh_from_db()
    assert stay.left_at == call.ended_at
    assert UsageRecord.objects.get().seconds == 90
    conference = Conference.objects.get()
    assert conference.ended_at == stay.left_at
    room.refresh_from_db()
    assert (room.people_in, room.open_conference_id) == (0, None)
    later = phone.completed(start, end + dt.timedelta(seconds=60))
    vonage.post("/telephony/event", {**later, "price": "9"})
    call.refresh_from_db()
    assert str(call.price) == "0.00052500", "a second `completed` changes nothing"
    assert UsageRecord.objects.get().seconds == 90


def test_unknown_events_are_kept_and_harmless(number: PhoneNumber) -> None:
    for payload in (
        {"recording_url": "https://…", "recording_uuid": "a", "conversation_uuid": "CON-1"},
        {"payload": {"a": 1}, "uuid": "d" * 32},
        {"reason": "no such thing", "conversation_uuid": "CON-unknown"},
        {"something": "new"},
    ):
        assert vonage.post("/telephony/event", payload).status_code == 204
    assert WebhookReceipt.objects.filter(processed_at=None).count() == 0
    assert WebhookReceipt.objects.count() == 4


def test_an_error_event_is_kept_with_its_call(phone: Phone, room: Room) -> None:
    phone.dial().key(room.access_code or "")
    payload = {"reason": "invalid NCCO", "conversation_uuid": phone.conversation}
    vonage.post("/telephony/event", payload)
    assert Call.objects.get().problem == "invalid NCCO"


def test_a_clock_that_is_ahead_writes_no_minutes_that_have_not_been(
    phone: Phone, room: Room
) -> None:
    phone.dial().key(room.access_code or "")
    joined = Participant.objects.get().joined_at
    vonage.post("/telephony/event", phone.completed(joined, joined + dt.timedelta(days=400)))
    assert UsageRecord.objects.get().seconds < 60
    assert Room.objects.get().presence_due_at < timezone.now() + dt.timedelta(minutes=1)  # type: ignore[operator]


def test_a_long_call_keeps_its_duration(phone: Phone, room: Room) -> None:
    start = timezone.now() - dt.timedelta(hours=30)
    vonage.post("/telephony/event", phone.completed(start, timezone.now()))
    assert Call.objects.get().duration == 108_000


def test_the_region_that_the_answer_told_is_kept(phone: Phone, room: Room) -> None:
    vonage.post("/telephony/event", phone.event("started"))
    phone.dial().key("1235").key(room.access_code or "")
    call = Call.objects.get()
    assert call.region_url == "https://api.nexmo.com"
    assert (call.caller, call.dialled) == ("+15550123", "+15550100")


def test_a_greeting_that_looks_like_markup_is_spoken_as_text(phone: Phone, room: Room) -> None:
    changes.change(room, greeting="<speak>Hello <b>you</b>\nall</speak>")
    heard = phone.dial().key(room.access_code or "").heard
    assert heard == "speak Hello b you /b all /speak You are the first here. Stay on the line."


def test_signs_that_postgresql_does_not_keep_do_not_lose_an_event(phone: Phone) -> None:
    odd = {**phone.event("ringing"), "network": "a\x00b\ud800", "x": ["\ud800", {"\x00": 1}]}
    assert vonage.post("/telephony/event", odd).status_code == 204
    assert Call.objects.get().network == "ab?"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_an_arrival_does_not_wait_while_others_come_into_the_room(
    number: PhoneNumber, room: Room
) -> None:
    phone = Phone().dial().key(room.access_code or "")

    def told() -> None:
        assert vonage.post("/telephony/event", phone.transfer()).status_code == 204
        assert not Participant.objects.exclude(confirmed_at=None).exists()
        connection.close()

    with transaction.atomic():
        Room.objects.locked().get(pk=room.pk)
        other = threading.Thread(target=told)
        other.start()
        other.join(10)
        assert not other.is_alive()
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=6)):
        assert receipts.sweep(timezone.now()) == 1
    assert Participant.objects.get().confirmed_at
