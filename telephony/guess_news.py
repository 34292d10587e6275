"""Tells that codes are being guessed: the organizers whose codes, and whoever runs the service.

Callers wait for none of this: it looks at wrong codes after the calls, a batch in a transaction.
"""

import datetime as dt
import itertools
import zoneinfo
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _

from rooms import access_codes
from rooms.accounts import blocked
from rooms.accounts.models import Account, BlockedNumber, User
from rooms.models import Room
from rooms.notices import outbox
from rooms.notices.models import Notice
from rooms.phones import masked
from telephony import guessing
from telephony.models import NearGuess, WrongCode

AT_ONCE = 200  # wrong codes in a transaction
MOST_BATCHES = 25  # in a sweep; the next one goes on
MOST_VALUES = 5_000  # in a statement, which databases limit
LATELY = dt.timedelta(hours=24)
ENOUGH = 5  # near guesses; fewer are typists
KEPT = dt.timedelta(days=7)
MOST_SHOWN = 8  # numbers and rooms in a notice


@dataclass(frozen=True)
class Guesser:
    """A number, or "" for hidden ones, and how often it guessed; `last` is its last wrong code."""

    number: str
    times: int
    last: int

    @property
    def masked(self) -> str:
        return masked(self.number)


def sweep(now: dt.datetime) -> int:
    """Compare new wrong codes with those of rooms and tell whom it concerns; returns how many."""
    tell_operator(now)
    seen = 0
    for _batch in range(MOST_BATCHES):
        looked_at = _look(now)
        seen += looked_at
        if looked_at < AT_ONCE:
            break
    return seen


@transaction.atomic
def _look(now: dt.datetime) -> int:
    """Marks and notices are one transaction: told once, whatever is killed when."""
    new = WrongCode.objects.filter(looked_at=False).order_by("id")
    batch = list(new.select_for_update(skip_locked=True)[:AT_ONCE])
    found = [
        NearGuess(wrong=wrong, room_id=room, at=wrong.at)
        for wrong, rooms in _near(batch)
        for room in rooms
    ]
    NearGuess.objects.bulk_create(found, ignore_conflicts=True)
    WrongCode.objects.filter(pk__in=[wrong.pk for wrong in batch]).update(looked_at=True)
    rooms = {near.room_id for near in found}
    for account in Account.objects.filter(rooms__in=rooms).distinct():
        _tell_account(account, now)
    return len(batch)


def _near(batch: Iterable[WrongCode]) -> Iterator[tuple[WrongCode, list[str]]]:
    """Each wrong code, and the ids of the rooms that it was meant for, or nearly would have hit."""
    around = {wrong: variations(wrong.digits) for wrong in batch if not wrong.room_id}
    rooms = _rooms_by_code(set().union(*around.values()))
    for wrong in batch:
        if wrong.room_id:
            yield wrong, [wrong.room_id]
        else:
            yield wrong, sorted(rooms[code] for code in around[wrong] & rooms.keys())


def variations(digits: str) -> set[str]:
    """Codes that differ by one digit, or by two neighbours that changed places; never `digits`."""
    length = len(digits)
    if not access_codes.SHORTEST <= length <= access_codes.LONGEST:
        return set()
    if not (digits.isascii() and digits.isdecimal()):
        return set()
    found = {
        digits[:place] + digit + digits[place + 1 :]
        for place in range(length)
        for digit in "0123456789"
    }
    for place in range(length - 1):
        one, two = digits[place], digits[place + 1]
        found.add(digits[:place] + two + one + digits[place + 2 :])
    return {code for code in found - {digits} if _may_be_given(code)}


def _may_be_given(code: str) -> bool:
    """By the rules of access codes; it spares the database half of the question."""
    return code[0] != "0" and all(one != two for one, two in itertools.pairwise(code))


def _rooms_by_code(codes: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    asked = sorted(codes)
    for first in range(0, len(asked), MOST_VALUES):
        part = asked[first : first + MOST_VALUES]
        rows: Any = Room.objects.active().filter(access_code__in=part).order_by()
        found.update(rows.values_list("access_code", "pk"))
    return found


def near(account: Account, now: dt.datetime) -> "QuerySet[NearGuess]":
    """What was lately guessed near the account's codes, and wrong PINs at its rooms."""
    return NearGuess.objects.filter(room__account=account, at__gt=now - LATELY, at__lte=now)


def guessers(account: Account, now: dt.datetime) -> list[Guesser]:
    """From where that was, the busiest first; hidden numbers are one."""
    times: Tally[str] = Tally()
    last: dict[str, int] = defaultdict(int)
    rows = near(account, now).values_list("wrong__caller", "wrong").distinct()
    for caller, wrong in rows.iterator():
        times[caller] += 1
        last[caller] = max(last[caller], wrong)
    return [Guesser(caller, count, last[caller]) for caller, count in times.most_common()]


def block(account: Account, guess: NearGuess, *, by: User | None) -> BlockedNumber:
    """Block the number that guessed, for the account. Raises ValidationError.

    Pages and API show numbers masked, so they are blocked by the guess.
    """
    if not guess.wrong.caller:
        raise ValidationError(_("The number was withheld, so it cannot be blocked."))
    return blocked.block(account, guess.wrong.caller, note=_("Guessed codes"), by=by)


def _tell_account(account: Account, now: dt.datetime) -> None:
    """Once a day of the account, its members."""
    facts = near(account, now).aggregate(times=Count("wrong", distinct=True), since=Min("at"))
    day = now.astimezone(zoneinfo.ZoneInfo(account.time_zone)).date()
    key = f"{Notice.Kind.GUESSING}:{account.pk}:{day}"
    if facts["times"] < ENOUGH:
        return
    found = guessers(account, now)
    rooms = Room.objects.filter(pk__in=near(account, now).values("room"))
    outbox.record(
        account,
        kind=Notice.Kind.GUESSING,
        key=key,
        template="telephony/notices/guessing.txt",
        context={
            **facts,
            "most": guessing.MOST_OF_A_NUMBER,
            "rooms": list(rooms[:MOST_SHOWN]),
            "shown": [one for one in found if one.number][:MOST_SHOWN],
            "hidden": sum(one.times for one in found if not one.number),
            "more": max(0, sum(bool(one.number) for one in found) - MOST_SHOWN),
        },
        roles=outbox.EVERYBODY,
    )


def tell_operator(now: dt.datetime) -> None:
    """Once a day (UTC), that far more is guessed than usual."""
    found = guessing.week(now)
    if not found.suspicious:
        return
    lately = WrongCode.objects.filter(at__gt=now - dt.timedelta(hours=1), at__lte=now)
    outbox.record_for_operator(
        None,
        key=f"{Notice.Kind.GUESSING}:{now.astimezone(dt.UTC):%F}",
        template="telephony/notices/guessing_operator.txt",
        context={
            "lately": round(found.lately),
            "usual": round(found.usual),
            "numbers": lately.exclude(caller="").values("caller").distinct().count(),
            "hidden": lately.filter(caller="").count(),
        },
    )


def tidy(now: dt.datetime) -> None:
    over = WrongCode.objects.filter(at__lt=now - KEPT)
    NearGuess.objects.filter(wrong__in=over).delete()
    over.delete()
