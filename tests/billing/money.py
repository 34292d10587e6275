"""Accounts that have paid, owe or ended, as rows of the mirror."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone

from billing.models import Customer, Subscription
from billing.subscriptions import standing
from rooms.accounts.models import Account

DAY = dt.timedelta(days=1)


def trial_left(account: Account, left: dt.timedelta) -> None:
    account.hosting_until = timezone.now() + left
    account.save(update_fields=["hosting_until"])


def subscribe(account: Account, **fields: Any) -> Subscription:
    """One more subscription; `fields` say what is unusual about it."""
    now = timezone.now()
    number = Subscription.objects.count()
    customer, _made = Customer.objects.get_or_create(
        account=account,
        defaults={
            "stripe_id": f"cus_{account.pk}",
            "email": "alice@example.com",
            "name": account.name,
            "trial_end": now - 30 * DAY,
        },
    )
    usual = {
        "stripe_id": f"sub_{number}_{account.pk}",
        "status": "active",
        "price_id": settings.STRIPE_PRICE_ID,
        "amount": 5000,
        "currency": "usd",
        "interval": "month",
        "current_period_end": now + 20 * DAY,
        "livemode": False,
        "started_at": now - 10 * DAY,
    }
    made = Subscription.objects.create(customer=customer, **{**usual, **fields})
    account.hosting_until = made.hosts_until or customer.trial_end
    account.save(update_fields=["hosting_until"])
    return made


def unpaid_since(account: Account, since: dt.timedelta) -> Subscription:
    """A renewal failed `since` ago."""
    return subscribe(account, status="past_due", past_due_since=timezone.now() - since)


def ended(account: Account, since: dt.timedelta) -> Subscription:
    return subscribe(account, status="canceled", ended_at=timezone.now() - since)


def where(account: Account) -> Any:
    return standing(account, timezone.now())
