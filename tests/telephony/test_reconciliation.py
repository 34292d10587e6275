"""What the carrier knows and we don't, and the other way round, is made the same."""

import datetime as dt
import time
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from rooms.accounts.models import Account, Person
from rooms.conferences import actions, commands
from rooms.conferences.models import Command, Conference, Participant, UsageRecord
from rooms.models import PhoneNumber, Room
from telephony import call_state, reconciliation, strays
from telephony.models import Call
from telephony.vonage.client import VonageError
from tests.at_once import at_once
from tests.telephony import vonage
from tests.telephony.fake_api import Vonage
from tests.telephony.stays import NOON, after
from tests.telephony.vonage import Phone, stamp

THERE = "CON-aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb"
LeftWhy = Participant.LeftWhy


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need not wait for their turn."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.fixture
def live(account: Account, room: Room, number: PhoneNumber, vonage_api: Vonage) -> Room:
    Account.objects.update(hosting_until=NOON + dt.timedelta(days=30))
    vonage_api.calls = {}
    cache.clear()
    return room


def come(room: Room, moment: dt.datetime, caller: str = "15550123") -> Phone:
    """Somebody dials, keys the code, and arrives in the carrier's conversation."""
    phone = enter(room, moment, caller)
    with time_machine.travel(moment, tick=False):
        vonage.post("/telephony/event", {**phone.transfer(moment), "conversation_uuid_to": THERE})
    return phone


def enter(room: Room, moment: dt.datetime, caller: str = "15550123") -> Phone:
    """As `come`, and the carrier has not told yet that they arrived."""
    with time_machine.travel(moment, tick=False):
        return Phone(caller).dial().key(room.access_code or "")


def leg(phone: Phone, **more: Any) -> dict[str, Any]:
    """The call as Vonage's API gives it while it goes on (GetCallResponse)."""
    return {
        "uuid": phone.uuid,
        "conversation_uuid": THERE,
        "status": "answered",
        "direction": "inbound",
        "from": {"type": "phone", "number": phone.number},
        "to": {"type": "phone", "number": phone.to},
        "start_time": stamp(NOON),
        **more,
    }


def knows(api: Vonage, *legs: dict[str, Any]) -> None:
    api.calls = {str(one["uuid"]): one for one in legs}


def reconcile(moment: dt.datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return reconciliation.reconcile(moment)


def find(moment: dt.datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return strays.find(moment)


# --- Ghosts --------------------------------------------------------------------------------


def test_a_call_is_asked_for_after_five_silent_minutes_and_no_sooner(
    live: Room, vonage_api: Vonage
) -> None:
    phone = come(live, NOON)
    knows(vonage_api, leg(phone))
    assert (reconcile(after(minutes=4.9)), vonage_api.looked_up) == (0, [])
    assert reconcile(after(minutes=5.1)) == 0
    assert vonage_api.looked_up == [f"/v1/calls/{phone.uuid}"]
    reconcile(after(minutes=6))
    assert len(vonage_api.looked_up) == 1, "it was heard of just now"
    assert Participant.objects.filter(left_at=None).count() == 1


def test_a_ghost_is_ended_when_the_carrier_says_that_it_ended(
    live: Room, vonage_api: Vonage
) -> None:
    phone = come(live, NOON)
    over = {"status": "completed", "end_time": stamp(after(minutes=2)), "duration": "120"}
    knows(vonage_api, leg(phone, **over, rate="0.0045", price="0.009"))
    assert reconcile(after(minutes=6)) == 1
    stay = Participant.objects.get()
    assert (stay.left_at, stay.left_why) == (after(minutes=2), LeftWhy.HUNG_UP)
    assert UsageRecord.objects.get().seconds == 120
    assert Call.objects.get().ended_at == after(minutes=2)
    assert Conference.objects.get().ended_at == after(minutes=2)


def test_one_that_the_carrier_does_not_know_ends_when_it_was_last_heard_of(
    live: Room, vonage_api: Vonage
) -> None:
    come(live, NOON)
    Call.objects.update(seen_at=after(minutes=3))
    assert reconcile(after(minutes=20)) == 1
    stay, call = Participant.objects.get(), Call.objects.get()
    assert (stay.left_at, stay.left_why) == (after(minutes=3), LeftWhy.LOST)
    assert (call.ended_at, call.status) == (after(minutes=3), "completed")
    assert UsageRecord.objects.get().seconds == 180
    assert Room.objects.get().people_in == 0


def test_an_end_in_the_future_is_now(live: Room, vonage_api: Vonage) -> None:
    phone = come(live, NOON)
    knows(vonage_api, leg(phone, status="completed", end_time=stamp(after(minutes=60))))
    reconcile(after(minutes=6))
    assert Participant.objects.get().left_at == after(minutes=6)


def test_a_removal_whose_end_was_never_told(live: Room, vonage_api: Vonage) -> None:
    phone = come(live, NOON)
    stay = Participant.objects.get()
    with time_machine.travel(after(60), tick=False):
        commands.done(actions.remove(stay, commands.SERVICE))
    over = {"status": "completed", "end_time": stamp(after(61)), "disconnected_by": "platform"}
    knows(vonage_api, leg(phone, **over))
    assert reconcile(after(minutes=6)) == 1
    stay.refresh_from_db()
    assert (stay.left_why, stay.left_at) == (LeftWhy.REMOVED, after(61))


def test_a_stay_whose_call_has_ended_is_ended(live: Room, vonage_api: Vonage) -> None:
    come(live, NOON)
    Call.objects.update(ended_at=after(60), seen_at=after(60))
    assert reconcile(after(minutes=2)) == 1
    assert Participant.objects.get().left_at == after(60)
    assert vonage_api.looked_up == []
    assert reconcile(after(minutes=3)) == 0


def test_no_more_than_so_many_are_asked_for_at_once(live: Room, vonage_api: Vonage) -> None:
    silent = [Call(uuid=f"{n:032x}", seen_at=NOON) for n in range(70)]
    Call.objects.bulk_create(silent)
    assert reconcile(after(minutes=6)) == reconciliation.MOST_AT_ONCE == 40
    assert reconcile(after(minutes=7)) == 30


def test_one_call_that_fails_keeps_no_other_from_being_asked_for(
    live: Room, vonage_api: Vonage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = come(live, NOON, "15550111"), come(live, after(1), "15550122")
    apply = call_state.apply

    def failing(event: Any, *args: Any, **named: Any) -> None:
        apply(event, *args, **named)
        if event.uuid == first.uuid:
            raise RuntimeError("a fault, or a kill")

    with monkeypatch.context() as patched:
        patched.setattr(call_state, "apply", failing)
        reconcile(after(minutes=6))
    assert [stay.call for stay in Participant.objects.filter(left_at=None)] == [first.uuid]
    assert Call.objects.get(pk=second.uuid).ended_at
    assert reconcile(after(minutes=12)) == 1
    assert not Participant.objects.filter(left_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_end_it_once(live: Room, vonage_api: Vonage) -> None:
    come(live, NOON)
    with time_machine.travel(after(minutes=6), tick=False):
        at_once(*[lambda: reconciliation.reconcile(after(minutes=6))] * 4)
    assert UsageRecord.objects.count() == 1
    assert Room.objects.get().people_in == 0


# --- Strays --------------------------------------------------------------------------------


def test_somebody_whom_only_the_carrier_knows_appears(live: Room, vonage_api: Vonage) -> None:
    Person.objects.create(account=live.account, name="Ben", phone="+15550166")
    known, lost = come(live, NOON), Phone("15550166")
    knows(vonage_api, leg(known), leg(lost, start_time=stamp(after(30))))
    assert find(after(minutes=6)) == 1
    stay = Participant.objects.get(call=lost.uuid)
    assert (stay.room, stay.caller, stay.name) == (live, "+15550166", "Ben")
    assert (stay.joined_at, stay.role, stay.waiting) == (after(30), "guest", False)
    assert stay.conference == Conference.objects.get()
    live.refresh_from_db()
    assert (live.people_in, live.alone_since) == (2, None)
    assert vonage_api.looked_up == [
        f"/v1/calls?conversation_uuid={THERE}&status=answered&page_size=100&record_index=0"
    ]
    vonage.post("/telephony/event", lost.completed(after(30), after(minutes=10)))
    assert UsageRecord.objects.get().seconds == 570


def test_it_asks_every_few_minutes_and_vouches_for_who_is_there(
    live: Room, vonage_api: Vonage
) -> None:
    phone = come(live, NOON)
    knows(vonage_api, leg(phone))
    assert find(after(minutes=1)) == 0
    assert vonage_api.looked_up == [], "it has just begun"
    for minute in (4.5, 5.5):
        find(after(minutes=minute))
    assert len(vonage_api.looked_up) == 1
    reconcile(after(minutes=6))
    assert len(vonage_api.looked_up) == 1, "the list told of the call"
    cache.clear()  # as if four minutes were over
    find(after(minutes=10))
    assert len(vonage_api.looked_up) == 2
    assert Participant.objects.count() == 1


def test_a_call_that_was_thought_to_be_over_is_a_new_stay(live: Room, vonage_api: Vonage) -> None:
    """Its end was told wrongly; the minutes of the first stay are not counted again."""
    first, second = come(live, NOON, "15550111"), come(live, NOON, "15550122")
    with time_machine.travel(after(minutes=2), tick=False):
        vonage.post("/telephony/event", first.completed(NOON, after(minutes=2)))
    knows(vonage_api, leg(first), leg(second))
    assert find(after(minutes=6)) == 1
    _before, again = Participant.objects.filter(call=first.uuid)
    assert (again.joined_at, again.left_at) == (after(minutes=2), None)
    call = Call.objects.get(pk=first.uuid)
    assert (call.ended_at, call.price, call.status) == (None, None, "answered")
    knows(vonage_api, leg(second))
    with time_machine.travel(after(minutes=20), tick=False):
        Call.objects.filter(pk=second.uuid).update(seen_at=after(minutes=19))
    assert reconcile(after(minutes=20)) == 1
    seconds = UsageRecord.objects.filter(participant__call=first.uuid)
    assert sum(seconds.values_list("seconds", flat=True)) == 360, "until it was last heard of"


def test_news_that_is_newer_than_the_list_wins(live: Room, vonage_api: Vonage) -> None:
    first, second = come(live, NOON, "15550111"), come(live, NOON, "15550122")
    with time_machine.travel(after(minutes=6, seconds=-5), tick=False):
        vonage.post("/telephony/event", first.completed(NOON, after(minutes=6, seconds=-5)))
    knows(vonage_api, leg(first), leg(second))
    assert find(after(minutes=6)) == 0
    assert Participant.objects.filter(left_at=None).count() == 1


def test_whom_a_lock_or_a_block_would_hold_is_shown_all_the_same(
    live: Room, vonage_api: Vonage
) -> None:
    known, lost = come(live, NOON), Phone("15550166")
    Room.objects.update(locked=True)
    live.account.blocked_numbers.create(number="+15550166")
    knows(vonage_api, leg(known), leg(lost))
    assert find(after(minutes=6)) == 1
    assert Room.objects.get().people_in == 2


def test_who_waits_for_a_host_is_shown_to_wait(live: Room, vonage_api: Vonage) -> None:
    known, lost = come(live, NOON), Phone("15550166")
    Participant.objects.update(waiting=True)
    Room.objects.update(waits_for_host=True, begun=False, people_in=0, people_waiting=1)
    knows(vonage_api, leg(known), leg(lost))
    assert find(after(minutes=6)) == 1
    live.refresh_from_db()
    assert (live.people_in, live.people_waiting, live.begun) == (0, 2, False)


def test_one_whom_we_called_is_known_by_the_number_called(live: Room, vonage_api: Vonage) -> None:
    known, lost = come(live, NOON), Phone("15550100", to="15550166")
    knows(vonage_api, leg(known), leg(lost, direction="outbound"))
    find(after(minutes=6))
    assert Participant.objects.get(call=lost.uuid).caller == "+15550166"


def test_a_carrier_that_is_away_is_asked_again(live: Room, vonage_api: Vonage) -> None:
    known, lost = come(live, NOON), Phone("15550166")
    knows(vonage_api, leg(known), leg(lost))
    vonage_api.status = 503
    assert find(after(minutes=6)) == 0
    vonage_api.status = 200
    assert find(after(minutes=7)) == 1


def test_a_conversation_of_two_hundred_is_read_whole(live: Room, vonage_api: Vonage) -> None:
    known = come(live, NOON)
    many = [leg(Phone(f"1555020{n:04}")) for n in range(150)]
    knows(vonage_api, leg(known), *many)
    assert find(after(minutes=6)) == 150
    assert len(vonage_api.looked_up) == 2
    assert Room.objects.get().people_in == 151


@pytest.mark.django_db(transaction=True)
def test_finders_at_the_same_time_find_it_once(
    live: Room, vonage_api: Vonage, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, lost = come(live, NOON), Phone("15550166")
    knows(vonage_api, leg(known), leg(lost))
    asked_anew = SimpleNamespace(add=lambda *_args: True)
    monkeypatch.setattr("telephony.strays.cache", asked_anew)
    with time_machine.travel(after(minutes=6), tick=False):
        at_once(*[lambda: strays.find(after(minutes=6))] * 4)
    assert Participant.objects.filter(left_at=None).count() == 2
    assert Room.objects.get().people_in == 2


# --- Why a stay ended, and where a call is --------------------------------------------------


@pytest.mark.parametrize(
    ("by", "attempts", "why"),
    [
        ("platform", 1, LeftWhy.ALONE),
        ("platform", 0, LeftWhy.HUNG_UP),  # not asked for yet: they were sooner
        ("user", 1, LeftWhy.HUNG_UP),
        (None, 1, LeftWhy.ALONE),
    ],
)
def test_the_end_of_a_call_may_be_told_before_the_answer_to_our_hang_up(
    live: Room, by: str | None, attempts: int, why: str
) -> None:
    phone = come(live, NOON)
    stay = Participant.objects.get()
    hang_up = commands.new(Command.Kind.REMOVE, stay, "over", why=LeftWhy.ALONE, attempts=attempts)
    commands.write(live, [hang_up])
    with time_machine.travel(after(60), tick=False):
        told = {**phone.completed(NOON, after(60)), "disconnected_by": by}
        vonage.post("/telephony/event", told)
        commands.done(hang_up)
    stay.refresh_from_db()
    assert stay.left_why == why
    assert Call.objects.get().hung_up_by == (by or "")


def test_the_first_arrival_tells_the_carriers_conversation(live: Room) -> None:
    phone = come(live, NOON)
    assert Conference.objects.get().carrier_conversation == THERE
    assert Participant.objects.get().confirmed_at == NOON
    back = {"conversation_uuid_from": THERE, "conversation_uuid_to": phone.conversation}
    vonage.post("/telephony/event", {**phone.transfer(after(60)), **back})
    assert Conference.objects.get().carrier_conversation == THERE


@pytest.mark.parametrize("to", ["its own", "another"])
def test_a_transfer_out_of_the_room_is_no_arrival(live: Room, to: str) -> None:
    come(live, NOON, "15550111")
    phone = enter(live, NOON)
    there = phone.conversation if to == "its own" else "CON-another"
    moved = {"conversation_uuid_from": THERE, "conversation_uuid_to": there}
    vonage.post("/telephony/event", {**phone.transfer(), **moved})
    assert Participant.objects.get(call=phone.uuid).confirmed_at is None
    assert Conference.objects.get().carrier_conversation == THERE


def test_a_transfer_that_does_not_say_where_to_is_an_arrival(live: Room) -> None:
    phone = enter(live, NOON)
    told = phone.transfer()
    del told["conversation_uuid_from"], told["conversation_uuid_to"]
    vonage.post("/telephony/event", told)
    assert Participant.objects.get().confirmed_at
    assert Conference.objects.get().carrier_conversation == ""


def test_a_region_that_is_away_holds_up_no_other(
    live: Room, vonage_api: Vonage, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = [enter(live, after(seconds=n), f"1555013{n}") for n in range(9)]
    away, there = "https://api-us-3.vonage.com", "https://api-eu-3.vonage.com"
    for phone in phones[:8]:
        Call.objects.filter(pk=phone.uuid).update(region_url=away)
    Call.objects.filter(pk=phones[8].uuid).update(region_url=there)
    monkeypatch.setattr(reconciliation, "MOST_AT_ONCE", 6)
    asked = []

    class Client:
        def __init__(self, region_url: str) -> None:
            self.region_url = region_url

        def call(self, uuid: str) -> dict[str, Any]:
            asked.append(uuid)
            if self.region_url == away:
                raise VonageError("Vonage was not reached", permanent=False)
            return {**leg(phones[8]), "status": "completed", "end_time": stamp(after(minutes=1))}

    monkeypatch.setattr(reconciliation.carrier, "client", Client)
    assert reconcile(after(minutes=9)) == 1
    assert phones[8].uuid in asked
    assert len(asked) == 4, "three that failed are enough to know"
    assert Participant.objects.get(call=phones[8].uuid).left_at == after(minutes=1)
