"""A call, its exchange with the product, and the conversations it may join."""

import asyncio
import uuid as uuids
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from carrier.create_call import CreateCall
from carrier.feed import Feed
from carrier.keypad import Keypad

Entry = dict[str, Any]


class NoSuchCallError(Exception):
    """No call has this uuid, or it ended long ago."""


class TooManyCallsError(Exception):
    """The carrier holds as many live calls as it can."""


@dataclass
class Conversation:
    """A named conversation and the calls that are in it now."""

    name: str
    uuid: str = field(default_factory=lambda: f"CON-{uuids.uuid4()}")
    members: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Call:
    """One phone connection. Numbers are digit strings without "+", or a word such as anonymous.

    A call that the product placed knows what it asked for; one that a phone made does not.
    """

    from_number: str
    to_number: str
    feed: Feed
    order: CreateCall | None = None
    uuid: str = field(default_factory=lambda: uuids.uuid4().hex)
    conversation_uuid: str = field(default_factory=lambda: f"CON-{uuids.uuid4()}")
    status: str = "started"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    disconnected_by: str | None = None
    missed: str | None = None  # why it was never answered: busy, timeout, cancelled…
    machine: bool = False  # a voicemail picked it up
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)
    problem: str | None = None
    conversation: Conversation | None = None
    joined: str | None = None  # the conversation it entered, also when the call is over
    ncco: list[dict[str, Any]] | None = None
    inputs: int = 0
    waiting_for_input: bool = False
    keypad: Keypad = field(default_factory=Keypad)
    # Bounded: a script that loops for ever must not fill the memory.
    heard: deque[str] = field(default_factory=lambda: deque(maxlen=500))
    exchange: deque[Entry] = field(default_factory=lambda: deque(maxlen=500))
    task: asyncio.Task[None] | None = None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    @property
    def direction(self) -> str:
        """As Vonage sees it: an outbound call goes from the product to a phone."""
        return "outbound" if self.order else "inbound"

    @property
    def phone_number(self) -> str:
        """The number of the phone, at whichever end it is."""
        return self.to_number if self.order else self.from_number

    @property
    def rings(self) -> bool:
        """Whether the phone rings and can be picked up."""
        return self.order is not None and self.status == "ringing"

    # Where its events go, if not to the application's URL, and how.

    @property
    def event_url(self) -> str | None:
        return self.order.event_url if self.order else None

    @property
    def event_method(self) -> str:
        return self.order.event_method if self.order else "POST"

    @property
    def retries(self) -> tuple[float, ...]:
        """Voice webhooks are not tried again later."""
        return ()

    def hear(self, text: str) -> None:
        """The caller hears this from now on."""
        self.heard.append(text)
        self.changed()

    def changed(self) -> None:
        """Tell the page how the call is now."""
        if self.feed.followed:
            self.feed.tell("call", call=self.view())

    def record(self, kind: str, **facts: object) -> Entry:
        """Add an entry to the exchange. `kind` is webhook, action, keys or note."""
        at = iso(datetime.now(UTC))
        entry: Entry = {"n": next(self._numbers), "at": at, "kind": kind, **facts}
        self.exchange.append(entry)
        self.feed.tell("exchange", uuid=self.uuid, entry=dict(entry))
        return entry

    def amend(self, entry: Entry, **facts: object) -> None:
        """Say more about an entry, such as how a webhook was answered."""
        entry.update(facts)
        self.feed.tell("exchange", uuid=self.uuid, entry=dict(entry))

    def view(self) -> dict[str, Any]:
        """The call as the phone side shows it. Times are ISO 8601 or null."""
        return {
            "uuid": self.uuid,
            "from": self.from_number,
            "to": self.to_number,
            "direction": self.direction,
            "status": self.status,
            "heard": list(self.heard),
            "conversation": self.conversation.name if self.conversation else None,
            "conversation_uuid": self.conversation_uuid,
            "joined": self.joined,
            "muted": False,
            "earmuffed": False,
            "ncco": self.ncco,
            "waiting_for_input": self.waiting_for_input,
            "inputs": self.inputs,
            "problem": self.problem,
            "disconnected_by": self.disconnected_by,
            "missed": self.missed,
            "machine": self.machine,
            "started_at": iso_or_none(self.started_at),
            "answered_at": iso_or_none(self.answered_at),
            "ended_at": iso_or_none(self.ended_at),
        }


def iso(moment: datetime) -> str:
    """A moment as Vonage writes it: ISO 8601, UTC, milliseconds, Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(moment: datetime | None) -> str | None:
    """The same, when the moment may not have come yet."""
    return iso(moment) if moment else None


class Calls:
    """The calls that are live, the last ones that ended, and the conversations."""

    LIVE = 1000
    KEPT = 500
    CONVERSATIONS = 1000

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._ended: deque[str] = deque()
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()

    def start(self, from_number: str, to_number: str) -> Call:
        """A new call that a phone makes.

        Raises:
            TooManyCallsError: there are `LIVE` calls already.
        """
        return self._add(Call(from_number, to_number, self._feed))

    def place(self, order: CreateCall) -> Call:
        """A new call that the product makes; its uuid has dashes, as the OpenAPI shows it.

        Raises:
            TooManyCallsError: there are `LIVE` calls already.
        """
        uuid = str(uuids.uuid4())
        return self._add(Call(order.from_number, order.to_number, self._feed, order, uuid))

    def _add(self, call: Call) -> Call:
        if len(self._calls) - len(self._ended) >= self.LIVE:
            raise TooManyCallsError(f"{self.LIVE} calls are on the line; hang some up.")
        self._calls[_key(call.uuid)] = call
        return call

    def get(self, uuid: str) -> Call:
        """The call with this uuid, with or without dashes.

        Raises:
            NoSuchCallError: there is none.
        """
        try:
            return self._calls[_key(uuid)]
        except KeyError:
            raise NoSuchCallError(uuid) from None

    def all(self) -> list[Call]:
        """Every call that is remembered, oldest first."""
        return list(self._calls.values())

    def of(self, number: str) -> list[Call]:
        """Those of the phone with this number."""
        return [call for call in self._calls.values() if call.phone_number == number]

    def live(self) -> list[Call]:
        """The calls that have not ended."""
        return [call for call in self._calls.values() if not call.ended]

    def retire(self, call: Call) -> None:
        """The call ended: take it out of its conversation, and forget the oldest that ended."""
        if call.conversation:
            call.conversation.members.discard(call.uuid)
            call.conversation = None
        self._ended.append(_key(call.uuid))
        while len(self._ended) > self.KEPT:
            del self._calls[self._ended.popleft()]

    def join(self, call: Call, name: str) -> Conversation:
        """Put the call into the named conversation, which keeps its uuid while it is remembered."""
        conversation = self._conversations.pop(name, None) or Conversation(name)
        self._conversations[name] = conversation
        conversation.members.add(call.uuid)
        self._forget_empty()
        return conversation

    def _forget_empty(self) -> None:
        spare = len(self._conversations) - self.CONVERSATIONS
        if spare > 0:
            empty = [c.name for c in self._conversations.values() if not c.members]
            for name in empty[:spare]:
                del self._conversations[name]


def _key(uuid: str) -> str:
    return uuid.replace("-", "").lower()
