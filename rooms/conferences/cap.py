"""The most minutes that an owner allows in a month, and who is let in until it is reached.

The cap is written down as `Account.capped_until`, which the one statement that lets a caller in
reads. What is said to those on the line, and that they are hung up, is the telephony's part: it
asks `running_out`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, Sum

from rooms.accounts.models import Account
from rooms.conferences import usage
from rooms.conferences.months import Month


@dataclass(frozen=True)
class Left:
    """What an account has left of its cap, and how many people are using it up now."""

    account: Account
    seconds: int
    people: int

    @property
    def lasts(self) -> dt.timedelta:
        """How long, if as many people stay on the line."""
        return dt.timedelta(seconds=self.seconds / max(1, self.people))


def left(account: Account, now: dt.datetime) -> int | None:
    """The seconds that are left of the cap this month, below 0 beyond it; None without a cap."""
    if account.minutes_cap is None:
        return None
    used = usage.seconds_used(account, Month.of(account, now), now)
    return account.minutes_cap * 60 - used


@transaction.atomic
def choose(account: Account, minutes: int | None, now: dt.datetime) -> Account:
    """Set the cap, or take it away with None; callers are let in or not from this moment on."""
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    account.minutes_cap = minutes
    remaining = left(account, now)
    reached = remaining is not None and remaining <= 0
    account.capped_until = Month.of(account, now).end if reached else None
    account.save(update_fields=["minutes_cap", "capped_until"])
    return account


def check(account: Account, now: dt.datetime) -> bool:
    """Close the rooms of an account that has reached its cap; True if it has."""
    remaining = left(account, now)
    if remaining is None or remaining > 0:
        return False
    _close(account, now)
    return True


def _close(account: Account, now: dt.datetime) -> None:
    """Until the month is over; unless the cap was changed since `account` was read."""
    end = Month.of(account, now).end
    same = Account.objects.filter(pk=account.pk, minutes_cap=account.minutes_cap)
    same.filter(Q(capped_until=None) | Q(capped_until__lt=end)).update(capped_until=end)


def check_all(now: dt.datetime) -> int:
    """Check every account with a cap and somebody on the line; returns how many reached theirs."""
    return sum(check(account, now) for account, _people in _capped_and_busy())


def running_out(now: dt.datetime, within: dt.timedelta) -> Iterator[Left]:
    """The accounts with somebody on the line whose minutes last no longer than `within`."""
    for account, people in _capped_and_busy():
        remaining = left(account, now)
        if remaining is not None:
            found = Left(account, remaining, people)
            if found.lasts <= within and now + found.lasts < Month.of(account, now).end:
                yield found


def _capped_and_busy() -> list[tuple[Account, int]]:
    """The accounts with a cap and somebody on the line, and how many people these are.

    Minutes of those who wait for a host count too.
    """
    busy = Account.objects.filter(minutes_cap__isnull=False, rooms__open_conference__isnull=False)
    counted = busy.annotate(people=Sum(F("rooms__people_in") + F("rooms__people_waiting")))
    return [(account, account.people) for account in counted]
