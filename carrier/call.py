"""A call: one phone connection, what is heard of it, and its exchange with the product."""

import asyncio
import uuid as uuids
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from carrier.create_call import CreateCall
from carrier.feed import Feed
from carrier.keypad import Keypad

if TYPE_CHECKING:
    from carrier.conversations import Conversation

Entry = dict[str, Any]


@dataclass(frozen=True)
class KeysGoTo:
    """Where each key is told from now on: what an asynchronous input asks for."""

    url: str
    method: str


@dataclass(frozen=True)
class App:
    """What calls in a browser or on a telephone, for one of the application's users.

    `custom_data` is what it sends along: whatever it likes.
    """

    user: str
    custom_data: dict[str, object]


@dataclass(eq=False)
class Call:
    """One phone connection. Numbers are digit strings without "+", or a word such as anonymous.

    A call that the product placed knows what it asked for; one that a phone made does not, and one
    that an app made has no number it comes from.
    """

    from_number: str
    to_number: str
    feed: Feed
    order: CreateCall | None = None
    uuid: str = field(default_factory=lambda: uuids.uuid4().hex)
    app: App | None = None
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
    conversation: "Conversation | None" = None
    joined: str | None = None  # the conversation it entered, also when the call is over
    ends_others: bool = False  # it entered with endOnExit
    muted: bool = False
    earmuffed: bool = False
    keys_go_to: KeysGoTo | None = None
    keyed_at: datetime | None = None  # when its last key was told
    # What is played into it, talk or stream, until it has been heard or is stopped.
    playing: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    ncco: list[dict[str, Any]] | None = None
    inputs: int = 0
    waiting_for_input: bool = False
    keypad: Keypad = field(default_factory=Keypad)
    # Bounded: a script that loops for ever must not fill the memory.
    heard: deque[str] = field(default_factory=lambda: deque(maxlen=500))
    exchange: deque[Entry] = field(default_factory=lambda: deque(maxlen=500))
    task: asyncio.Task[None] | None = None
    until: float | None = None  # when it must end, in the loop's time; known once it is answered
    version: int = 0  # grows with every change, so that a late look is not taken for a new one
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
    def waiting(self) -> bool:
        """Whether it is in a conversation that has not started."""
        return self.conversation is not None and not self.conversation.started

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
        self.version += 1
        if self.feed.followed:
            self.feed.tell("call", call=self.view())

    def record(self, kind: str, **facts: object) -> Entry:
        """Add an entry to the exchange. `kind`: webhook, action, control, keys or note."""
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
            "version": self.version,
            "from": self.app.user if self.app else self.from_number,
            "to": self.to_number,
            "direction": self.direction,
            "status": self.status,
            "heard": list(self.heard),
            "conversation": self.conversation.name if self.conversation else None,
            "conversation_uuid": self.conversation_uuid,
            "joined": self.joined,
            "waiting": self.waiting,
            "recording": self.conversation is not None and self.conversation.recording is not None,
            "muted": self.muted,
            "earmuffed": self.earmuffed,
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
