"""The plan as the programs of an account are told of it: what a sync changed."""

from functools import partial
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from billing.api import PlanSerializer, plan
from billing.models import Customer
from billing.signals import standing_changed
from billing.subscriptions import Standing
from rooms.accounts.models import Account
from rooms.notices.hooks import events
from rooms.notices.hooks.payloads import Json, shower

SUBSCRIBED = frozenset({"active", "ending", "past_due"})


@receiver(standing_changed, dispatch_uid="hooks.subscriptions")
def _standing_changed(account: Account, before: Standing, after: Standing, **_sent: Any) -> None:
    """What concerns the trial alone is no news of a subscription."""
    was, runs = before.phase in SUBSCRIBED, after.phase in SUBSCRIBED
    if not was and not runs:
        return
    type = f"subscription.{('changed' if was else 'started') if runs else 'ended'}"
    # Each answer of Stripe's is written under its own number, once.
    answers = Customer.objects.filter(account=account).values_list("applied_seq", flat=True)
    answer = answers.first()
    data = partial(_shown, account, after)
    events.record(account.pk, type, f"{type}:{answer}", data)


def _shown(account: Account, standing: Standing) -> Json:
    return shower(PlanSerializer, account.pk)(plan(account, standing, timezone.now()))
