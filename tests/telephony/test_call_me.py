"""Calling invitees at the start of a meeting: asked for, dialled, answered, and gone wrong."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import User
from rooms.conferences.models import Participant
from rooms.meetings import call_me, invitees, planning
from rooms.meetings.invitees import Guest
from rooms.meetings.models import CallRequest, Invitee, Meeting, Occurrence, Reply
from rooms.models import PhoneNumber, Room
from telephony import receipts
from telephony.models import Call, WebhookReceipt
from tests.at_once import at_once
from tests.telephony.fake_api import Vonage
from tests.telephony.vonage import Phone, post

Status = CallRequest.Status
START = dt.datetime(2026, 12, 1, 10, 0, tzinfo=dt.UTC)
ANA = "+34600123456"


class Rung(Phone):
    """The phone of somebody whom we call: `placed` is what the carrier was asked for."""

    def __init__(self, placed: dict[str, Any]) -> None:
        super().__init__(placed["from"]["number"], placed["to"][0]["number"])
        self.uuid = placed["uuid"]
        self.answer_path = str(placed["answer_url"][0]).removeprefix(configured.PUBLIC_URL)
        self.event_path = str(placed["event_url"][0]).removeprefix(configured.PUBLIC_URL)

    def pick_up(self) -> "Rung":
        self.tell("answered")
        self._heard(post(self.answer_path, self.facts))
        return self

    def tell(self, status: str) -> None:
        payload = self.event(status, direction="outbound")
        if status == "machine":  # Vonage names the call otherwise in the events of detection
            payload["call_uuid"] = payload.pop("uuid")
        assert post(self.event_path, payload).status_code == 204


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START - dt.timedelta(hours=1), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(call_me, "PACE", 0)
    cache.delete(call_me.LOCK)


@pytest.fixture
def meeting(clock: Any, room: Room, alice: User, number: PhoneNumber) -> Meeting:
    return planning.plan(
        room,
        alice,
        title="Weekly",
        first_day=START.date(),
        starts=dt.time(10, 0),
        time_zone="UTC",
        minutes=60,
    )


@pytest.fixture
def ana(meeting: Meeting) -> Invitee:
    guest = Guest(name="Ana", email="ana@example.com", phone=ANA)
    return invitees.add(meeting, [guest], by=None).new[0]


@pytest.fixture
def occurrence(meeting: Meeting) -> Occurrence:
    return meeting.occurrences.get()


def sweep() -> int:
    call_me.write_standing(timezone.now())
    return call_me.place_due(until=timezone.now() + dt.timedelta(seconds=30))


def the_request() -> CallRequest:
    return CallRequest.objects.get()


def ring(vonage: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence) -> Rung:
    """It is the time of the meeting, and Ana's phone rings."""
    call_me.ask(ana, occurrence)
    clock.move_to(START)
    sweep()
    assert len(vonage.placed) == 1
    return Rung(vonage.placed[-1])


@pytest.mark.parametrize(
    ("rooms", "own", "spoken", "begins"),
    [
        ("de", "", "de-DE", "Alice lädt Sie zur Besprechung Weekly ein."),
        ("fr", "", "fr-FR", "Alice vous invite à la réunion Weekly."),
        ("de", "ru", "ru-RU", "Alice приглашает вас на встречу «Weekly»."),
        ("en", "", "en-US", "Alice invites you to Weekly."),
    ],
)
def test_who_is_called_hears_their_language_else_the_rooms(
    vonage_api: Vonage,
    clock: Any,
    ana: Invitee,
    occurrence: Occurrence,
    rooms: str,
    own: str,
    spoken: str,
    begins: str,
) -> None:
    Room.objects.update(language=rooms)
    Invitee.objects.filter(pk=ana.pk).update(language=own)
    phone = ring(vonage_api, clock, ana, occurrence).pick_up()
    assert phone.ncco[0]["language"] == spoken
    assert phone.ncco[0]["text"].startswith(begins)


def test_the_phone_rings_at_the_start_and_1_leads_in(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence, room: Room
) -> None:
    call_me.ask(ana, occurrence)
    call_me.ask(ana, occurrence)
    clock.move_to(START - dt.timedelta(seconds=1))
    assert sweep() == 0
    clock.move_to(START)
    assert (sweep(), sweep()) == (1, 0)
    (placed,) = vonage_api.placed
    assert placed["to"] == [{"type": "phone", "number": ANA[1:]}]
    assert placed["from"] == {"type": "phone", "number": "15550100"}
    phone = Rung(placed).pick_up()
    assert phone.heard.startswith("Alice invites you to Weekly. Press 1 to enter")
    phone.key("1")
    assert phone.conversation_name == room.pk
    stay = Participant.objects.get()
    assert (stay.invitee, stay.name, stay.caller, stay.call) == (ana, "Ana", ANA, phone.uuid)
    assert the_request().status == Status.ENTERED
    phone.tell("completed")
    stay.refresh_from_db()
    assert stay.left_at == START
    assert the_request().status == Status.ENTERED
    clock.shift(dt.timedelta(minutes=10))
    assert sweep() == 0


def test_whom_we_called_waits_for_the_host_too(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence, room: Room
) -> None:
    Room.objects.update(waits_for_host=True, asks_when_alone=True, guest_pin="1357")
    phone = ring(vonage_api, clock, ana, occurrence).pick_up().key("1")
    assert phone.heard == ("Welcome to Standup, Ana. The host is not here yet. Stay on the line.")
    assert phone.ncco[-1]["startOnEnter"] is False
    stay = Participant.objects.get()
    assert (stay.waiting, stay.role, stay.name) == (True, "guest", "Ana")
    room.refresh_from_db()
    Phone().dial().key(f"{room.access_code}*{room.host_pin}")
    stay.refresh_from_db()
    assert not stay.waiting


@pytest.mark.parametrize(
    ("state", "heard"),
    [
        ({"locked": True}, "This room is locked."),
        ({"people_in": 1000}, "This room is full."),
    ],
)
def test_whom_we_called_hears_why_the_room_is_closed(
    state: dict[str, Any],
    heard: str,
    vonage_api: Vonage,
    clock: Any,
    ana: Invitee,
    occurrence: Occurrence,
    room: Room,
) -> None:
    phone = ring(vonage_api, clock, ana, occurrence).pick_up()
    Room.objects.update(**state)
    assert phone.key("1").heard.startswith(heard)
    assert not Participant.objects.exists()
    assert Call.objects.get(pk=phone.uuid).room == room
    assert the_request().status == Status.FAILED


def test_a_key_that_is_delivered_twice_counts_once(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    phone = ring(vonage_api, clock, ana, occurrence).pick_up()
    path = phone.input_path
    first = phone.key("1").ncco
    assert phone.key("1", url=path).ncco == first
    assert phone.key("3", url=path).ncco == first
    assert Participant.objects.count() == 1
    assert the_request().status == Status.ENTERED


def test_2_is_called_again_in_five_minutes_three_times_at_most(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    phone = ring(vonage_api, clock, ana, occurrence)
    for _turn in range(2):
        assert (
            phone.pick_up().key("2").heard == "You will be called again in five minutes. Goodbye."
        )
        phone.tell("completed")
        clock.shift(dt.timedelta(minutes=4, seconds=59))
        assert sweep() == 0
        clock.shift(dt.timedelta(seconds=1))
        assert sweep() == 1
        phone = Rung(vonage_api.placed[-1])
    heard = phone.pick_up().key("2").heard
    assert heard == "To enter later, dial the number in your invitation. Goodbye."
    phone.tell("completed")
    clock.shift(dt.timedelta(minutes=20))
    assert sweep() == 0
    assert the_request().status == Status.FAILED


def test_3_declines(vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence) -> None:
    phone = ring(vonage_api, clock, ana, occurrence).pick_up()
    assert phone.key("3").heard == "You have declined. Goodbye."
    phone.tell("completed")
    assert the_request().status == Status.DECLINED
    ana.refresh_from_db()
    assert ana.reply == "declined"
    clock.shift(dt.timedelta(minutes=10))
    assert sweep() == 0


def test_wrong_keys_and_silence_end_politely(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    phone = ring(vonage_api, clock, ana, occurrence).pick_up()
    assert phone.key("9").heard.startswith("9 is not a choice. Press 1 to enter")
    assert phone.key("").heard.startswith("Press 1 to enter")
    assert "dial the number in your invitation" in phone.key("*").heard
    assert [action["action"] for action in phone.ncco] == ["talk"]
    phone.tell("completed")
    request = the_request()
    assert (request.status, request.why) == (
        Status.WAITING,
        "Somebody picked up, but pressed no key.",
    )


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        (["started", "ringing", "unanswered"], "Nobody picked up."),
        (["started", "timeout"], "Nobody picked up."),
        (["busy"], "The line was busy."),
        (["rejected"], "The call was rejected."),
        (["failed"], "The number could not be reached."),
        (["ringing", "answered", "machine", "completed"], "A voicemail picked up."),
    ],
)
def test_who_is_not_reached_is_called_three_times(
    statuses: list[str],
    why: str,
    vonage_api: Vonage,
    clock: Any,
    ana: Invitee,
    occurrence: Occurrence,
) -> None:
    phone = ring(vonage_api, clock, ana, occurrence)
    for _turn in range(2):
        for status in statuses:
            phone.tell(status)
        assert (the_request().status, the_request().why) == (Status.WAITING, why)
        clock.shift(call_me.AGAIN_AFTER)
        assert sweep() == 1
        phone = Rung(vonage_api.placed[-1])
    for status in statuses:
        phone.tell(status)
    assert (the_request().status, the_request().why) == (Status.FAILED, why)


def test_a_call_whose_answer_got_lost_is_not_placed_twice(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence, room: Room
) -> None:
    vonage_api.drops = True
    phone = ring(vonage_api, clock, ana, occurrence)
    assert the_request().call == ""
    clock.shift(dt.timedelta(seconds=90))
    assert sweep() == 0
    phone.tell("ringing")  # the carrier's word names the request
    clock.shift(dt.timedelta(minutes=3))
    assert sweep() == 0
    phone.pick_up().key("1")
    assert phone.conversation_name == room.pk
    assert len(vonage_api.placed) == 1
    assert Call.objects.get(pk=phone.uuid).room == room


def test_a_call_that_nothing_is_heard_of_is_placed_again_and_the_old_one_leads_nowhere(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    """A worker that was killed leaves the same: a request that was taken, and no word of it."""
    vonage_api.drops = True
    old = ring(vonage_api, clock, ana, occurrence)
    vonage_api.drops = False
    clock.shift(call_me.UNCLEAR_FOR)
    assert sweep() == 1
    old.pick_up()
    assert old.heard == "This invitation is no longer open. Goodbye."
    old.tell("completed")
    new = Rung(vonage_api.placed[-1])
    assert (the_request().status, the_request().call) == (Status.PLACING, new.uuid)
    assert new.pick_up().key("1").conversation_name


@pytest.mark.parametrize(("status", "becomes"), [(429, Status.WAITING), (400, Status.FAILED)])
def test_a_call_that_the_carrier_refuses(
    status: int,
    becomes: str,
    vonage_api: Vonage,
    clock: Any,
    ana: Invitee,
    occurrence: Occurrence,
) -> None:
    call_me.ask(ana, occurrence)
    clock.move_to(START)
    vonage_api.status = status
    assert sweep() == 0
    assert the_request().status == becomes
    assert the_request().why
    vonage_api.status = 200
    clock.shift(call_me.BUSY_AFTER)
    assert sweep() == (becomes == Status.WAITING)


def test_nobody_is_called_who_is_in_taken_off_or_whose_meeting_is_off(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence, room: Room
) -> None:
    call_me.ask(ana, occurrence)
    planning.move(occurrence, day=START.date(), starts=dt.time(11, 0), by=None)
    clock.move_to(START)
    assert sweep() == 0
    assert the_request().due_at == START + dt.timedelta(hours=1)
    clock.move_to(START + dt.timedelta(hours=1))
    assert room.access_code
    Phone(ANA[1:]).dial().key(f"{room.access_code}#")
    assert sweep() == 0
    assert the_request().status == Status.ENTERED
    ben = invitees.add(occurrence.meeting, [Guest(phone="+34600000002")], by=None).new[0]
    call_me.ask(ben, occurrence)
    invitees.remove(ben, by=None)
    eve = invitees.add(occurrence.meeting, [Guest(phone="+34600000003")], by=None).new[0]
    call_me.ask(eve, occurrence)
    planning.cancel(occurrence.meeting, by=None)
    assert sweep() == 0
    left = CallRequest.objects.exclude(invitee=ana)
    assert [one.status for one in left] == [Status.WITHDRAWN, Status.WITHDRAWN]
    assert vonage_api.placed == []


def test_a_standing_wish_is_for_every_time(
    vonage_api: Vonage, clock: Any, ana: Invitee, meeting: Meeting
) -> None:
    planning.change(meeting, by=None, rrule="FREQ=DAILY;COUNT=2")
    call_me.set_standing(ana, True)
    for day in range(2):
        clock.move_to(START + dt.timedelta(days=day))
        assert (sweep(), sweep()) == (1, 0)
        Rung(vonage_api.placed[-1]).pick_up().key("3")
    call_me.set_standing(ana, False)
    assert CallRequest.objects.count() == 2


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("", "no_phone"),
        ("+18765551234", "country"),
        ("+19005551234", "country"),
        ("+447012345678", "country"),
    ],
)
def test_numbers_that_are_not_called(
    phone: str, code: str, meeting: Meeting, occurrence: Occurrence
) -> None:
    guest = Guest(email="zed@example.com", phone=phone)
    zed = invitees.add(meeting, [guest], by=None).new[0]
    with pytest.raises(ValidationError) as refused:
        call_me.ask(zed, occurrence)
    assert refused.value.code == code
    assert not CallRequest.objects.exists()


def test_an_account_spends_so_much_a_month(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence, settings: Any, room: Room
) -> None:
    settings.CALL_CAP_EUROS = 1
    clock.move_to(START)
    Call.objects.create(uuid="a" * 32, direction="outbound", room=room, price="0.60")
    call_me.ask(ana, occurrence)
    assert sweep() == 0
    assert vonage_api.placed == []
    assert the_request().status == Status.FAILED
    assert "cost all that they may" in the_request().why
    settings.CALL_CAP_EUROS = 2
    for number in range(9):  # nobody took these, so nobody pays for them
        uuid = f"{number:032}"
        Call.objects.create(uuid=uuid, direction="outbound", room=room, ended_at=START)
    call_me.ask(ana, occurrence)
    assert sweep() == 1


def test_a_call_comes_at_the_start_wherever_that_is_moved(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence, alice: User
) -> None:
    call_me.ask(ana, occurrence)
    planning.move(occurrence, day=START.date(), starts=dt.time(9, 30), by=alice)
    assert the_request().due_at == START - dt.timedelta(minutes=30)
    planning.change(occurrence.meeting, by=alice, starts=dt.time(9, 45), tell=False)
    assert the_request().due_at == START - dt.timedelta(minutes=15)
    clock.move_to(START - dt.timedelta(minutes=15))
    assert sweep() == 1


def test_whoever_declines_is_not_called(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    call_me.ask(ana, occurrence)
    invitees.reply(ana, Reply.DECLINED)
    clock.move_to(START)
    assert sweep() == 0
    call_me.ask(ana, occurrence)  # after all
    assert sweep() == 1


def test_one_call_of_a_standing_wish_is_taken_back(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    call_me.set_standing(ana, True)
    ana.refresh_from_db()
    call_me.withdraw(ana, occurrence)
    clock.move_to(START)
    assert sweep() == 0
    assert the_request().status == Status.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_a_key_and_news_of_the_call_do_not_wait_for_each_other(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    phone = ring(vonage_api, clock, ana, occurrence).pick_up()
    news = [partial(phone.tell, status) for status in ("ringing", "started", "human")]
    at_once(partial(phone.key, "1"), *news)
    assert the_request().status == Status.ENTERED
    assert list(WebhookReceipt.objects.values_list("error", flat=True).distinct()) == [""]


@pytest.mark.django_db(transaction=True)
def test_two_workers_dial_once(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    call_me.ask(ana, occurrence)
    clock.move_to(START)
    at_once(sweep, sweep, sweep)
    assert len(vonage_api.placed) == 1


def test_news_that_is_kept_for_the_sweep_is_acted_on(
    vonage_api: Vonage, clock: Any, ana: Invitee, occurrence: Occurrence
) -> None:
    phone = ring(vonage_api, clock, ana, occurrence)
    payload = phone.event("busy", direction="outbound")
    kept = {**payload, receipts.ABOUT: call_me.about(the_request())}
    WebhookReceipt.objects.create(call=phone.uuid, body_hash="x", body=kept, received_at=START)
    clock.shift(dt.timedelta(seconds=10))
    assert receipts.sweep(timezone.now()) == 1
    assert (the_request().status, the_request().error) == (Status.WAITING, "busy")


def test_buttons_of_invitee_and_organizer(
    ana: Invitee, alice_client: Client, bob_client: Client, charlie_client: Client, clock: Any
) -> None:
    mine = f"/i/{ana.token}/call/"
    assert Client().get(mine).status_code == 405
    assert Client().post("/i/wrong/call/").status_code == 404
    assert Client().post(mine, {"wanted": "yes"}).status_code == 302
    ana.refresh_from_db()
    assert ana.wants_call
    assert the_request().due_at == START
    assert Client().post(mine, {"wanted": "no"}).status_code == 302
    assert the_request().status == Status.WITHDRAWN
    theirs = f"/meetings/invitees/{ana.pk}/call/"
    assert Client().post(theirs).status_code == 302
    assert the_request().status == Status.WITHDRAWN
    assert charlie_client.post(theirs).status_code == 404
    assert bob_client.post(theirs).status_code == 302
    assert the_request().status == Status.WAITING
    assert the_request().asked_by is not None
    assert Client().post(mine, {"wanted": "no"}).status_code == 302  # whoever asked for the call
    assert the_request().status == Status.WITHDRAWN
    assert alice_client.get(theirs).status_code == 405
