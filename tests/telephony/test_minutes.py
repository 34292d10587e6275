"""Minutes at the phone: who is refused and hears why, and what a call cost."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.accounts.models import Account, User
from rooms.conferences.models import Participant, UsageRecord
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from telephony import costs, guessing, prompts, reconciliation
from telephony.models import Call
from tests.at_once import at_once
from tests.telephony import vonage
from tests.telephony.fake_api import Vonage
from tests.telephony.vonage import Phone


@pytest.fixture
def phone(number: PhoneNumber) -> Phone:
    return Phone()


def _stop_hosting(hours_ago: float = 0.5) -> None:
    Account.objects.update(hosting_until=timezone.now() - dt.timedelta(hours=hours_ago))


def _use_up() -> None:
    Account.objects.update(capped_until=timezone.now() + dt.timedelta(days=3))


def test_used_up_minutes_are_told_to_the_caller(phone: Phone, room: Room) -> None:
    _use_up()
    phone.dial().key(room.access_code or "")
    assert phone.heard == (
        "The minutes of this room are used up. Please tell the person who invited you. Goodbye."
    )
    assert phone.conversation_name is None
    assert not Participant.objects.exists()


def test_in_the_rooms_language(phone: Phone, room: Room) -> None:
    Room.objects.update(language="ru")
    _use_up()
    assert "Минуты этой комнаты закончились" in phone.dial().key(room.access_code or "").heard


def test_when_hosting_ended_too_that_is_what_is_told(phone: Phone, room: Room) -> None:
    _use_up()
    _stop_hosting()
    assert "not active" in phone.dial().key(room.access_code or "").heard


def test_a_number_of_one_room_says_the_same(number: PhoneNumber, room: Room) -> None:
    PhoneNumber.objects.create(number="+15550777", room=room)
    _use_up()
    assert "used up" in Phone(to="15550777").dial().heard
    _stop_hosting()
    assert "not active" in Phone(to="15550777").dial().heard


def test_the_organizers_are_told_once_a_day_that_somebody_tried(
    number: PhoneNumber, room: Room, alice: User, bob: User
) -> None:
    _stop_hosting()
    for n in range(4):
        Phone(f"1555012{n}").dial().key(room.access_code or "")
    told = Notice.objects.filter(kind=Notice.Kind.REFUSED)
    assert set(told.values_list("recipient", flat=True)) == {alice.pk, bob.pk}
    assert told.count() == 2
    assert told.first().subject == "Standup: a caller was turned away"  # type: ignore[union-attr]
    to_bob = told.get(recipient=bob).text
    assert "Tell an owner or admin" in to_bob
    assert "/billing/" not in to_bob
    assert "/billing/" in told.get(recipient=alice).text
    for notice in told:
        yesterday = timezone.now() - dt.timedelta(days=1)
        day, before = f"{timezone.now():%F}", f"{yesterday:%F}"
        assert day in notice.key
        Notice.objects.filter(pk=notice.pk).update(key=notice.key.replace(day, before))
    Phone().dial().key(room.access_code or "")
    assert told.all().count() == 4, "another day, another notice"


def test_a_caller_who_gets_in_is_no_reason_for_a_notice(
    phone: Phone, room: Room, alice: User
) -> None:
    phone.dial().key("1").key(room.access_code or "")
    assert not Notice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_refused_at_the_same_time_tells_once(number: PhoneNumber, room: Room, alice: User) -> None:
    _stop_hosting()
    code = room.access_code or ""
    phones = [Phone(f"1555012{n}").dial() for n in range(6)]
    at_once(*[lambda phone=phone: phone.key(code) for phone in phones])  # type: ignore[misc]
    assert all("not active" in phone.heard for phone in phones)
    assert Notice.objects.count() == 1


def test_a_conference_that_goes_on_lets_in_after_hosting_ended(
    number: PhoneNumber, room: Room
) -> None:
    Phone("15550124").dial().key(room.access_code or "")
    _stop_hosting(3.9)
    assert Phone("15550125").dial().key(room.access_code or "").conversation_name == room.pk
    _stop_hosting(4.1)
    assert "not active" in Phone("15550126").dial().key(room.access_code or "").heard


@pytest.mark.parametrize("others", [0, 1])
def test_a_cap_costs_the_caller_no_statement(
    number: PhoneNumber, room: Room, others: int, settings: Any
) -> None:
    Account.objects.update(minutes_cap=1000)
    for _other in range(others):
        Phone("15550199").dial().key(room.access_code or "")
    guessing.suspicious(timezone.now())  # looked at once a minute
    phone = Phone().dial()
    with CaptureQueriesContext(connection) as queries:
        phone.key(room.access_code or "")
    assert phone.conversation_name
    told = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    counters = 0 if settings.REDIS_URL else 2  # the try is taken, and given back
    assert 0 < sum(not one["sql"].startswith(told) for one in queries) <= 4 + counters


def _talk(phone: Phone, room: Room, minutes: int = 5) -> dict[str, object]:
    """Dial, enter, talk; the `completed` that follows."""
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=minutes)):
        phone.dial().key(room.access_code or "")
    joined = Participant.objects.get(call=phone.uuid).joined_at
    return phone.completed(joined, joined + dt.timedelta(minutes=minutes))


def test_the_record_has_the_carriers_charge(phone: Phone, room: Room) -> None:
    vonage.post("/telephony/event", _talk(phone, room))
    record = UsageRecord.objects.get()
    assert (record.seconds, record.carrier_cost) == (300, Decimal("0.00052500"))


def test_a_charge_that_comes_later_is_filled_in_once(phone: Phone, room: Room) -> None:
    completed = _talk(phone, room)
    vonage.post("/telephony/event", {**completed, "price": None, "rate": None})
    assert UsageRecord.objects.get().carrier_cost is None
    vonage.post("/telephony/event", completed)
    assert UsageRecord.objects.get().carrier_cost == Decimal("0.00052500")
    vonage.post("/telephony/event", {**completed, "price": "9.00000000"})
    assert UsageRecord.objects.get().carrier_cost == Decimal("0.00052500")
    assert Call.objects.get().price == Decimal("0.00052500")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False])
def test_completed_delivered_ten_times_at_once_counts_once(
    phone: Phone, room: Room, same: bool
) -> None:
    completed = _talk(phone, room)
    copies = [completed if same else {**completed, "headers": {"try": n}} for n in range(10)]
    answers = at_once(
        *[lambda copy=copy: vonage.post("/telephony/event", copy) for copy in copies]  # type: ignore[misc]
    )
    assert {answer.status_code for answer in answers} == {204}  # type: ignore[attr-defined]
    record = UsageRecord.objects.get()
    assert (record.seconds, record.carrier_cost) == (300, Decimal("0.00052500"))
    assert Participant.objects.filter(left_at=None).count() == 0
    assert Room.objects.get().people_in == 0


def test_a_price_that_was_never_told_is_asked_for(
    phone: Phone, room: Room, vonage_api: Vonage
) -> None:
    completed = _talk(phone, room)
    untold = {**completed, "price": None, "rate": None}
    vonage.post("/telephony/event", untold)
    now = timezone.now()
    assert reconciliation.reconcile_prices(now) == 0, "it may still come"
    vonage_api.call = {**completed, "price": "0.12000000"}
    assert reconciliation.reconcile_prices(now + dt.timedelta(minutes=3)) == 1
    assert UsageRecord.objects.get().carrier_cost == Decimal("0.12")
    assert UsageRecord.objects.get().seconds == 300
    assert reconciliation.reconcile_prices(now + dt.timedelta(minutes=6)) == 0


def test_calls_that_reached_no_room_cost_the_operator(number: PhoneNumber, room: Room) -> None:
    vonage.post("/telephony/event", _talk(Phone(), room))
    lost = Phone("15550124").dial().key("99")
    now = timezone.now()
    vonage.post("/telephony/event", lost.completed(now, now))
    Phone("15550125").dial().key("98")  # still at the prompt
    day = dt.timedelta(days=1)
    assert costs.of_operator(now - day, now + day) == Decimal("0.00052500")
    assert costs.of_operator(now - day, now - day / 2) == 0
    assert [call.pk for call in costs.without_room(Call.objects.all())] == [lost.uuid]


def test_the_operator_is_told_what_nobodys_minutes_tell(
    number: PhoneNumber, alice: User, alice_client: Client
) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    now = timezone.now()
    lost = Phone().dial().key("99")
    vonage.post("/telephony/event", {**lost.completed(now, now), "price": "1.25"})
    page = alice_client.get("/admin/telephony/call/").content.decode()
    assert "Calls that reached no room cost €1.25 this month." in page


@pytest.mark.parametrize(
    ("minutes", "english", "russian"),
    [
        (1, "about 1 minute.", "через минуту."),
        (2, "about 2 minutes.", "через 2 минуты."),
        (10, "about 10 minutes.", "через 10 минут."),
        (11, "about 11 minutes.", "через 11 минут."),
        (21, "about 21 minutes.", "через 21 минуту."),
    ],
)
def test_the_warning_counts_in_both_languages(minutes: int, english: str, russian: str) -> None:
    assert prompts.ending("en", minutes).endswith(english)
    assert prompts.ending("ru", minutes).endswith(russian)
