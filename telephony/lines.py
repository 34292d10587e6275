"""What every call asks first, so it is remembered in the process for some seconds.

That is which number was dialled, and whether any room wants known callers to press 1.
"""

import time
from dataclasses import dataclass

from rooms.models import PhoneNumber, Room
from telephony import voice

REMEMBERED = 5.0  # seconds until a change made elsewhere is seen


@dataclass(frozen=True)
class Line:
    """A number of the service.

    With `room_id` it leads to that room without a code; with `account_id` to the rooms of that
    account alone.
    """

    language: str
    room_id: str | None = None
    account_id: str = ""


_remembered: dict[str, tuple[float, Line | None]] = {}
_known_callers = (0.0, False)


def find(number: str) -> Line | None:
    """The line of an E.164 number, or None where the number is not in use."""
    now = time.monotonic()
    kept = _remembered.get(number)
    if kept and kept[0] > now:
        return kept[1]
    row = PhoneNumber.objects.filter(number=number, active=True).first()
    if len(_remembered) > 10_000:  # numbers that nobody owns must not fill the memory
        _remembered.clear()
    line = _line(row) if row else None
    _remembered[number] = (now + REMEMBERED, line)
    return line


def _line(row: PhoneNumber) -> Line:
    """One of an account with a single room needs no code."""
    if row.room_id or not row.account_id:
        return Line(row.language, row.room_id)
    rooms = list(Room.objects.active().filter(account=row.account_id).order_by()[:2])
    return Line(row.language, rooms[0].pk if len(rooms) == 1 else None, row.account_id)


def any_known_callers() -> bool:
    """Whether there is a room that known callers enter by pressing 1."""
    global _known_callers
    now = time.monotonic()
    if _known_callers[0] <= now:
        wanted = Room.objects.active().filter(known_callers=True).order_by()
        _known_callers = now + REMEMBERED, wanted.exists()
    return _known_callers[1]


def forget() -> None:
    """For tests: read everything anew."""
    global _known_callers
    _remembered.clear()
    _known_callers = 0.0, False


def language(number: str) -> str:
    """The language of a number without the database, which may be away: as remembered, old or not.

    That of the number's country where nothing is.
    """
    _until, line = _remembered.get(number, (0.0, None))
    return line.language if line else voice.of_number(number)
