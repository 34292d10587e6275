"""What is told about money, by e-mail: to the owners and admins, and some of it to the operator.

Most follows from a change that a sync wrote (`standing_changed`), in its transaction. What follows
from time alone, a trial that ends and rooms that close, is found by `sweep`.
"""

import datetime as dt
from typing import Any

from celery import shared_task
from django.dispatch import receiver
from django.utils import timezone

from billing import subscriptions
from billing.banner import TRIAL_TOLD
from billing.signals import standing_changed
from billing.subscriptions import Standing
from rooms.accounts.models import Account
from rooms.notices import outbox
from rooms.notices.models import Notice

Kind = Notice.Kind
TRIAL_TOLD_AGAIN = dt.timedelta(days=1)
# Rooms that closed longer ago than this are not told of any more: a service that was down for
# longer, or that starts with accounts of before, has no news in that.
CLOSED_IS_NEWS = dt.timedelta(days=2)


@receiver(standing_changed, dispatch_uid="billing.notices")
def tell_change(account: Account, before: Standing, after: Standing, **_kwargs: Any) -> None:
    """Inside the transaction of the change, so that what changed once is told once."""
    if after.doubled and not before.doubled:
        tell_doubled(account, after)
    if after.past_due_since and not before.past_due_since:
        tell_payment_failed(account, after)
    if before.past_due_since and after.phase in ("active", "ending"):
        tell_payment_ok(account, before, after)
    if after.phase == "ended" and before.phase != "ended":
        tell_closed(account, after)


def tell_payment_failed(account: Account, standing: Standing) -> None:
    since = standing.past_due_since
    outbox.record(
        account,
        kind=Kind.PAYMENT_FAILED,
        key=f"payment_failed:{account.pk}:{since:%Y-%m-%dT%H:%M}",
        template="billing/notices/payment_failed.txt",
        context={"standing": standing},
    )


def tell_payment_ok(account: Account, before: Standing, after: Standing) -> None:
    since = before.past_due_since
    outbox.record(
        account,
        kind=Kind.PAYMENT_OK,
        key=f"payment_ok:{account.pk}:{since:%Y-%m-%dT%H:%M}",
        template="billing/notices/payment_ok.txt",
        context={"standing": after},
    )


def tell_closed(account: Account, standing: Standing) -> None:
    """Once for each end, whether a sync saw it or the sweep."""
    outbox.record(
        account,
        kind=Kind.SUBSCRIPTION_ENDED,
        key=f"closed:{account.pk}:{standing.hosting_until:%Y-%m-%d}",
        template="billing/notices/closed.txt",
        context={"standing": standing},
    )


def tell_doubled(account: Account, standing: Standing) -> None:
    key = f"doubled:{account.pk}:{timezone.now():%Y-%m-%d}"
    context = {"standing": standing}
    outbox.record(
        account,
        kind=Kind.SUBSCRIPTION_DOUBLED,
        key=key,
        template="billing/notices/doubled.txt",
        context=context,
    )
    outbox.record_for_operator(
        account,
        key=f"operator_{key}",
        template="billing/notices/doubled_operator.txt",
        context=context,
    )


@shared_task(name="billing.notices")
def sweep() -> None:
    now = timezone.now()
    accounts = Account.objects.filter(closed_at=None)
    ending = accounts.filter(hosting_until__gt=now, hosting_until__lte=now + TRIAL_TOLD)
    for account in ending.iterator():
        tell_trial_ending(account, now)
    closed = Account.objects.filter(hosting_until__gt=now - CLOSED_IS_NEWS, hosting_until__lte=now)
    for account in closed.iterator():
        standing = subscriptions.standing(account, now)
        # A renewal that was not told in time is a fault of the line to Stripe, and no end.
        if standing.phase != "active":
            tell_closed(account, standing)


def tell_trial_ending(account: Account, now: dt.datetime) -> None:
    """At 3 days and at 1; whoever has a subscription is told nothing."""
    standing = subscriptions.standing(account, now)
    if standing.phase != "trial":
        return
    left = account.hosting_until - now
    days = 1 if left <= TRIAL_TOLD_AGAIN else 3
    outbox.record(
        account,
        kind=Kind.TRIAL_ENDING,
        key=f"trial_ending:{account.pk}:{account.hosting_until:%Y-%m-%d}:{days}",
        template="billing/notices/trial_ending.txt",
        context={"standing": standing},
    )
