"""What the database itself keeps from happening, and what one subscription gives."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from billing.models import CheckoutAttempt, Customer, StripeEvent, Subscription
from rooms.accounts.models import Account
from tests.billing.money import subscribe

pytestmark = pytest.mark.django_db
NOW = timezone.now()
A_DAY = dt.timedelta(days=1)


def refused(make: Any) -> bool:
    try:
        with transaction.atomic():
            make()
    except (IntegrityError, models.ProtectedError):
        return True
    return False


def test_one_checkout_is_open_per_account(account: Account, charlie: Any) -> None:
    def attempt(whose: Account, status: str = "open") -> CheckoutAttempt:
        return CheckoutAttempt.objects.create(
            account=whose, status=status, price_id="price_1", return_url="https://x.example/"
        )

    first = attempt(account)
    assert refused(lambda: attempt(account))
    attempt(account, "expired")
    attempt(charlie.accounts.get())
    first.status = "complete"
    first.save()
    assert attempt(account).key != first.key


def test_one_customer_per_account_and_per_customer_of_stripes(
    account: Account, charlie: Any
) -> None:
    subscribe(account)
    assert refused(lambda: Customer.objects.create(account=account, trial_end=NOW))
    other = charlie.accounts.get()
    stripe_id = f"cus_{account.pk}"
    assert refused(
        lambda: Customer.objects.create(account=other, stripe_id=stripe_id, trial_end=NOW)
    )


def test_money_outlives_nothing_that_it_is_about(account: Account) -> None:
    """An account that has paid is closed, never deleted."""
    one = subscribe(account)
    assert refused(account.delete)
    assert refused(one.customer.delete)


def test_a_customer_made_anew_has_another_key(account: Account) -> None:
    customer = subscribe(account).customer
    before = customer.key
    customer.generation += 1
    assert customer.key != before


def test_an_event_is_kept_once(account: Account) -> None:
    StripeEvent.objects.create(id="evt_1", type="x", livemode=False, body={})
    assert refused(
        lambda: StripeEvent.objects.create(id="evt_1", type="x", livemode=False, body={})
    )


def of(status: str, **fields: Any) -> Subscription:
    usual = {
        "price_id": settings.STRIPE_PRICE_ID,
        "amount": 5000,
        "currency": "usd",
        "interval": "month",
        "current_period_end": NOW + 20 * A_DAY,
        "livemode": False,
        "started_at": NOW - 10 * A_DAY,
    }
    return Subscription(status=status, **{**usual, **fields})


SLACK, GRACE = settings.BILLING_SLACK, settings.BILLING_GRACE
END = NOW + 20 * A_DAY


@pytest.mark.parametrize(
    ("one", "until"),
    [
        (of("active"), END + SLACK),
        (of("trialing"), END + SLACK),
        (of("active", cancel_at_period_end=True), END),
        (of("active", cancel_at=NOW + A_DAY), NOW + A_DAY),
        (of("active", cancel_at=END), END),
        (of("active", cancel_at=NOW + 90 * A_DAY), END + SLACK),
        (of("active", cancel_at=NOW + A_DAY, cancel_at_period_end=True), NOW + A_DAY),
        (of("past_due", past_due_since=NOW), NOW + GRACE),
        (of("past_due", past_due_since=NOW, cancel_at=NOW + A_DAY), NOW + A_DAY),
        (of("past_due"), None),
        (of("unpaid", past_due_since=NOW), NOW),
        (of("canceled", ended_at=NOW), NOW),
        (of("canceled", ended_at=NOW, cancel_at=END), NOW),
        (of("incomplete"), None),
        (of("incomplete", cancel_at=END), None),
        (of("incomplete_expired"), None),
        (of("paused"), None),
        (of("unheard_of"), None),
        (of("active", price_id="price_other"), None),
        (of("active", amount=5001), None),
        (of("active", currency="eur"), None),
        (of("active", interval="year"), None),
        (of("canceled", ended_at=NOW, price_id="price_other"), None),
    ],
    ids=lambda value: f"{value.status}" if isinstance(value, Subscription) else "",
)
def test_until_when_one_lets_host(one: Subscription, until: dt.datetime | None) -> None:
    assert one.hosts_until == until
