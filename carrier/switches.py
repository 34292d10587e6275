"""Switches that spoil what the carrier does, as networks and carriers do."""

import random
from dataclasses import asdict, dataclass, field, replace
from typing import Any

LABELS = (
    frozenset({"started", "ringing", "answered", "human", "machine", "transfer", "error"})
    | frozenset({"completed", "rejected", "cancelled", "busy", "timeout", "unanswered", "failed"})
    | frozenset({"submitted", "delivered", "undeliverable"})  # receipts of messages
    | frozenset({"input", "record", "message"})  # keys of a conference, recordings, SMS to us
)
ENDS = ("delivered", "submitted", "rejected", "undeliverable")  # of a message


class BadSwitchError(ValueError):
    """A switch was given a value it cannot have; the text names it and what it takes."""


@dataclass(frozen=True)
class Switches:
    """How webhooks are delivered, and what becomes of calls placed and messages sent.

    All off: in order, once, at once. `late_ms` holds each event back; `twice` delivers events,
    answers and inputs a second time with the same body; `shuffled` gathers a call's events for
    `shuffle_window_ms` and sends them in another order; `lost` is the probability that an event is
    never sent, or the list of statuses that never are.

    `calls_per_second` is how many POST /v1/calls are taken in a second, 0 being any number, and
    `requests_per_second` the same for all that is asked of calls and files besides;
    `fail_create` answers them with 500 and places nothing; `drop_create` places the call and drops
    the connection. `messages` is the last receipt that a message gets. Without `async_digits` keys
    inside a conversation are told to nobody, as by a carrier that does not know how.
    """

    late_ms: int = 0
    twice: bool = False
    shuffled: bool = False
    shuffle_window_ms: int = 500
    lost: float | list[str] = field(default=0.0)
    calls_per_second: int = 3  # Vonage support, "How many calls can I create per second?"
    requests_per_second: int = 15  # the same article
    fail_create: bool = False
    drop_create: bool = False
    messages: str = "delivered"
    async_digits: bool = True

    def view(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    def loses(self, label: str) -> bool:
        """Whether this event is to be lost."""
        if isinstance(self.lost, list):
            return label in self.lost
        return random.random() < self.lost  # noqa: S311 (chance, not a secret)

    def changed(self, wishes: object) -> "Switches":
        """These switches with some set anew.

        Raises:
            BadSwitchError: a name or a value makes no sense; nothing is changed then.
        """
        if not isinstance(wishes, dict):
            raise BadSwitchError('Send a JSON object such as {"twice": true}.')
        for name, value in wishes.items():
            if name not in CHECKS:
                raise BadSwitchError(f"There is no switch {name!r}; there are {', '.join(CHECKS)}.")
            CHECKS[name](name, value)
        return replace(self, **wishes)


def _milliseconds(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 60_000:
        raise BadSwitchError(f"{name} takes whole milliseconds from 0 to 60000.")


def _count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        raise BadSwitchError(f"{name} takes a whole number from 0 (no limit) to 1000.")


def _truth(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise BadSwitchError(f"{name} takes true or false.")


def _lost(name: str, value: object) -> None:
    if isinstance(value, list):
        if all(isinstance(word, str) and word in LABELS for word in value):
            return
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return
    words = ", ".join(sorted(LABELS))
    raise BadSwitchError(f"{name} takes a probability from 0 to 1, or a list out of: {words}.")


def _end(name: str, value: object) -> None:
    if not isinstance(value, str) or value not in ENDS:
        raise BadSwitchError(f"{name} takes one of: {', '.join(ENDS)}.")


CHECKS = {
    "late_ms": _milliseconds,
    "twice": _truth,
    "shuffled": _truth,
    "shuffle_window_ms": _milliseconds,
    "lost": _lost,
    "calls_per_second": _count,
    "requests_per_second": _count,
    "fail_create": _truth,
    "drop_create": _truth,
    "messages": _end,
    "async_digits": _truth,
}
