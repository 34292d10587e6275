"""Organizers call people into a room: from the panel and the API, by the rules of "call me"."""

import datetime as dt
import html
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from rooms import changes
from rooms.accounts import blocked, people
from rooms.accounts.models import Account, Person, User
from rooms.conferences import actions
from rooms.conferences.commands import By
from rooms.conferences.models import Participant
from rooms.meetings import call_in, call_in_choices, call_me, invitees, planning
from rooms.meetings.invitees import Guest
from rooms.meetings.models import CallRequest, Invitee
from rooms.models import PhoneNumber, Room
from telephony.models import Call
from tests.api_client import Api, codes, slug
from tests.at_once import at_once
from tests.telephony.fake_api import Vonage
from tests.telephony.test_call_me import Rung
from tests.telephony.vonage import Phone

Status = CallRequest.Status
NOW = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
ANA = "+34600123456"
BEN = "+34600000002"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _line(clock: Any, number: PhoneNumber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_me, "PACE", 0)
    cache.delete(call_me.LOCK)


@pytest.fixture
def ana(account: Account) -> Person:
    return people.make(account, name="Ana Ruiz", phone=ANA)


@pytest.fixture
def ben(room: Room, alice: User) -> Invitee:
    meeting = planning.plan(
        room,
        alice,
        title="Weekly",
        first_day=NOW.date(),
        starts=dt.time(12, 0),
        time_zone="UTC",
        minutes=60,
    )
    guest = Guest(name="Ben", email="ben@example.com", phone=BEN)
    return invitees.add(meeting, [guest], by=None).new[0]


def sweep() -> int:
    return call_me.place_due(until=timezone.now() + dt.timedelta(seconds=30))


def rung(vonage: Vonage) -> Rung:
    assert sweep() == 1
    return Rung(vonage.placed[-1])


def the_request() -> CallRequest:
    return CallRequest.objects.get()


def version(room: Room) -> int:
    return Room.objects.values_list("live_version", flat=True).get(pk=room.pk)


def call(client: Client, room: Room, who: str, *, script: bool = True) -> Any:
    headers = {"HX-Request": "true"} if script else {}
    return client.post(f"/rooms/{room.pk}/call-in/", {"who": who}, headers=headers)


def read(client: Client, room: Room) -> str:
    """The live part of the room's page."""
    text = html.unescape(client.get(f"/rooms/{room.pk}/live/").content.decode())
    return text[: text.index('id="today-part"')]


def test_a_person_is_called_into_an_empty_room_and_1_leads_in(
    vonage_api: Vonage, room: Room, ana: Person, alice: User, alice_client: Client
) -> None:
    answer = call(alice_client, room, "Ana Ruiz (+34 ••• •• •• 56)")
    assert answer.status_code == 200
    assert "Ana Ruiz is being called." in answer.content.decode()
    assert "is about to be called…" in read(alice_client, room)
    seen = version(room)
    phone = rung(vonage_api)
    assert vonage_api.placed[0]["to"] == [{"type": "phone", "number": ANA[1:]}]
    assert version(room) > seen, "open pages are told"
    assert "is being dialled…" in read(alice_client, room)
    seen = version(room)
    phone.tell("ringing")
    assert version(room) > seen
    assert "is being called…" in read(alice_client, room)
    phone.pick_up()
    assert phone.heard.startswith("Alice invites you to Standup. Press 1 to enter")
    path = phone.input_path
    first = phone.key("1").ncco
    assert phone.key("1", url=path).ncco == first
    assert phone.conversation_name == room.pk
    assert phone.heard.startswith("Welcome to Standup, Ana Ruiz.")
    stay = Participant.objects.get()
    assert (stay.name, stay.caller, stay.role, stay.call) == ("Ana Ruiz", ANA, "guest", phone.uuid)
    assert (the_request().status, the_request().asked_by) == (Status.ENTERED, alice)
    assert "is being called" not in read(alice_client, room)
    assert "Ana Ruiz" in read(alice_client, room)
    assert Call.objects.get(pk=phone.uuid).room == room


def test_an_invitee_is_known_by_their_meeting_and_waits_for_a_host_as_others(
    vonage_api: Vonage, room: Room, ben: Invitee, alice: User
) -> None:
    Room.objects.update(waits_for_host=True, language="de")
    call_in.ask(room, by=alice, invitee=ben)
    phone = rung(vonage_api).pick_up()
    assert phone.ncco[0]["language"] == "de-DE"
    phone.key("1")
    stay = Participant.objects.get()
    assert (stay.invitee, stay.waiting) == (ben, True)


def test_a_person_hears_their_own_language(
    vonage_api: Vonage, room: Room, ana: Person, alice: User
) -> None:
    people.change(ana, language="ru")
    call_in.ask(room, by=alice, person=ana)
    phone = rung(vonage_api).pick_up()
    assert phone.ncco[0]["language"] == "ru-RU"


def test_who_is_asked_for_twice_is_called_once(
    vonage_api: Vonage, room: Room, ana: Person, alice: User
) -> None:
    first = call_in.ask(room, by=alice, person=ana)
    assert call_in.ask(room, by=None, person=ana) == first
    phone = rung(vonage_api)
    assert call_in.ask(room, by=alice, person=ana) == first
    assert sweep() == 0
    phone.pick_up().key("1")
    with pytest.raises(ValidationError, match="on the line already"):
        call_in.ask(room, by=alice, person=ana)


@pytest.mark.django_db(transaction=True)
def test_two_organizers_at_the_same_time_ring_once(
    vonage_api: Vonage, room: Room, ana: Person, alice: User, bob: User
) -> None:
    asked = [partial(call_in.ask, room, by=user, person=ana) for user in (alice, bob)]
    at_once(*asked * 2)
    at_once(sweep, sweep)
    assert (CallRequest.objects.count(), len(vonage_api.placed)) == (1, 1)
    phone = Rung(vonage_api.placed[0]).pick_up()
    news = [partial(phone.tell, status) for status in ("ringing", "human", "started")]
    at_once(partial(phone.key, "2"), *news)
    assert the_request().status == Status.WAITING


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("busy", "The line was busy."),
        ("unanswered", "Nobody picked up."),
        ("rejected", "The call was rejected."),
    ],
)
def test_who_is_not_reached_is_told_to_the_organizer_and_not_called_again_by_itself(
    status: str,
    why: str,
    vonage_api: Vonage,
    clock: Any,
    room: Room,
    ana: Person,
    alice: User,
    alice_client: Client,
) -> None:
    call_in.ask(room, by=alice, person=ana)
    phone = rung(vonage_api)
    phone.tell(status)
    phone.tell("ringing")  # late
    assert (the_request().status, the_request().why) == (Status.FAILED, why)
    assert why in read(alice_client, room)
    clock.shift(dt.timedelta(minutes=9))
    assert sweep() == 0
    clock.shift(dt.timedelta(minutes=2))
    assert why not in read(alice_client, room)
    call_in.ask(room, by=alice, person=ana)
    assert sweep() == 1


def test_2_is_called_again_and_3_declines(
    vonage_api: Vonage, clock: Any, room: Room, ana: Person, alice: User, alice_client: Client
) -> None:
    call_in.ask(room, by=alice, person=ana)
    assert "in five minutes" in rung(vonage_api).pick_up().key("2").heard
    Rung(vonage_api.placed[-1]).tell("completed")
    assert "will be called again at 09:05" in read(alice_client, room)
    clock.shift(dt.timedelta(minutes=5))
    phone = rung(vonage_api).pick_up()
    assert phone.key("3").heard == "You have declined. Goodbye."
    assert the_request().status == Status.DECLINED
    assert "does not want to come now." in read(alice_client, room)


def test_an_invitee_who_declines_the_call_still_comes_to_the_meeting(
    vonage_api: Vonage, room: Room, ben: Invitee, alice: User
) -> None:
    call_in.ask(room, by=alice, invitee=ben)
    rung(vonage_api).pick_up().key("3")
    ben.refresh_from_db()
    assert ben.reply == ""


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
    phone: str, code: str, room: Room, account: Account, alice: User
) -> None:
    zed = people.make(account, name="Zed", phone=phone)
    with pytest.raises(ValidationError) as refused:
        call_in.ask(room, by=alice, person=zed)
    assert refused.value.code == code
    assert not CallRequest.objects.exists()


def test_an_account_spends_so_much_a_month(
    vonage_api: Vonage, settings: Any, room: Room, ana: Person, alice: User, alice_client: Client
) -> None:
    settings.CALL_CAP_EUROS = 1
    Call.objects.create(uuid="a" * 32, direction="outbound", room=room, price="0.60")
    call_in.ask(room, by=alice, person=ana)
    assert (sweep(), vonage_api.placed) == (0, [])
    assert the_request().status == Status.FAILED
    assert "cost all that they may" in read(alice_client, room)


def test_somebody_is_called_six_times_at_most(
    vonage_api: Vonage, clock: Any, room: Room, ana: Person, alice: User, account: Account
) -> None:
    other = changes.make(account, name="Other")
    for turn in range(call_in.MOST_TRIES):
        call_in.ask((room, other)[turn % 2], by=alice, person=ana)
        rung(vonage_api).tell("busy")
        clock.shift(dt.timedelta(minutes=5))
    with pytest.raises(ValidationError) as refused:
        call_in.ask(room, by=alice, person=ana)
    assert refused.value.code == "tries"
    clock.shift(call_in.TRIES_COUNT)
    call_in.ask(room, by=alice, person=ana)


def test_strangers_are_not_called(
    room: Room, ben: Invitee, alice: User, charlie: User, account: Account
) -> None:
    theirs = people.make(charlie.accounts.get(), name="Theirs", phone=ANA)
    elsewhere = changes.make(account, name="Elsewhere")
    with pytest.raises(ValidationError):
        call_in.ask(room, by=alice, person=theirs)
    with pytest.raises(ValidationError):
        call_in.ask(elsewhere, by=alice, invitee=ben)
    with pytest.raises(ValidationError):
        call_in.ask(room, by=alice)
    planning.cancel(ben.meeting, by=None)
    with pytest.raises(ValidationError):
        call_in.ask(room, by=alice, invitee=ben)
    assert not CallRequest.objects.exists()


def test_whose_meeting_is_long_over_or_who_was_taken_off_is_not_called(
    vonage_api: Vonage, clock: Any, room: Room, ben: Invitee, ana: Person, alice: User
) -> None:
    call_in.ask(room, by=alice, invitee=ben)
    invitees.remove(ben, by=None)
    call_in.ask(room, by=alice, person=ana)
    people.remove(ana)
    assert (sweep(), vonage_api.placed) == (0, [])
    assert {one.status for one in CallRequest.objects.all()} == {Status.WITHDRAWN}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"locked": True}, "locked"),
        ({"people_in": 10_000}, "full"),
        ({"archived_at": NOW}, "archived"),
    ],
)
def test_a_room_that_lets_nobody_in_calls_nobody(
    change: dict[str, Any],
    code: str,
    vonage_api: Vonage,
    room: Room,
    ana: Person,
    ben: Invitee,
    alice: User,
) -> None:
    call_in.ask(room, by=alice, invitee=ben)
    phone = rung(vonage_api).pick_up()
    Room.objects.update(**change)
    with pytest.raises(ValidationError) as refused:
        call_in.ask(room, by=alice, person=ana)
    assert refused.value.code == code
    phone.key("1")  # it came about while the phone rang
    assert not Participant.objects.exists()
    assert [one["action"] for one in phone.ncco] == ["talk"]


def test_an_account_that_may_not_host_or_has_blocked_the_number_calls_nobody(
    room: Room, ana: Person, alice: User, account: Account
) -> None:
    blocked.block(account, ANA)
    with pytest.raises(ValidationError) as refused:
        call_in.ask(room, by=alice, person=ana)
    assert refused.value.code == "blocked"
    Account.objects.update(hosting_until=NOW - dt.timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        call_in.ask(room, by=alice, person=ana)
    assert refused.value.code == "not_let_in"


def test_who_was_removed_may_be_called_in_again(
    vonage_api: Vonage, room: Room, ana: Person, alice: User
) -> None:
    assert room.access_code
    Phone("34600999999").dial().key(room.access_code)
    removed = Phone(ANA[1:]).dial().key(room.access_code)
    stay = Participant.objects.get(call=removed.uuid)
    actions.remove(stay, By(user=alice))
    Participant.objects.filter(pk=stay.pk).update(left_at=NOW, left_why="removed")
    call_in.ask(room, by=alice, person=ana)
    assert rung(vonage_api).pick_up().key("1").conversation_name == room.pk


def test_a_name_is_found_as_it_is_typed(
    room: Room, ana: Person, ben: Invitee, account: Account
) -> None:
    people.make(account, name="Ana María", phone="+34600000007")
    people.make(account, name="Ben of the list", phone=BEN)  # the same person, invited too
    people.make(account, name="No phone", email="no@example.com")
    labels = [one.label for one in call_in_choices.offered(room, NOW)]
    assert labels == [
        "Ana María (+34 ••• •• •• 07)",
        "Ana Ruiz (+34 ••• •• •• 56)",
        "Ben (+34 ••• •• •• 02)",
    ]
    for text, phone in (
        *zip(labels, ("+34600000007", ANA, BEN), strict=True),
        ("ana ruiz", ANA),
        (" Ruiz ", ANA),
        ("ANA MARIA", "+34600000007"),
        ("ben@example.com", BEN),
        ("+34 600 123 456", ANA),
    ):
        assert call_in_choices.find(room, text, NOW).phone == phone
    with pytest.raises(ValidationError, match="Several people"):
        call_in_choices.find(room, "ana", NOW)
    for nobody in ("Zoe", "No phone", "+34 600 999 999", "\0", "Ana Ruiz (+34 ••• •• •• 57)"):
        with pytest.raises(ValidationError, match="Nobody"):
            call_in_choices.find(room, nobody, NOW)


def test_the_form_is_for_members_of_the_account(
    room: Room,
    ana: Person,
    alice_client: Client,
    bob_client: Client,
    charlie_client: Client,
) -> None:
    assert call(Client(), room, "Ana").status_code == 302
    assert call(charlie_client, room, "Ana Ruiz").status_code == 404
    assert alice_client.get(f"/rooms/{room.pk}/call-in/").status_code == 405
    assert not CallRequest.objects.exists()
    for who in ("", "Zoe", "x" * 201):
        refused = call(bob_client, room, who)
        assert refused.status_code == 422
        assert "message error" in refused.content.decode()
    without_script = call(bob_client, room, "Ana", script=False)
    assert without_script.status_code == 302
    page = html.unescape(bob_client.get(without_script["Location"]).content.decode())
    assert "Ana Ruiz is being called." in page
    assert '<option value="Ana Ruiz (+34 ••• •• •• 56)"' in page
    assert ANA not in page


def test_without_people_the_page_says_to_add_some(room: Room, alice_client: Client) -> None:
    page = alice_client.get(f"/rooms/{room.pk}/").content.decode()
    assert "Nobody with a phone is invited here or on your people list yet." in page
    assert "call-in-who" not in page


def test_the_api_calls_people_in(
    vonage_api: Vonage, account: Account, alice: User, room: Room, ana: Person, ben: Invitee
) -> None:
    api = Api(account, "read", "control", made_by=alice)
    first = api.post(f"rooms/{room.pk}/call_in/", {"person": ana.pk})
    assert first.status_code == 202
    asked = first.json()
    assert (asked["kind"], asked["status"], asked["person"]) == ("called_in", "waiting", ana.pk)
    assert (asked["room"], asked["invitee"], asked["occurrence"]) == (room.pk, None, None)
    assert asked["asked_by"] == alice.pk
    assert api.post(f"rooms/{room.pk}/call_in/", {"person": ana.pk}).json()["id"] == asked["id"]
    second = api.post(f"rooms/{room.pk}/call_in", {"invitee": ben.pk})
    assert second.json()["invitee"] == ben.pk
    listed = api.get(f"call_requests/?room={room.pk}").json()["data"]
    assert {one["id"] for one in listed} == {asked["id"], second.json()["id"]}
    planner = Api(account, "read", "meetings", made_by=alice)
    assert planner.post(f"call_requests/{asked['id']}/withdraw/").json()["status"] == "withdrawn"
    assert sweep() == 1


def test_what_the_api_refuses(
    account: Account, alice: User, room: Room, ana: Person, charlie: User
) -> None:
    api = Api(account, "read", "control", made_by=alice)
    path = f"rooms/{room.pk}/call_in/"
    theirs = people.make(charlie.accounts.get(), name="Theirs", phone=ANA)
    jamaica = people.make(account, name="Zed", phone="+18765551234")
    assert codes(api.post(path, {})) == {"": "required"}
    assert codes(api.post(path, {"person": ana.pk, "invitee": ana.pk})) == {"": "required"}
    assert codes(api.post(path, {"person": theirs.pk})) == {"/person": "not_found"}
    assert codes(api.post(path, {"invitee": "x"})) == {"/invitee": "not_found"}
    assert codes(api.post(path, {"person": jamaica.pk})) == {"": "country"}
    Room.objects.update(locked=True)
    locked = api.post(path, {"person": ana.pk})
    assert (locked.status_code, slug(locked)) == (409, "conflict")
    assert Api(account, "read", "rooms").post(path, {"person": ana.pk}).status_code == 403
    other = Api(charlie.accounts.get(), "control", made_by=charlie)
    assert other.post(path, {"person": theirs.pk}).status_code == 404
    assert Api().post(path, {"person": ana.pk}).status_code == 401
    assert not CallRequest.objects.exists()
