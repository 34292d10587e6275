"""Coming back from the page to pay on, in any order with the webhook; the portal; invoices."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from billing import checkout, subscriptions
from billing.models import CheckoutAttempt, Customer
from billing.stripe_gateway import BillingError
from rooms.accounts.models import Account
from tests.billing.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db
BACK = "https://anyroom.example/billing/return/"


def start(account: Account, email: str = "alice@example.com", back: str = BACK) -> str:
    return checkout.start(account, email=email, return_url=back)


@pytest.fixture
def session_id(customer: Customer) -> str:
    return CheckoutAttempt.objects.get().session_id or ""


@pytest.mark.parametrize("webhook", ["before", "after", "never"])
def test_coming_back_and_the_webhook_in_any_order(
    fake: FakeStripe, account: Account, session_id: str, webhook: str
) -> None:
    fake.pay(session_id)
    if webhook == "before":
        subscriptions.sync_account(account)
    standing = checkout.returned(account, session_id)
    if webhook == "after":
        standing = subscriptions.sync_account(account)
    assert standing.phase == "active"
    account.refresh_from_db()
    assert account.hosting_until == standing.hosting_until
    assert account.hosting_until > timezone.now() + dt.timedelta(days=29)
    assert CheckoutAttempt.objects.get().status == "complete"


def test_never_coming_back_is_fine(fake: FakeStripe, account: Account, session_id: str) -> None:
    fake.pay(session_id)
    subscriptions.reconcile(timezone.now() + dt.timedelta(minutes=1))
    account.refresh_from_db()
    assert account.hosting_until > timezone.now() + dt.timedelta(days=29)


def test_coming_back_without_having_paid_grants_nothing(
    fake: FakeStripe, account: Account, session_id: str
) -> None:
    before = account.hosting_until
    assert checkout.returned(account, session_id).phase == "trial"
    account.refresh_from_db()
    assert account.hosting_until == before


def test_the_session_of_another_account_grants_nothing(
    fake: FakeStripe, account: Account, session_id: str, charlie: Any
) -> None:
    other = charlie.accounts.get()
    start(other)
    fake.pay(session_id)
    asked = len(fake.sent("get", "/v1/subscriptions"))
    with pytest.raises(BillingError, match="another account"):
        checkout.returned(other, session_id)
    assert len(fake.sent("get", "/v1/subscriptions")) == asked
    other.refresh_from_db()
    assert other.hosting_until < timezone.now() + dt.timedelta(days=15)


@pytest.mark.parametrize("text", ["", "cs_test_none", "../subscriptions", "cs_1/expire", "x" * 400])
def test_an_address_that_was_made_up_grants_nothing(
    fake: FakeStripe, account: Account, customer: Customer, text: str
) -> None:
    with pytest.raises(BillingError) as raised:
        checkout.returned(account, text)
    assert raised.value.permanent


def test_who_never_subscribed_comes_back_from_nowhere(fake: FakeStripe, account: Account) -> None:
    with pytest.raises(BillingError):
        checkout.returned(account, "cs_test_1")
    assert not fake.requests


# The portal and the invoices


def test_the_portal_leads_back(fake: FakeStripe, account: Account, customer: Customer) -> None:
    found = checkout.portal(account, return_url=BACK)
    assert found.startswith("https://billing.stripe.com/")
    (made,) = fake.sent("post", "/v1/billing_portal/sessions")
    assert made == {"customer": customer.stripe_id, "return_url": BACK}


def test_there_is_no_portal_before_a_customer(fake: FakeStripe, account: Account) -> None:
    with pytest.raises(BillingError, match="no subscription yet") as raised:
        checkout.portal(account, return_url=BACK)
    assert raised.value.permanent


def test_invoices_are_told_without_drafts(
    fake: FakeStripe, account: Account, customer: Customer
) -> None:
    one = fake.subscribe(customer.stripe_id or "")
    paid = fake.invoice(one, "paid")
    fake.invoice(one, "draft")
    (found,) = checkout.invoices(account)
    assert (found.id, found.status, found.total) == (paid["id"], "paid", 5000)
    assert found.pdf == paid["invoice_pdf"]


def test_who_never_subscribed_has_no_invoices(fake: FakeStripe, account: Account) -> None:
    assert checkout.invoices(account) == []
    assert not fake.requests
