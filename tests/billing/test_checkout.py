"""Subscribing: one customer, one open page, nothing granted by an address, no second payment."""

import datetime as dt
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.test import Client
from django.utils import timezone

from billing import checkout, stripe_gateway
from billing.models import CheckoutAttempt, Customer, Subscription
from billing.sandbox import models as sandbox
from billing.stripe_gateway import BillingError
from rooms.accounts.models import Account, User
from tests.at_once import at_once
from tests.billing.fake_stripe import FakeStripe, Json

pytestmark = pytest.mark.django_db
BACK = "https://anyroom.example/billing/return/"


def start(account: Account, email: str = "alice@example.com", back: str = BACK) -> str:
    return checkout.start(account, email=email, return_url=back)


def open_attempts(account: Account) -> int:
    return CheckoutAttempt.objects.filter(account=account, status="open").count()


def test_it_leads_to_a_page_of_stripes_for_this_account(fake: FakeStripe, account: Account) -> None:
    assert start(account).startswith("https://checkout.stripe.com/c/cs_test_")
    (made,) = fake.sent("post", "/v1/checkout/sessions")
    assert made["mode"] == "subscription"
    assert made["customer"] == Customer.objects.get().stripe_id
    assert made["client_reference_id"] == account.pk
    assert made["success_url"] == BACK + "?session_id={CHECKOUT_SESSION_ID}"
    assert made["line_items[0][price]"] == settings.STRIPE_PRICE_ID
    (customer,) = fake.sent("post", "/v1/customers")
    assert customer["email"] == "alice@example.com"
    assert customer["metadata[account]"] == account.pk


def test_a_query_in_the_return_address_is_kept(fake: FakeStripe, account: Account) -> None:
    start(account, back=BACK + "?from=banner")
    (made,) = fake.sent("post", "/v1/checkout/sessions")
    assert made["success_url"] == BACK + "?from=banner&session_id={CHECKOUT_SESSION_ID}"


def test_opening_it_does_not_grant_anything(fake: FakeStripe, account: Account) -> None:
    before = account.hosting_until
    start(account)
    account.refresh_from_db()
    assert account.hosting_until == before


def test_asking_again_leads_to_the_same_page(fake: FakeStripe, account: Account) -> None:
    assert start(account) == start(account, "bob@example.com", BACK + "other/")
    assert len(fake.customers) == len(fake.sessions) == 1


def test_a_page_that_has_expired_is_replaced(fake: FakeStripe, account: Account) -> None:
    first = start(account)
    fake.sessions[CheckoutAttempt.objects.get().session_id or ""].update(status="expired", url=None)
    assert start(account) != first
    assert open_attempts(account) == 1
    assert len(fake.customers) == 1


def test_an_attempt_that_stripe_never_answered_uses_its_key_again(
    fake: FakeStripe, account: Account
) -> None:
    """The answer was lost, but the page was made: the repeat gets the same one."""
    start(account)
    CheckoutAttempt.objects.update(session_id=None, url="")
    Customer.objects.update(stripe_id=None)
    start(account, "bob@example.com", BACK + "other/")
    assert len(fake.customers) == len(fake.sessions) == 1


def test_an_attempt_of_yesterday_is_given_up(fake: FakeStripe, account: Account) -> None:
    start(account)
    old = timezone.now() - dt.timedelta(hours=24)
    CheckoutAttempt.objects.update(session_id=None, created_at=old)
    start(account)
    assert len(fake.sessions) == 2
    assert open_attempts(account) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_customer_and_one_page(fake: FakeStripe, account: Account) -> None:
    fake.pause = 0.1

    def attempt(number: int) -> str:
        try:
            return start(account, f"p{number}@example.com", f"{BACK}{number}/")
        except BillingError as error:
            return "for good" if error.permanent else ""

    found = at_once(*[lambda n=n: attempt(n) for n in range(20)])
    assert len(found) == 20
    assert len(fake.customers) == len(fake.sessions) == 1
    assert open_attempts(account) == CheckoutAttempt.objects.count() == 1
    assert len(set(found) - {""}) == 1
    assert start(account) in found


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once_leave_one_customer_and_one_page_in_the_sandbox(
    account: Account, alice: User
) -> None:
    def post() -> str:
        client = Client()
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        answer: Any = client.post("/billing/checkout/")
        assert answer.status_code == 302
        return str(answer.url)

    addresses = at_once(*[post] * 20)
    assert len(addresses) == 20
    assert sandbox.Customer.objects.count() == 1
    assert sandbox.CheckoutSession.objects.filter(status="open").count() == 1
    assert open_attempts(account) == 1
    assert CheckoutAttempt.objects.get().url in addresses


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "unpaid", "paused"])
def test_a_subscriber_gets_the_portal_instead(
    fake: FakeStripe, account: Account, customer: Customer, status: str
) -> None:
    """Also one whom we have not heard of yet."""
    fake.subscribe(customer.stripe_id or "", status)
    assert start(account).startswith("https://billing.stripe.com/")
    assert len(fake.sessions) == 1


@pytest.mark.parametrize("status", ["canceled", "incomplete", "incomplete_expired"])
def test_who_pays_nothing_may_subscribe(
    fake: FakeStripe, account: Account, customer: Customer, status: str
) -> None:
    fake.subscribe(customer.stripe_id or "", status)
    assert start(account).startswith("https://checkout.stripe.com/")


def test_who_has_cancelled_resumes_in_the_portal(
    fake: FakeStripe, account: Account, customer: Customer
) -> None:
    fake.subscribe(customer.stripe_id or "", cancel_at=int(timezone.now().timestamp()) + 3600)
    assert start(account).startswith("https://billing.stripe.com/")


def test_who_paid_a_moment_ago_gets_the_portal(
    fake: FakeStripe, account: Account, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our asking for the subscriptions and our asking for the page."""
    session_id = CheckoutAttempt.objects.get().session_id or ""
    real = stripe_gateway.session

    def pays_meanwhile(pk: str) -> Any:
        if not fake.subscriptions:
            fake.pay(session_id)
        return real(pk)

    monkeypatch.setattr(stripe_gateway, "session", pays_meanwhile)
    assert start(account).startswith("https://billing.stripe.com/")
    assert CheckoutAttempt.objects.get().status == "complete"
    assert Subscription.objects.get().status == "active"


def test_a_customer_that_was_deleted_at_stripe_is_made_anew(
    fake: FakeStripe, account: Account, customer: Customer
) -> None:
    fake.customers[customer.stripe_id or ""]["deleted"] = True
    fake.sessions.clear()
    assert start(account).startswith("https://checkout.stripe.com/")
    assert Customer.objects.get().stripe_id != customer.stripe_id
    assert len(fake.customers) == 2
    assert open_attempts(account) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_amount": 4999},
        {"unit_amount": 5001},
        {"currency": "eur"},
        {"active": False},
        {"recurring": None},
        {"recurring": {"interval": "year", "interval_count": 1}},
        {"recurring": {"interval": "month", "interval_count": 2}},
    ],
    ids=str,
)
def test_another_price_is_never_sold(fake: FakeStripe, account: Account, wrong: Json) -> None:
    fake.price.update(wrong)
    with pytest.raises(BillingError) as raised:
        start(account)
    assert raised.value.permanent
    assert not fake.sessions


def test_an_account_that_is_closed_does_not_subscribe(fake: FakeStripe, account: Account) -> None:
    account.closed_at = timezone.now()
    with pytest.raises(BillingError, match="closed"):
        start(account)
    assert not fake.requests


def test_stripe_not_answering_is_told_and_can_be_tried_again(
    fake: FakeStripe, account: Account
) -> None:
    def trouble(_method: str, _path: str) -> None:
        raise stripe.APIConnectionError("Read timed out", should_retry=True)

    fake.trouble = trouble
    with pytest.raises(BillingError, match="does not answer") as raised:
        start(account)
    assert not raised.value.permanent
    assert len(fake.requests) == 3  # tried, and tried again twice
    fake.trouble = None
    assert start(account).startswith("https://checkout.stripe.com/")
    assert len(fake.customers) == 1


def test_a_refusal_lets_the_next_attempt_start_anew(fake: FakeStripe, account: Account) -> None:
    refusal = {"error": {"type": "invalid_request_error", "message": "No such price"}}
    fake.trouble = lambda _method, path: (400, refusal) if "sessions" in path else None
    with pytest.raises(BillingError) as raised:
        start(account)
    assert raised.value.permanent
    assert "No such price" not in str(raised.value)
    assert CheckoutAttempt.objects.get().status == "failed"
    fake.trouble = None
    start(account)
    keys = {attempt.key for attempt in CheckoutAttempt.objects.all()}
    assert len(keys) == 2
