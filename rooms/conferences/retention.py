"""How long an account keeps its history: what is older is forgotten, and its minutes stay.

A sweep goes through the accounts that keep theirs for so many days. Conferences that ended before
that, and whatever else is as old, are forgotten in slices, each one transaction: a sweep that is
killed has forgotten whole slices, and the next one goes on. Pages and API show no conference that
is forgotten (Conference.objects.remembered); what was used is read from UsageRecord, which holds
nobody's number or name.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.dispatch import Signal, receiver
from django.utils import timezone

from rooms.accounts.history import Loss, limit, losing
from rooms.accounts.models import Account
from rooms.conferences import recording_files
from rooms.conferences.models import Command, Conference, Participant, Recording

# Sent with `account`, `conference_ids` of those that are being forgotten, and `before`: what is
# older is to be forgotten too, where it belongs to no conference. In the transaction in which they
# are; a receiver forgets MOST_ROWS at once beside them and returns how many, so that it is sent
# again until there is nothing left.
forgetting = Signal()

AT_ONCE = 200  # conferences in a transaction
MOST_ROWS = 500


@receiver(losing, dispatch_uid="history: conferences")
def _loss(account: Account, before: dt.datetime, **_sent: Any) -> Loss:
    old = _old(account, before)
    found = old.aggregate(conferences=Count("pk"), since=Min("started_at"))
    recordings = Recording.objects.kept().filter(conference__in=old.order_by().values("pk"))
    return Loss(found["conferences"], recordings.count(), found["since"])


def sweep(*, until: dt.datetime) -> bool:
    """Forget what is too old until nothing is left or time is up; whether all was forgotten."""
    limited = Account.objects.exclude(history_days=None).order_by("pk")
    return all(_forget_of(account, until) for account in limited)


def _forget_of(account: Account, until: dt.datetime) -> bool:
    before = limit(account.history_days or 0, timezone.now())
    last: Conference | None = None
    while timezone.now() < until:
        found = _next(account, before, last)
        for recording in Recording.objects.kept().filter(conference__in=found):
            recording_files.delete(recording)  # each by itself: it locks its room
        if not _forget(account, found, before):
            return True
        last = found[-1] if found else last
    return False


def _next(account: Account, before: dt.datetime, last: Conference | None) -> list[Conference]:
    """Those that began after `last`, so that one sweep walks over what is forgotten only once."""
    old = _old(account, before)
    if last:
        later = Q(started_at__gt=last.started_at)
        old = old.filter(later | Q(started_at=last.started_at, pk__gt=last.pk))
    return list(old.only("pk", "started_at").order_by("started_at", "pk")[:AT_ONCE])


@transaction.atomic
def _forget(account: Account, conferences: list[Conference], before: dt.datetime) -> bool:
    """Forget these, and others' share of what is as old; False where there was nothing."""
    rows = Conference.objects.remembered().filter(pk__in=[one.pk for one in conferences])
    free = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    ids = list(free.order_by("pk").values_list("pk", flat=True))
    Conference.objects.filter(pk__in=ids).update(forgotten_at=timezone.now())
    Participant.objects.filter(conference__in=ids).update(caller="", name="", invitee=None)
    Command.objects.filter(conference__in=ids).update(text="", by_user=None)
    Recording.objects.filter(conference__in=ids).update(started_by=None)
    facts = {"account": account, "conference_ids": ids, "before": before}
    forgotten = [count for _receiver, count in forgetting.send(Account, **facts)]
    return bool(conferences) or any(forgotten)


def _old(account: Account, before: dt.datetime) -> QuerySet[Conference]:
    kept = Conference.objects.remembered().filter(account=account)
    # The second says nothing new, but is what the index of an account's conferences knows.
    return kept.filter(ended_at__lt=before, started_at__lt=before)
