"""In whatever order they come: joins, leaves, locks, mutes, holds and keys keep to the rules."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences import actions
from rooms.conferences.commands import SERVICE
from rooms.conferences.models import Command, Conference, Participant
from rooms.models import PhoneNumber, Room
from telephony import controls, conversations, keys, lines
from tests.telephony import vonage
from tests.telephony.fake_api import Vonage
from tests.telephony.vonage import Phone

START = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
CALLERS = 3
GUESTS_KEYS = ("*6", "*5", "*7", "*1", "**")
HOSTS_KEYS = ("*7", "*4", "*6", "*8", "*#1")
MUTES = {"mute": True, "unmute": False}

numbers = st.integers(0, CALLERS - 1)
deeds = st.one_of(
    st.tuples(st.just("join"), numbers),
    st.tuples(st.just("leave"), numbers),
    st.tuples(st.just("lock"), st.booleans()),
    st.tuples(st.just("mute"), numbers, st.booleans()),
    st.tuples(st.just("hold"), numbers, st.booleans()),
    st.tuples(st.just("mute"), numbers, st.booleans()),
    st.tuples(st.just("hold"), numbers, st.booleans()),
    st.tuples(st.just("key"), numbers, st.integers(0, 4), st.booleans(), st.randoms()),
)
# What the carrier answers to what is due after a deed, if it is asked then.
answers = st.sampled_from([0, 200, 200, 200, 200, 200, 503, 400])


class World:
    """A room and its callers, of whom the first keys the host's PIN, through the webhooks."""

    def __init__(self, api: Vonage) -> None:
        lines.forget()
        cache.delete(controls.LOCK)
        account = Account.objects.create(name="Acme", hosting_until=START + dt.timedelta(days=9))
        PhoneNumber.objects.create(number="+15550100")
        self.room = changes.make(account, name="Standup")
        self.api = api
        self.phones: dict[int, Phone] = {}
        self.now = START

    def do(self, deed: tuple[Any, ...]) -> None:
        name, *facts = deed
        self.now += dt.timedelta(seconds=7)
        with time_machine.travel(self.now, tick=False):
            getattr(self, f"_{name.replace(' ', '_')}")(*facts)
        self.check()

    def _join(self, n: int) -> None:
        if n in self.phones:
            return
        locked = Room.objects.get().locked
        phone = Phone(f"1555012{n}").dial()
        code = self.room.access_code or ""
        phone.key(code if n else f"{code}*{self.room.host_pin}")
        stay = Participant.objects.filter(call=phone.uuid).first()
        if stay is None:
            assert locked, phone.heard
            assert n, "a lock does not hold the host"
            return
        assert not (locked and n), "locked, it lets no guest in"
        assert stay.is_host == (n == 0)
        self.phones[n] = phone

    def _leave(self, n: int) -> None:
        if phone := self.phones.pop(n, None):
            payload = phone.completed(self.now - dt.timedelta(seconds=3), self.now)
            vonage.post("/telephony/event", payload)
            vonage.post("/telephony/event", payload)

    def _lock(self, on: bool) -> None:
        self._if_it_can_be(lambda: actions.lock(self.room, on, SERVICE))

    def _mute(self, n: int, on: bool) -> None:
        if stay := self._stay(n):
            actions.mute(stay, on, SERVICE)

    def _hold(self, n: int, on: bool) -> None:
        stay = self._stay(n)
        if stay is None:
            return
        asked = Command.objects.pending().filter(participant=stay, kind=Command.Kind.HOLD)
        off = stay.held or asked.exists()
        if off or (on and not stay.waiting):
            actions.hold(stay, on, SERVICE)
        else:
            with pytest.raises(ValidationError):
                actions.hold(stay, on, SERVICE)

    def _key(self, n: int, which: int, twice: bool, random: Any) -> None:
        """The last webhook of a stay that is over may come too."""
        phone = self.phones.get(n)
        stay = Participant.objects.filter(call=phone.uuid).first() if phone else None
        if stay is None or phone is None:
            return
        digits = HOSTS_KEYS[which] if n == 0 else GUESTS_KEYS[which]
        payloads = [
            {
                **phone.facts,
                "dtmf": {"digits": digit, "timed_out": False},
                "timestamp": vonage.stamp(self.now + dt.timedelta(seconds=0.4 * place)),
            }
            for place, digit in enumerate(digits)
        ]
        payloads *= 1 + twice
        random.shuffle(payloads)
        path = conversations.KEYS_URL.removeprefix(settings.PUBLIC_URL)
        for payload in payloads:
            response = vonage.post(path + conversations.token(stay.pk), payload)
            assert response.status_code == 200

    def _carry_out(self, status: int) -> None:
        self.api.status = status
        keys.sweep(timezone.now())
        controls.carry_out(until=timezone.now() + dt.timedelta(minutes=1))
        for n, phone in list(self.phones.items()):  # the carrier ends whom it was told to
            if self.api.ended(phone.uuid):
                self._leave(n)
            elif not Participant.objects.filter(call=phone.uuid, left_at=None).exists():
                del self.phones[n]  # went to key another code

    def _stay(self, n: int) -> Participant | None:
        phone = self.phones.get(n)
        return phone and Participant.objects.filter(call=phone.uuid, left_at=None).first()

    def _if_it_can_be(self, deed: Callable[[], object]) -> None:
        try:
            deed()
        except ValidationError:
            assert not Participant.objects.filter(left_at=None).exists()

    def check(self) -> None:
        room = Room.objects.get()
        there = Participant.objects.filter(left_at=None)
        assert room.people_in == there.filter(waiting=False).count()
        assert room.people_waiting == there.filter(waiting=True).count()
        assert room.hosts_in == there.filter(role=Participant.Role.HOST).count()
        open_ones = list(Conference.objects.filter(ended_at=None).values_list("pk", flat=True))
        assert open_ones == ([room.open_conference_id] if there else [])
        done = Command.objects.filter(kind__in=MUTES, done_at__isnull=False, error="")
        last = dict(done.order_by("done_at", "created_at").values_list("participant", "kind"))
        for pk, muted in Participant.objects.values_list("pk", "muted"):
            assert muted == (MUTES[last[pk]] if pk in last else False)

    def settle(self) -> None:
        """The carrier is well again, and some sweeps later nothing is left to do."""
        for _sweep in range(4):
            self.now += dt.timedelta(seconds=31)
            self.do(("carry out", 200))
        assert not Command.objects.pending().exists()
        for stay in Participant.objects.filter(left_at=None):
            asked = Command.objects.filter(participant=stay)
            if not asked.exclude(error__in=("", "Something newer was asked for.")).exists():
                assert self.api.muted(stay.call) == (stay.muted or stay.held)
                assert self.api.earmuffed(stay.call) == stay.held


class Api(Vonage):
    """It knows how calls are by what it was asked for and did not refuse."""

    def ended(self, call: str) -> bool:
        return any(word == "hangup" for word in self._words(call)) or any(
            self.goodbye(body) for path, body in self.done if path.endswith(call)
        )

    def goodbye(self, body: dict[str, Any]) -> bool:
        script = body.get("destination", {}).get("ncco", [])
        return [one["action"] for one in script] == ["talk"]

    def muted(self, call: str) -> bool:
        return self._last(call, "mute", "unmute")

    def earmuffed(self, call: str) -> bool:
        return self._last(call, "earmuff", "unearmuff")

    def _last(self, call: str, on: str, off: str) -> bool:
        words = [word for word in self._words(call) if word in (on, off)]
        return bool(words) and words[-1] == on

    def _words(self, call: str) -> list[str]:
        return [body.get("action", "") for path, body in self.done if path.endswith(call)]


@pytest.mark.property
class ControlsHold(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.api = Api()
        cls.patch = pytest.MonkeyPatch()
        cls.patch.setattr(controls, "CONTROLS_PER_SECOND", 2000)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.patch.undo()
        cls.api.server.shutdown()
        cls.api.server.server_close()
        super().tearDownClass()

    @given(st.lists(st.tuples(deeds, answers), min_size=5, max_size=10))
    def test_any_interleaving_keeps_to_the_rules(
        self, drawn: list[tuple[tuple[Any, ...], int]]
    ) -> None:
        with override_settings(VONAGE_API_URL=f"http://127.0.0.1:{self.api.server.server_port}"):
            world = World(self.api)
            for n in range(CALLERS):
                world.do(("join", n))
            for deed, answer in drawn:
                world.do(deed)
                if answer:
                    world.do(("carry out", answer))
            world.settle()
