"""What of the outbox is forgotten: what notices said, once an account's history is too old for it.

That one was sent, by which channel and when, stays, since its key keeps it from being sent again.
The site's own mail belongs to no account's history; it is kept for some weeks.
"""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from rooms.accounts.models import Account
from rooms.conferences.retention import MOST_ROWS, forgetting
from rooms.notices.models import Notice

Kind, Status = Notice.Kind, Notice.Status
# What tells of people who called; money, minutes and the service are not history.
OF_CALLERS = (Kind.PRESENCE, Kind.REPORT, Kind.WAITING, Kind.MISSED, Kind.GUESSING)
LETTERS_KEPT = dt.timedelta(days=30)


@receiver(forgetting, dispatch_uid="forgetting: notices")
def _forget(account: Account, before: dt.datetime, **_sent: Any) -> int:
    of_invitees = Q(kind__in=Notice.FOR_INVITEES) & ~Q(address="")
    of_callers = Q(kind__in=OF_CALLERS) & ~Q(text="", facts={})
    old = Notice.objects.filter(of_invitees | of_callers, account=account, created_at__lt=before)
    settled = old.exclude(status__in=(Status.PENDING, Status.SENDING))
    found = list(settled.order_by().values_list("pk", "kind")[:MOST_ROWS])
    for kind in {kind for _pk, kind in found}:
        rows = Notice.objects.filter(pk__in=[pk for pk, of_kind in found if of_kind == kind])
        blank = {"address": ""} if kind in Notice.FOR_INVITEES else {}
        rows.update(subject=Kind(kind).label, text="", facts={}, error="", **blank)
    return len(found)


def tidy(now: dt.datetime) -> int:
    """Delete old mail of the site, such as links to log in; returns how many."""
    letters = Notice.objects.filter(kind=Kind.LETTER, created_at__lt=now - LETTERS_KEPT)
    return letters.exclude(status__in=(Status.PENDING, Status.SENDING)).delete()[0]
