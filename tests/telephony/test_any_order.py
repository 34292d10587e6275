"""Events come in any order, twice, or never; once `completed` has come, all is as it should be."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rooms import changes
from rooms.accounts.models import Account, Membership, Role, User
from rooms.conferences.models import Conference, Participant, UsageRecord
from rooms.models import PhoneNumber, Room
from rooms.notices import presence
from rooms.notices.models import Notice
from telephony import lines
from telephony.models import Call, WebhookReceipt
from tests.telephony import vonage
from tests.telephony.vonage import Phone

START = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
ENTERED = START + dt.timedelta(seconds=10)
CALLERS = 3

Deed = Callable[[], Any]


class World:
    """Three callers of one room; what the carrier sends for them, as deeds to be done."""

    def __init__(self) -> None:
        lines.forget()
        account = Account.objects.create(name="Acme", hosting_until=START + dt.timedelta(days=9))
        user = User.objects.create_user("alice@example.com")
        Membership.objects.create(account=account, user=user, role=Role.OWNER)
        PhoneNumber.objects.create(number="+15550100")
        self.room = changes.make(account, name="Standup")
        self.phones = [Phone(f"1555012{n}") for n in range(CALLERS)]

    def ended(self, n: int) -> dt.datetime:
        return ENTERED + dt.timedelta(seconds=30 * (n + 1))

    def webhooks(self, n: int) -> list[Deed]:
        """Answer and input, which the caller's own progress keeps in order."""
        phone, code = self.phones[n], self.room.access_code or ""
        return [phone.dial, lambda: phone.key(code)]

    def events(self, n: int) -> list[Deed]:
        phone = self.phones[n]
        payloads = [
            phone.event("started", START),
            phone.event("ringing", START),
            phone.event("answered", START, start_time=None),
            phone.transfer(ENTERED),
        ]
        return [_posting(payload) for payload in payloads]

    def completed(self, n: int) -> Deed:
        end = self.ended(n)
        payload = self.phones[n].completed(START, end)
        return lambda: _at(end + dt.timedelta(seconds=1), _posting(payload))

    def outcome(self) -> dict[str, Any]:
        """What an organizer and an invoice would see in the end."""
        with time_machine.travel(ENTERED + dt.timedelta(hours=1), tick=False):
            presence.collect(timezone.now())
        text = "\n".join(Notice.objects.values_list("text", flat=True))
        return {
            "statuses": set(Call.objects.values_list("status", flat=True)),
            "in": Participant.objects.filter(left_at=None).count(),
            "people_in": Room.objects.get().people_in,
            "open": Conference.objects.filter(ended_at=None).count(),
            "seconds": sorted(UsageRecord.objects.values_list("seconds", flat=True)),
            "joins told": text.count(" joined"),
            "leaves told": text.count(" left"),
            "prices": {str(price) for price in Call.objects.values_list("price", flat=True)},
            "unprocessed": WebhookReceipt.objects.filter(processed_at=None).count(),
        }


def _at(moment: dt.datetime, deed: Deed) -> None:
    with time_machine.travel(moment, tick=False):
        deed()


def _posting(payload: dict[str, Any]) -> Deed:
    return lambda: vonage.post("/telephony/event", payload)


EXPECTED = {
    "statuses": {"completed"},
    "in": 0,
    "people_in": 0,
    "open": 0,
    "seconds": [30, 60, 90],
    "joins told": 3,
    "leaves told": 3,
    "prices": {"0.00052500"},
    "unprocessed": 0,
}


def _do(deeds: list[Deed]) -> None:
    with time_machine.travel(ENTERED, tick=False):
        for deed in deeds:
            deed()


@pytest.mark.django_db
def test_the_straight_order() -> None:
    world = World()
    for n in range(CALLERS):
        _do([*world.webhooks(n), *world.events(n)])
    _do([world.completed(n) for n in range(CALLERS)])
    assert world.outcome() == EXPECTED


@pytest.mark.property
class AnyOrder(TestCase):
    @given(data=st.data())
    def test_it_ends_as_in_the_straight_order(self, data: st.DataObject) -> None:
        world = World()
        # Everybody enters; the events so far come mixed, doubled or not at all.
        entries = [world.webhooks(n) for n in range(CALLERS)]
        noise: list[Deed] = []
        for n in range(CALLERS):
            for deed in world.events(n):
                noise += [deed] * data.draw(st.integers(0, 2), label="copies of an event")
        _do(_interleaved(data, entries, data.draw(st.permutations(noise))))
        # `completed` comes at last, once or twice, mixed with events that are later still.
        last = [world.completed(n) for n in range(CALLERS)]
        last += [world.completed(n) for n in data.draw(st.sets(st.integers(0, CALLERS - 1)))]
        late = data.draw(st.lists(st.sampled_from(noise), max_size=6)) if noise else []
        _do(data.draw(st.permutations([*last, *late])))
        assert world.outcome() == EXPECTED

    @given(order=st.permutations(range(CALLERS)), told=st.lists(st.integers(0, 2), min_size=3))
    def test_notices_in_between_tell_each_move_once(
        self, order: list[int], told: list[int]
    ) -> None:
        world = World()
        for n in order:
            _do(world.webhooks(n))
        for n, sweeps in zip(order, told, strict=False):
            for sweep in range(sweeps):
                with time_machine.travel(ENTERED + dt.timedelta(minutes=1 + sweep), tick=False):
                    presence.collect(timezone.now())
            _do([world.completed(n), world.completed(n)])
        assert world.outcome() == EXPECTED


def _interleaved(data: st.DataObject, entries: list[list[Deed]], noise: list[Deed]) -> list[Deed]:
    """One order of all deeds that keeps each caller's own answer before their input."""
    queues = [list(entry) for entry in entries] + [[deed] for deed in noise]
    order: list[Deed] = []
    while queues:
        n = data.draw(st.integers(0, len(queues) - 1), label="next")
        order.append(queues[n].pop(0))
        queues = [queue for queue in queues if queue]
    return order


@pytest.mark.django_db
def test_a_call_whose_completed_came_first_is_not_let_in_later() -> None:
    world = World()
    phone = world.phones[0]
    _do([phone.dial, world.completed(0), lambda: phone.key(world.room.access_code or "")])
    assert phone.ncco == []
    assert not Participant.objects.exists()


@pytest.mark.django_db
def test_a_failure_while_processing_is_kept_and_mended_by_the_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from telephony import call_state, receipts

    world = World()
    _do(world.webhooks(0))
    real = call_state.apply
    monkeypatch.setattr(
        call_state, "apply", lambda *_, **__: (_ for _ in ()).throw(OSError("no disk"))
    )
    _do([world.completed(0)])
    receipt = WebhookReceipt.objects.get()
    assert (receipt.processed_at, receipt.attempts, receipt.error) == (None, 1, "OSError: no disk")
    assert Participant.objects.filter(left_at=None).count() == 1
    monkeypatch.setattr(call_state, "apply", real)
    with time_machine.travel(ENTERED + dt.timedelta(seconds=60), tick=False):
        assert receipts.sweep(timezone.now()) == 1
    assert Participant.objects.filter(left_at=None).count() == 0
    assert UsageRecord.objects.get().seconds == 30
