"""A customer whose trial is over, and what is asked of it."""

import datetime as dt
from typing import Any

from django.utils import timezone

from billing.models import Customer
from rooms.accounts.models import Account
from tests.billing.fake_stripe import FakeStripe, Json

A_DAY = dt.timedelta(days=1)


def subscribe(fake: FakeStripe, over: Customer, status: str = "active", **fields: Any) -> Json:
    return fake.subscribe(over.stripe_id or "", status, **fields)


def hosts(account: Account) -> bool:
    account.refresh_from_db()
    return account.may_host(timezone.now())


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
