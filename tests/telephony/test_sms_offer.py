"""Who keys three wrong codes and is invited to one room gets the link there by SMS."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.meetings import invitees, links, planning
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Meeting
from rooms.models import PhoneNumber, Room
from rooms.notices import delivery
from rooms.notices.models import Notice
from telephony.models import Call, SmsWish
from tests.at_once import at_once
from tests.telephony.fake_api import Vonage
from tests.telephony.vonage import Phone

ANA = "34600123456"
NOW = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
OFFER = "1 1 1 2 2 2 is not a room. Press 1 to get your link by SMS."
ASK = "Ask the person who invited you for the code, then call again. Goodbye."


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ana(room: Room, alice: User, number: PhoneNumber) -> Invitee:
    return invite(plan(room, alice), f"+{ANA}")


def plan(room: Room, organizer: User, *, days: int = 0) -> Meeting:
    day = NOW.date() + dt.timedelta(days=days)
    facts: dict[str, Any] = {"starts": dt.time(10, 0), "time_zone": "UTC", "minutes": 60}
    return planning.plan(room, organizer, title="Weekly", first_day=day, **facts)


def invite(meeting: Meeting, phone: str) -> Invitee:
    guest = Guest(name="Ana", email="ana@example.com", phone=phone)
    return invitees.add(meeting, [guest], by=None).new[0]


def fail(caller: str = ANA, codes: int = 3) -> Phone:
    phone = Phone(caller).dial()
    for _turn in range(codes):
        phone.key("111222")
    return phone


def links_sent() -> int:
    return Notice.objects.filter(key__startswith="sms_offer:").count()


def test_the_third_wrong_code_offers_the_link_and_1_sends_it(
    vonage_api: Vonage, ana: Invitee
) -> None:
    assert "Key your room code again" in fail(codes=2).heard
    phone = fail()
    assert phone.heard == OFFER
    (gather,) = (one for one in phone.ncco if one["action"] == "input")
    assert (gather["dtmf"]["timeOut"], gather["dtmf"]["maxDigits"]) == (10, 1)
    asked = phone.input_path
    first = phone.key("1").ncco
    assert phone.heard == "The link is on its way to this phone. Goodbye."
    assert [one["action"] for one in first] == ["talk"]
    assert vonage_api.sent == [], "nothing is sent while the caller waits"
    assert phone.key("1", url=asked).ncco == first
    assert links_sent() == 1
    notice = delivery.claim_next(timezone.now())
    assert notice
    delivery.deliver(notice)
    (sent,) = vonage_api.sent
    assert sent["to"] == ANA
    assert links.join_page(ana) in sent["text"]
    assert Call.objects.get(pk=phone.uuid).steps["4"]["said"] == "link_sent"


@pytest.mark.parametrize("keyed", ["", "2", "*", "#", "11"])
def test_anything_but_1_is_a_goodbye(keyed: str, ana: Invitee) -> None:
    assert fail().key(keyed).heard == ASK
    assert links_sent() == 0


def test_a_number_gets_two_a_day(ana: Invitee, clock: Any) -> None:
    for _call in range(2):
        fail().key("1")
    phone = fail()
    assert phone.heard.endswith(ASK)
    assert links_sent() == 2
    clock.shift(dt.timedelta(days=1, seconds=1))
    assert fail().heard.endswith(ASK), "the meeting is over"


def test_a_link_that_was_offered_before_the_last_one_left_is_not_sent(ana: Invitee) -> None:
    offered = fail()
    for _call in range(2):
        fail().key("1")
    assert offered.key("1").heard == ASK
    assert links_sent() == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda ana: invitees.remove(ana, by=None),
        lambda ana: planning.cancel(ana.meeting, by=None),
        lambda ana: SmsWish.objects.create(number=ana.phone, stopped=True, said_at=NOW),
        lambda ana: changes.archive(ana.room),
        lambda ana: Invitee.objects.filter(pk=ana.pk).update(phone="+34600000001"),
    ],
)
def test_who_is_no_longer_invited_or_wants_no_sms_gets_none(change: Any, ana: Invitee) -> None:
    offered = fail()
    assert offered.heard == OFFER
    change(ana)
    assert offered.key("1").heard == ASK
    assert fail().heard.endswith(ASK)
    assert links_sent() == 0


@pytest.mark.parametrize("caller", ["34600999999", "anonymous", ""])
def test_strangers_and_hidden_numbers_are_offered_nothing(caller: str, ana: Invitee) -> None:
    phone = fail(caller)
    assert phone.heard.endswith(ASK)
    assert [one["action"] for one in phone.ncco] == ["talk"]


def test_a_number_that_is_not_texted_is_offered_nothing(
    room: Room, alice: User, number: PhoneNumber
) -> None:
    invite(plan(room, alice), "+18765551234")
    assert fail("18765551234").heard.endswith(ASK)


def test_who_is_invited_to_two_rooms_is_offered_nothing_and_to_two_meetings_the_next(
    vonage_api: Vonage, ana: Invitee, room: Room, alice: User, account: Account
) -> None:
    later = invite(plan(room, alice, days=1), f"+{ANA}")
    phone = fail()
    assert phone.heard == OFFER
    phone.key("1")
    assert Notice.objects.get(key__startswith="sms_offer:").invitee == ana != later
    invite(plan(changes.make(account, name="Other"), alice), f"+{ANA}")
    assert fail().heard.endswith(ASK)


def test_a_number_of_one_account_offers_its_rooms_alone(
    ana: Invitee, account: Account, charlie: User
) -> None:
    changes.make(account, name="Second")
    own = PhoneNumber.objects.create(number="+15550101", account=account)
    other = charlie.accounts.get()
    changes.make(other, name="Theirs"), changes.make(other, name="Second")
    theirs = PhoneNumber.objects.create(number="+15550102", account=other)
    for line, offered in ((own, True), (theirs, False)):
        phone = Phone(ANA, line.number.removeprefix("+")).dial()
        for _turn in range(3):
            phone.key("111222")
        assert (phone.heard == OFFER) == offered


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_the_same_time_send_one(ana: Invitee) -> None:
    phone = fail()
    path = phone.input_path
    at_once(*[partial(phone.key, "1", url=path)] * 4)
    assert links_sent() == 1
