"""In whatever order they come: what happens in a conference is told as it was."""

import datetime as dt
from collections import defaultdict
from contextlib import suppress
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences import actions, recordings
from rooms.conferences.models import Conference, Participant, Recording
from rooms.models import Room
from rooms.notices import presence as notices
from rooms.notices.hooks.models import WebhookDelivery, WebhookEvent
from tests.hooks.happenings import KEY, gather, in_order, listen
from tests.on_the_line import ANA, BEN, CARL, carry_out, enter, go

START = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
CALLERS = (ANA, BEN, CARL)

numbers = st.integers(0, len(CALLERS) - 1)
deeds = st.one_of(
    st.tuples(st.just("join"), numbers),
    st.tuples(st.just("join"), numbers),
    st.tuples(st.just("leave"), numbers),
    st.tuples(st.just("mute"), numbers, st.booleans()),
    st.tuples(st.just("hold"), numbers, st.booleans()),
    st.tuples(st.just("hand"), numbers, st.booleans()),
    st.tuples(st.just("promote"), numbers),
    st.tuples(st.just("lock"), st.booleans()),
    st.tuples(st.just("record")),
    st.tuples(st.just("gather")),
    st.tuples(st.just("collect")),
)


class World:
    """A room and its callers, and what its account's programs are to be told of them."""

    def __init__(self) -> None:
        account = Account.objects.create(name="Acme", hosting_until=START + dt.timedelta(days=9))
        self.room = changes.make(account, name="Standup")
        listen(account)
        self.stays: dict[int, Participant] = {}
        self.told: dict[str, list[str]] = defaultdict(list)
        self.now = START

    def do(self, deed: tuple[Any, ...]) -> None:
        name, *facts = deed
        self.now += dt.timedelta(seconds=1)
        with time_machine.travel(self.now, tick=False):
            getattr(self, f"_{name}")(*facts)

    def _tell(self, type: str, about: str = "") -> None:
        room = Room.objects.get()
        conference = room.open_conference_id or Conference.objects.latest("started_at").pk
        self.told[conference].append(f"{type} {about or conference}")

    def _join(self, n: int) -> None:
        if n in self.stays or Room.objects.get().locked:
            return
        first = not self.stays
        self.stays[n] = enter(self.room, CALLERS[n])
        if first:
            self._tell("conference.started")
        self._tell("participant.joined", self.stays[n].pk)

    def _leave(self, n: int) -> None:
        if stay := self.stays.pop(n, None):
            go(stay)
            self._tell("participant.left", stay.pk)
            if not self.stays:
                self._tell("conference.ended")

    def _control(self, n: int, act: Any, on: bool, field: str, names: tuple[str, str]) -> None:
        if n in self.stays:
            stay = Participant.objects.get(pk=self.stays[n].pk)
            with suppress(ValidationError):  # nobody is taken off hold who is not on it
                act(stay, on, KEY)
                carry_out()
            if bool(getattr(stay, field)) != on:
                self._tell(f"participant.{names[not on]}", stay.pk)

    def _mute(self, n: int, on: bool) -> None:
        self._control(n, actions.mute, on, "muted", ("muted", "unmuted"))

    def _hold(self, n: int, on: bool) -> None:
        self._control(n, actions.hold, on, "held", ("held", "unheld"))

    def _hand(self, n: int, on: bool) -> None:
        names = ("raised_hand", "lowered_hand")
        self._control(n, actions.raise_hand, on, "hand_raised_at", names)

    def _promote(self, n: int) -> None:
        if n in self.stays:
            with suppress(ValidationError):
                actions.promote(self.stays[n], KEY)
                self._tell("participant.promoted", self.stays[n].pk)

    def _lock(self, on: bool) -> None:
        locked = Room.objects.get().locked
        if self.stays:
            actions.lock(self.room, on, KEY)
            if locked != on:
                self._tell("conference.locked" if on else "conference.unlocked")

    def _record(self) -> None:
        with suppress(ValidationError):
            recordings.start(self.room, KEY)
            carry_out()
            self._tell("recording.started", Recording.objects.latest("started_at").pk)

    def _gather(self) -> None:
        gather()

    def _collect(self) -> None:
        """The organizers are told, half a minute later."""
        self.now += dt.timedelta(seconds=30)
        notices.collect(self.now)

    def check(self) -> None:
        recorded: dict[str, list[str]] = {}
        for conference in Conference.objects.all():
            events = in_order(conference)
            about = [f"{event.type} {event.data['id']}" for event in events]
            recorded[conference.pk] = about
            assert [event.created_at for event in events] == sorted(
                event.created_at for event in events
            )
        assert recorded == self.told
        assert (
            WebhookDelivery.objects.count()
            == WebhookEvent.objects.exclude(type__startswith="room.").count()
        )


@pytest.mark.property
class EventsKeepTheirOrder(TestCase):
    @given(st.lists(deeds, min_size=4, max_size=9))
    def test_any_interleaving_is_told_as_it_was(self, drawn: list[tuple[Any, ...]]) -> None:
        world = World()
        for deed in [("join", 0), *drawn, ("gather",), ("collect",), ("gather",)]:
            world.do(deed)
        world.check()
