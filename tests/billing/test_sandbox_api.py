"""The sandbox through the real SDK: what it answers, refuses and repeats."""

from typing import Any

import pytest
import stripe
from django.conf import settings

from billing import stripe_gateway
from billing.sandbox import life
from billing.sandbox.client import SandboxHTTPClient
from billing.sandbox.models import CheckoutSession, Customer, Invoice, Subscription
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


def client(key: str = "", version: str = stripe_gateway.API_VERSION) -> stripe.StripeClient:
    return stripe.StripeClient(
        key or settings.STRIPE_SECRET_KEY,
        stripe_version=version,
        max_network_retries=0,
        http_client=SandboxHTTPClient(),
    )


def customer(key: str = "", email: str = "alice@example.com") -> stripe.Customer:
    options: Any = {"idempotency_key": key} if key else {}
    return client().v1.customers.create({"email": email, "metadata": {"account": "ac_1"}}, options)


def session(of: str) -> stripe.checkout.Session:
    return client().v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": of,
            "line_items": [{"price": settings.STRIPE_PRICE_ID, "quantity": 1}],
            "success_url": "http://localhost/back?session_id={CHECKOUT_SESSION_ID}",
            "subscription_data": {"metadata": {"account": "ac_1"}},
        }
    )


def subscribed() -> Subscription:
    made = session(customer().id)
    done = life.subscribe(CheckoutSession.objects.get(pk=made.id))
    assert done.subscription
    return done.subscription


def test_a_customer_is_made_read_and_changed() -> None:
    made = customer()
    client().v1.customers.update(made.id, {"name": "Acme", "metadata": {"plan": "one"}})
    read = client().v1.customers.retrieve(made.id)
    assert (read.email, read.name) == ("alice@example.com", "Acme")
    assert read.metadata
    assert read.metadata.to_dict() == {"account": "ac_1", "plan": "one"}


def test_a_session_knows_its_subscription_only_once_it_is_paid() -> None:
    made = session(customer().id)
    assert (made.status, made.payment_status, made.subscription) == ("open", "unpaid", None)
    assert made.url == f"{settings.PUBLIC_URL}/billing/sandbox/checkout/{made.id}/"
    assert client().v1.subscriptions.list({"status": "all"}).data == []
    life.subscribe(CheckoutSession.objects.get(pk=made.id))
    done = client().v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription", "invoice"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert isinstance(done.subscription, stripe.Subscription)
    assert done.subscription.status == "active"
    assert done.subscription.metadata.to_dict() == {"account": "ac_1"}
    assert isinstance(done.invoice, stripe.Invoice)
    assert (done.invoice.status, done.invoice.amount_paid) == ("paid", 5000)


def test_a_session_is_paid_once() -> None:
    made = CheckoutSession.objects.get(pk=session(customer().id).id)
    assert life.subscribe(made).subscription_id == life.subscribe(made).subscription_id
    assert (Subscription.objects.count(), Invoice.objects.count()) == (1, 1)


def test_only_an_open_session_expires() -> None:
    made = session(customer().id)
    expired = client().v1.checkout.sessions.expire(made.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        client().v1.checkout.sessions.expire(made.id)
    found = client().v1.checkout.sessions.list({"status": "open"})
    assert found.data == []


def test_the_price_is_fifty_dollars_a_month() -> None:
    price = client().v1.prices.retrieve(settings.STRIPE_PRICE_ID, {"expand": ["product"]})
    assert (price.unit_amount, price.currency) == (5000, "usd")
    assert price.recurring
    assert (price.recurring.interval, price.recurring.interval_count) == ("month", 1)
    assert isinstance(price.product, stripe.Product)


def test_what_is_over_is_listed_when_it_is_asked_for() -> None:
    made = subscribed()
    gone = client().v1.subscriptions.cancel(made.pk)
    assert (gone.status, gone.ended_at) == ("canceled", gone.canceled_at)
    assert client().v1.subscriptions.list({"customer": made.customer_id}).data == []
    listed = client().v1.subscriptions.list({"customer": made.customer_id, "status": "all"})
    assert [one.id for one in listed.data] == [made.pk]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client().v1.subscriptions.cancel(made.pk)
    assert (refused.value.code, refused.value.http_status) == ("resource_missing", 404)


def test_a_list_is_read_page_by_page() -> None:
    of = customer().id
    made = [session(of).id for _number in range(5)]
    found = client().v1.checkout.sessions.list({"customer": of, "limit": 2})
    assert found.has_more
    assert [one.id for one in found.auto_paging_iter()] == made[::-1]


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"customer": ""}, "parameter_missing", "customer"),
        ({"success_url": ""}, "parameter_missing", "success_url"),
        ({"line_items": [{"price": "price_foreign"}]}, "resource_missing", "line_items[0][price]"),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
    ],
)
def test_a_wrong_parameter_is_refused_as_stripe_does(params: Any, code: str, param: str) -> None:
    good: Any = {
        "mode": "subscription",
        "customer": customer().id,
        "line_items": [{"price": settings.STRIPE_PRICE_ID, "quantity": 1}],
        "success_url": "http://localhost/",
    }
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client().v1.checkout.sessions.create(good | params)
    error = refused.value
    assert (error.code, error.param, error.http_status) == (code, param, 400)
    assert error.user_message
    assert error.request_id
    assert CheckoutSession.objects.count() == 0


def test_a_thing_that_is_not_there_is_404() -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client().v1.subscriptions.retrieve("sub_nothing")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_an_address_that_is_not_known_is_404() -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client().v1.coupons.list()


def test_another_key_is_no_key() -> None:
    with pytest.raises(stripe.AuthenticationError):
        client(key="sk_test_other").v1.customers.create({})
    assert Customer.objects.count() == 0


def test_another_version_is_refused() -> None:
    with pytest.raises(stripe.InvalidRequestError, match="2026-10-28"):
        client(version="2020-08-27").v1.customers.create({})


def test_the_same_key_gives_the_same_answer() -> None:
    assert customer("one").id == customer("one").id
    assert customer("two").id != customer("one").id
    assert Customer.objects.count() == 2


def test_the_same_key_with_other_parameters_is_an_error() -> None:
    customer("one")
    with pytest.raises(stripe.IdempotencyError):
        customer("one", email="bob@example.com")
    assert Customer.objects.count() == 1


def test_a_refusal_is_not_remembered() -> None:
    def attempt(of: str) -> stripe.billing_portal.Session:
        return client().v1.billing_portal.sessions.create(
            {"customer": of}, {"idempotency_key": "portal"}
        )

    with pytest.raises(stripe.InvalidRequestError):
        attempt("cus_nobody")
    assert attempt(customer().id).url


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_time_makes_one_customer() -> None:
    made = at_once(*[lambda: customer("one").id] * 8)
    assert len(set(made)) == 1
    assert Customer.objects.count() == 1
