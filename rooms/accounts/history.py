"""For how long an account keeps its history, and what shortening that costs."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.dispatch import Signal
from django.utils import timezone

from rooms.accounts.models import Account

# Sent with `account` and `before`; whoever keeps history answers with the Loss.
losing = Signal()


@dataclass(frozen=True)
class Loss:
    """What would go; `since` is when the oldest of it began."""

    conferences: int = 0
    recordings: int = 0
    since: dt.datetime | None = None


def limit(days: int, now: dt.datetime) -> dt.datetime:
    """What ended before this is not kept."""
    return now - dt.timedelta(days=days)


def loss(account: Account, days: int | None) -> Loss:
    """What the account would forget at once if it kept its history for so many days."""
    if days is None:
        return Loss()
    before = limit(days, timezone.now())
    answers: Any = losing.send(Account, account=account, before=before)
    return next((found for _receiver, found in answers), Loss())
