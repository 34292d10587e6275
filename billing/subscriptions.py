"""What an account has paid for: read from the mirror, and the one function that writes it.

`sync_account()` asks Stripe and writes what it says; webhooks, the return page, and the hourly
reconciliation all call it and nothing else, so it does not matter in what order they come, how
often, or whether one is lost. No lock is held while Stripe is asked.
"""

import datetime as dt
import logging
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from billing import stripe_gateway
from billing.models import Customer, Subscription
from billing.remote import RemoteSubscription
from billing.signals import standing_changed
from rooms.accounts.models import Account

log = logging.getLogger(__name__)

Phase = Literal["trial", "active", "ending", "past_due", "ended", "none"]


@dataclass(frozen=True)
class Standing:
    """Where an account stands at a moment. `hosting_until` alone decides whether it may host.

    trial     nothing was paid yet, and nothing needs to be
    active    paid, and renewing at `renews_at`
    ending    paid, and cancelled: it ends at `cancels_at`
    past_due  the renewal was not paid; hosting goes on until `grace_until`
    ended     there was a subscription
    none      there never was one, and the trial is over
    """

    phase: Phase
    hosting_until: dt.datetime
    trial_days_left: int = 0
    renews_at: dt.datetime | None = None
    cancels_at: dt.datetime | None = None
    past_due_since: dt.datetime | None = None
    grace_until: dt.datetime | None = None
    doubled: bool = False


def standing(account: Account, at: dt.datetime) -> Standing:
    """From the mirror alone. `hosting_until` is what telephony goes by."""
    customer = Customer.objects.filter(account=account).first()
    if customer is None:
        return _standing(account.hosting_until, [], at)
    told = _standing(customer.trial_end, customer.subscriptions.all(), at)
    return replace(told, hosting_until=account.hosting_until)


def live(account: Account) -> "list[Subscription]":
    """The account's subscriptions that run, paid or not; more than one is one too many."""
    found = Subscription.objects.filter(customer__account=account)
    return [one for one in found if one.is_live]


def sync_account(account: Account) -> Standing:
    """Make the mirror what Stripe says now; returns where the account stands then.

    Raises BillingError where Stripe does not answer; nothing is changed then.
    """
    customer = Customer.objects.filter(account=account).first()
    if customer is None or not customer.stripe_id:
        return standing(account, timezone.now())
    ticket = _take_ticket(customer)
    return _apply(customer, ticket, stripe_gateway.subscriptions(customer.stripe_id))


def _take_ticket(customer: Customer) -> int:
    """The next number, committed before Stripe is asked.

    `durable` fails where a transaction is open: it would hold its locks while Stripe is asked.
    """
    with transaction.atomic(durable=True):
        locked = Customer.objects.select_for_update().get(pk=customer.pk)
        locked.sync_seq += 1
        locked.save(update_fields=["sync_seq"])
    return locked.sync_seq


@transaction.atomic
def _apply(customer: Customer, ticket: int, told: list[RemoteSubscription]) -> Standing:
    """Write what Stripe told, unless it was asked again since and that answer is written."""
    now = timezone.now()
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    account = Account.objects.get(pk=customer.account_id)
    if customer.applied_seq > ticket:
        return standing(account, now)
    told_at = customer.applied_at or customer.created_at
    before = _standing(customer.trial_end, customer.subscriptions.all(), told_at)
    _mirror(customer, told)
    after = _standing(customer.trial_end, customer.subscriptions.all(), now)
    Account.objects.filter(pk=account.pk).update(hosting_until=after.hosting_until)
    customer.applied_seq, customer.applied_at = ticket, now
    customer.save(update_fields=["applied_seq", "applied_at"])
    if replace(before, trial_days_left=0) != replace(after, trial_days_left=0):
        log.info("account %s: %s, hosts until %s", account.pk, after.phase, after.hosting_until)
        account.hosting_until = after.hosting_until
        standing_changed.send(Account, account=account, before=before, after=after)
    return after


@transaction.atomic
def renew_trial(account: Account, until: dt.datetime) -> None:
    """Give the trial again, as the demo account has it at each start; what is paid stays."""
    customer = Customer.objects.select_for_update().filter(account=account).first()
    if customer:
        customer.trial_end = until
        customer.save(update_fields=["trial_end"])
        until = _standing(until, customer.subscriptions.all(), timezone.now()).hosting_until
    Account.objects.filter(pk=account.pk).update(hosting_until=until)


def _mirror(customer: Customer, told: list[RemoteSubscription]) -> None:
    """Stripe lists those that ended too, so what it no longer lists is gone there."""
    customer.subscriptions.exclude(stripe_id__in=[one.stripe_id for one in told]).delete()
    for one in told:
        fields = asdict(one)
        Subscription.objects.update_or_create(
            stripe_id=fields.pop("stripe_id"), defaults={**fields, "customer": customer}
        )


def _standing(trial_end: dt.datetime, found: Iterable[Subscription], at: dt.datetime) -> Standing:
    """Where an account with this trial and these subscriptions stands.

    Who has paid has no trial to go back to, unless it was given after all that was paid for.
    """
    paid = [(one.hosts_until, one) for one in found if one.hosts_until]
    paid_until = max((until for until, _one in paid), default=None)
    trial_begin = trial_end - dt.timedelta(days=settings.TRIAL_DAYS)
    on_trial = paid_until is None or paid_until <= trial_begin
    hosting_until = trial_end if on_trial or paid_until is None else paid_until
    running = [(until, one) for until, one in paid if one.may_host]
    if running:
        _until, best = max(running, key=lambda pair: pair[0])
        return Standing(
            phase=_phase(best, at),
            hosting_until=hosting_until,
            renews_at=None if best.cancels_at else best.current_period_end,
            cancels_at=best.cancels_at,
            past_due_since=best.past_due_since,
            grace_until=best.grace_until,
            doubled=len(running) > 1,
        )
    if on_trial and trial_end > at:
        days = math.ceil((trial_end - at) / dt.timedelta(days=1))
        return Standing("trial", hosting_until, trial_days_left=days)
    return Standing("ended" if paid else "none", hosting_until)


def _phase(one: Subscription, at: dt.datetime) -> Phase:
    if one.cancels_at and one.cancels_at <= at:
        return "ended"
    if one.status == "past_due":
        return "past_due"
    return "ending" if one.cancels_at else "active"


def reconcile(until: dt.datetime) -> tuple[int, int]:
    """Sync every customer, the one that waits longest first; returns how many, and how many failed.

    What is left when time is up comes first next time.
    """
    synced = failed = 0
    longest_first = F("applied_at").asc(nulls_first=True)
    waiting = Customer.objects.exclude(stripe_id=None).select_related("account")
    for customer in waiting.order_by(longest_first, "pk"):
        if timezone.now() >= until:
            log.warning("reconciliation ran out of time after %d customers", synced + failed)
            break
        try:
            sync_account(customer.account)
            synced += 1
        except Exception as error:  # one account's fault must not stop the others
            log.warning("account %s could not be reconciled: %s", customer.account_id, error)
            failed += 1
    return synced, failed
