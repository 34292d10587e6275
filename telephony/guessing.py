"""Who may try a code or a PIN now: budgets by number, for hidden numbers, and over all.

    budget = guessing.take(caller, at)     # before the transaction, and before anything is read
    if not budget.open: …                  # nothing is looked up; a right code does not pass either
    …
    guessing.refund(caller, at)            # it was right, or nothing was tried: the same `at`
    guessing.failed(call, caller, …)       # it was wrong, in the transaction that answers

A try is counted before it is looked at, so those who guess at the same time never have more than
the budget. A repeated delivery of a step takes and refunds, so it burns nothing. A process that is
killed in between leaves a try counted, until the hour is over.
"""

import datetime as dt
import math
import time
from dataclasses import dataclass

from rooms import counters
from rooms.accounts.models import BlockedNumber
from rooms.conferences.models import Participant
from rooms.counters import Counter
from telephony.models import WrongCode

HOUR = 3600
MOST_OF_A_NUMBER = 9  # wrong codes and PINs an hour
MOST_OF_HIDDEN = 60  # of all together who hide their number

MOST_TRIES = 3  # in a call
SUSPICIOUS_TRIES = 1  # in a suspicious time, for numbers that were never in a room

# Over all: the failures of an hour against the mean of the hours of a week before it.
TIMES_THE_USUAL = 20
LEAST_USUAL = 5  # an hour; a quiet service is not alarmed by a few typists
WEEK = 7 * 24  # hours
OVER_ALL = Counter("guess:all", HOUR, WEEK + 3)

REMEMBERED = 5.0  # seconds until a block made elsewhere is seen
VERDICT_HOLDS = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Budget:
    """What may be tried now.

    Where it is not `open`, `why` says whose tries are used up: of this "number", or of all "hidden"
    ones together; `until` is when the next may be made. `tries` are those of a call, in all.
    """

    open: bool
    why: str = ""
    until: dt.datetime | None = None
    tries: int = MOST_TRIES

    def minutes(self, at: dt.datetime) -> int:
        """How long to wait, as it is spoken: whole minutes, rounded up, one at least."""
        return max(1, math.ceil((self.until - at).total_seconds() / 60)) if self.until else 0


@dataclass(frozen=True)
class Week:
    """Wrong tries: `lately` in the last hour, `usual` an hour in the week before."""

    lately: float
    usual: float

    @property
    def suspicious(self) -> bool:
        return self.lately > TIMES_THE_USUAL * self.usual


_verdict: tuple[dt.datetime, bool] | None = None
_blocked: tuple[float, frozenset[str]] = (0.0, frozenset())


def take(caller: str, at: dt.datetime) -> Budget:
    """Reserve one try; `caller` is E.164, or "" for a hidden number.

    One round trip to Redis, or one statement where the database counts; now and then a second one
    that looks at the whole. A closed budget reserves nothing.
    """
    counted, most = _of(caller)
    if counters.hit_all([counted, OVER_ALL], at)[0] > most:
        counters.back_all([counted, OVER_ALL], at)
        return Budget(False, "number" if caller else "hidden", counted.ends_at(at))
    return Budget(True, tries=_tries(caller, at))


def refund(caller: str, at: dt.datetime) -> None:
    """Give the try back that was taken with the same `at`."""
    counters.back_all([_of(caller)[0], OVER_ALL], at)


def failed(call: str, caller: str, digits: str, at: dt.datetime, room_id: str = "") -> None:
    """The try was wrong and stays counted.

    `digits` are the code; there are none where it was a PIN, at `room_id`.
    """
    WrongCode.objects.create(
        call=call[:64], caller=caller, digits=digits[:20], room_id=room_id or None, at=at
    )


def blocked(caller: str) -> bool:
    """Whether the number may enter no room at all; the list is read every few seconds."""
    global _blocked
    until, numbers = _blocked
    now = time.monotonic()
    if until <= now:
        rows = BlockedNumber.objects.filter(account=None).values_list("number", flat=True)
        numbers = frozenset(rows.order_by())
        _blocked = now + REMEMBERED, numbers
    return caller in numbers


def week(at: dt.datetime) -> Week:
    """How many tries were wrong, as the counters say it: those of this moment are among them."""
    now, before, *earlier = counters.recent(OVER_ALL, at, WEEK + 2)
    passed = at.timestamp() % HOUR / HOUR
    lately = now + before * (1 - passed)  # of the hour before, what lies in the last 60 minutes
    return Week(lately, max(LEAST_USUAL, sum(earlier) / WEEK))


def suspicious(at: dt.datetime) -> bool:
    """Whether far more is guessed than usual; remembered for a minute."""
    global _verdict
    if _verdict is None or not _verdict[0] <= at < _verdict[0] + VERDICT_HOLDS:
        _verdict = at, week(at).suspicious
    return _verdict[1]


def forget() -> None:
    """For tests: look at everything anew."""
    global _blocked, _verdict
    _blocked, _verdict = (0.0, frozenset()), None


def _of(caller: str) -> tuple[Counter, int]:
    if caller:
        return Counter(f"guess:{caller}", HOUR), MOST_OF_A_NUMBER
    return Counter("guess:hidden", HOUR), MOST_OF_HIDDEN


def _tries(caller: str, at: dt.datetime) -> int:
    if not suspicious(at):
        return MOST_TRIES
    known = bool(caller) and Participant.objects.filter(caller=caller).exists()
    return MOST_TRIES if known else SUSPICIOUS_TRIES
