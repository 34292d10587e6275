"""Switches that spoil the delivery of webhooks, as networks do."""

import random
from dataclasses import asdict, dataclass, field, replace
from typing import Any

LABELS = frozenset({"started", "ringing", "answered", "transfer", "error"}) | frozenset(
    {"completed", "rejected", "cancelled"}
)


class BadSwitchError(ValueError):
    """A switch was given a value it cannot have; the text names it and what it takes."""


@dataclass(frozen=True)
class Switches:
    """How webhooks are delivered. All off: in order, once, at once.

    `late_ms` holds each event back; `twice` delivers events, answers and inputs a second time with
    the same body; `shuffled` gathers a call's events for `shuffle_window_ms` and sends them in
    another order; `lost` is the probability that an event is never sent, or the list of statuses
    that never are.
    """

    late_ms: int = 0
    twice: bool = False
    shuffled: bool = False
    shuffle_window_ms: int = 500
    lost: float | list[str] = field(default=0.0)

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


def _whole(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 60_000:
        raise BadSwitchError(f"{name} takes whole milliseconds from 0 to 60000.")


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


CHECKS = {
    "late_ms": _whole,
    "twice": _truth,
    "shuffled": _truth,
    "shuffle_window_ms": _whole,
    "lost": _lost,
}
