"""The sandbox and the product, end to end over HTTP: what it tells arrives, and hosting follows."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing import checkout, stripe_gateway
from billing.models import StripeEvent
from billing.sandbox import events, life
from billing.sandbox.models import CheckoutSession, Event, Subscription
from rooms.accounts.models import Account
from tests.billing.test_sandbox_pages import portal_of

pytestmark = pytest.mark.django_db(transaction=True)
A_DAY = dt.timedelta(days=1)


@pytest.fixture
def told(live_server: Any, settings: Any) -> Callable[[], int]:
    """Delivers what is due to the webhook of a server that runs; returns how many were taken."""
    settings.PUBLIC_URL = live_server.url
    stripe_gateway.http_client.cache_clear()

    def deliver() -> int:
        before = StripeEvent.objects.filter(processed_at__isnull=False).count()
        events.deliver_due()
        assert not Event.objects.exclude(delivered_at__isnull=False).exists()
        return StripeEvent.objects.filter(processed_at__isnull=False).count() - before

    return deliver


def days_left(account: Account) -> float:
    account.refresh_from_db()
    return (account.hosting_until - timezone.now()) / A_DAY


def test_each_button_is_seen_by_the_product(
    account: Account, told: Callable[[], int], client: Client
) -> None:
    opened = checkout.start(account, email="alice@example.com", return_url="http://localhost/back")
    session = CheckoutSession.objects.get()
    assert opened.endswith(f"/billing/sandbox/checkout/{session.pk}/")
    client.post(f"/billing/sandbox/checkout/{session.pk}/", {"card": "good"})
    assert told() == 4
    made = Subscription.objects.get()
    portal = portal_of(made)

    def press(action: str) -> float:
        client.post(portal, {"subscription": made.pk, "action": action})
        assert told() > 0
        return days_left(account)

    assert 28 < days_left(account) < 34
    assert 28 < press("month") < 34
    assert 28 < press("cancel_later") <= 31, "an end that was asked for has no slack"
    assert 28 < press("undo") < 34
    assert 6 < press("fail") <= 7
    assert -1 < press("grace") < 0
    assert 20 < press("pay") < 34
    assert press("cancel_now") < 0
    life.sweep()
    assert told() == 0


def test_who_subscribes_comes_to_the_portal_and_not_to_a_second_checkout(
    account: Account, told: Callable[[], int]
) -> None:
    checkout.start(account, email="alice@example.com", return_url="http://localhost/back")
    life.subscribe(CheckoutSession.objects.get())
    again = checkout.start(account, email="alice@example.com", return_url="http://localhost/back")
    assert "/billing/sandbox/portal/" in again, "even before any event was delivered"
    assert CheckoutSession.objects.count() == 1
    told()
    invoice = checkout.invoices(account)[0]
    assert (invoice.status, invoice.total) == ("paid", 5000)


def test_an_event_that_comes_twice_changes_nothing(
    account: Account, told: Callable[[], int]
) -> None:
    checkout.start(account, email="alice@example.com", return_url="http://localhost/back")
    life.subscribe(CheckoutSession.objects.get())
    assert told() == 4
    until = days_left(account)
    Event.objects.update(due_at=timezone.now(), delivered_at=None)
    assert told() == 0
    assert StripeEvent.objects.count() == 4
    assert days_left(account) == pytest.approx(until, abs=0.01)
