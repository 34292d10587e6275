"""Access codes: the digits that choose a room.

A code has no leading zero and no two equal neighbours, because carriers mangle both; so there are
9 ** n codes of n digits. The length is the shortest at which a random guess of that many digits
hits a live code with a chance of at most 1 in 100,000, so it grows with the number of rooms.
"""

import datetime as dt
import secrets

from django.db import IntegrityError, transaction
from django.db.models.functions import Length

from rooms.models import AccessCode, Room

GUESSES_PER_HIT = 100_000
SHORTEST = 6  # 9 ** 5 codes would be fewer than one in 100,000 for a single room
LONGEST = 20  # what an NCCO input can gather


class NoCodeFree(RuntimeError):
    """Every try met a code that is taken or in quarantine; with 9 ** 6 codes a sign of a fault."""


def capacity(length: int) -> int:
    """How many live codes of `length` digits there may be."""
    return int(9**length) // GUESSES_PER_HIT


def next_length() -> int:
    """The length of the next code to be given out."""
    for length in range(SHORTEST, LONGEST + 1):
        room_for = capacity(length)
        live = Room.objects.annotate(digits=Length("access_code")).filter(digits=length)
        # The slice keeps the count from reading more rows than decide the question.
        if live.order_by()[:room_for].count() < room_for:
            return length
    raise NoCodeFree


def random_code(length: int) -> str:
    """A code drawn evenly from all that the rules allow."""
    code = ""
    while len(code) < length:
        previous = code[-1] if code else "0"
        code += secrets.choice([digit for digit in "0123456789" if digit != previous])
    return code


def give(room: Room, at: dt.datetime) -> str:
    """Give `room` a new code and retire the one it had; saves `room.access_code`.

    Call it inside a transaction. The ledger's primary key is what makes a code unique, so a
    draw that loses a race is drawn again. Raises NoCodeFree.
    """
    length = next_length()
    for _attempt in range(100):
        code = random_code(length)
        if _take(code, room, at):
            retire(room, at)
            room.access_code = code
            room.save(update_fields=["access_code"])
            return code
    raise NoCodeFree


def _take(code: str, room: Room, at: dt.datetime) -> bool:
    """Whether `code` is now `room`'s: it was never given out, or its quarantine is over."""
    over = AccessCode.objects.filter(code=code, retired_at__lte=at - AccessCode.QUARANTINE)
    if over.update(room=room, retired_at=None, given_at=at):
        return True
    try:
        with transaction.atomic():
            AccessCode.objects.create(code=code, room=room)
    except IntegrityError:
        return False
    return True


def retire(room: Room, at: dt.datetime) -> None:
    """Take the room's code back; nobody gets it for `AccessCode.QUARANTINE`."""
    if room.access_code:
        AccessCode.objects.filter(code=room.access_code).update(retired_at=at)
        room.access_code = None
        room.save(update_fields=["access_code"])
