"""Which number was dialled: read on every call, so remembered in the process for some seconds."""

import time
from dataclasses import dataclass

from rooms.models import PhoneNumber

REMEMBERED = 5.0  # seconds until a change made elsewhere is seen


@dataclass(frozen=True)
class Line:
    """A number of the service. With `room_id` it leads to that room without a code."""

    language: str
    room_id: str | None


_remembered: dict[str, tuple[float, Line | None]] = {}


def find(number: str) -> Line | None:
    """The line of an E.164 number, or None where the number is not in use."""
    now = time.monotonic()
    kept = _remembered.get(number)
    if kept and kept[0] > now:
        return kept[1]
    row = PhoneNumber.objects.filter(number=number, active=True).first()
    line = Line(row.language, row.room_id) if row else None
    if len(_remembered) > 10_000:  # numbers that nobody owns must not fill the memory
        _remembered.clear()
    _remembered[number] = (now + REMEMBERED, line)
    return line


def forget() -> None:
    """For tests: read every number anew."""
    _remembered.clear()


def language(number: str) -> str:
    """The language of a number from memory alone, old or not: the database may be away."""
    _until, line = _remembered.get(number, (0.0, None))
    return line.language if line else "en"
