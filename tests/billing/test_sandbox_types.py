"""What we send to Stripe fits the SDK's types of parameters; what the sandbox answers, its types
of resources. So the sandbox cannot drift from Stripe without the SDK's own word against it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from django.conf import settings
from stripe import params as types
from stripe._api_requestor import _APIRequestor

from billing import stripe_gateway
from billing.sandbox import api, life
from billing.sandbox.models import CheckoutSession, Event, Subscription
from tests.billing.sdk_types import faults
from tests.billing.test_sandbox_api import client, customer, session, subscribed
from tests.billing.test_setup_stripe import run, shop

__all__ = ["shop"]  # a fixture
pytestmark = pytest.mark.django_db

RESOURCES: dict[str, Any] = {
    "billing_portal.session": stripe.billing_portal.Session,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "price": stripe.Price,
    "product": stripe.Product,
    "subscription": stripe.Subscription,
}
CALL = re.compile(r"client\(\)\.v1\.([\w.]+)\(")
Sent = tuple[str, str, dict[str, Any]]


def faults_of(thing: dict[str, Any]) -> list[str]:
    """Of an answer, or of each of the things that it lists."""
    if thing["object"] == "list":
        return [fault for one in thing["data"] for fault in faults_of(one)]
    return faults(thing, RESOURCES[thing["object"]], path=thing["object"])


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Every request that is sent: method, path, and the parameters before they become a form."""
    seen: list[Sent] = []
    real = _APIRequestor.request_raw

    def recorded(
        self: Any, method: str, url: str, params: Any = None, *rest: Any, **names: Any
    ) -> Any:
        seen.append((method, url, dict(params or {})))
        return real(self, method, url, params, *rest, **names)

    monkeypatch.setattr(_APIRequestor, "request_raw", recorded)
    return seen


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every answer of the sandbox, as it goes over the wire."""
    seen: list[dict[str, Any]] = []
    real = api.answer

    def recorded(method: str, path: str, params: Any) -> Any:
        answer = real(method, path, params)
        seen.append(json.loads(json.dumps(answer)))
        return answer

    monkeypatch.setattr(api, "answer", recorded)
    return seen


def _walk_the_gateway() -> None:
    """Every request that the gateway knows how to make."""
    made = stripe_gateway.create_customer(
        account="ac_1", email="alice@example.com", name="Acme", key="customer-1"
    )
    stripe_gateway.check_price()
    for key in ("checkout-1", "checkout-2"):
        opened = stripe_gateway.create_session(
            customer=made,
            account="ac_1",
            price=settings.STRIPE_PRICE_ID,
            success_url="http://localhost/?session_id={CHECKOUT_SESSION_ID}",
            cancel_url="http://localhost/",
            key=key,
        )
        stripe_gateway.session(opened.id)
        if key == "checkout-1":
            stripe_gateway.expire_session(opened.id)
    subscription = life.subscribe(CheckoutSession.objects.get(pk=opened.id)).subscription
    assert subscription
    stripe_gateway.portal_url(customer=made, return_url="http://localhost/")
    life.let_the_payment_fail(subscription)
    assert stripe_gateway.subscriptions(made)[0].status == "past_due"
    stripe_gateway.invoices(made)
    stripe_gateway.cancel(subscription.pk)


def _parameters(method: str, url: str) -> Any:
    path = url.partition("?")[0]
    (found,) = (
        parameters
        for known, pattern, parameters, _handler in api.ROUTES
        if known == method and pattern.fullmatch(path)
    )
    return found


def test_every_request_of_ours_fits_the_types_of_parameters(sent: list[Sent]) -> None:
    _walk_the_gateway()
    assert len(sent) > 9
    for method, url, params in sent:
        assert faults(params, _parameters(method, url), path=f"{method} {url}") == []


def test_no_request_of_the_gateway_is_left_out(sent: list[Sent]) -> None:
    text = Path(stripe_gateway.__file__).read_text()
    _walk_the_gateway()
    made = {_parameters(method, url) for method, url, _params in sent}
    assert len(made) == len(set(CALL.findall(text)))


SETTING_UP: dict[tuple[str, str], Any] = {
    ("get", "prices"): types.PriceListParams,
    ("post", "prices"): types.PriceCreateParams,
    ("get", "webhook_endpoints"): types.WebhookEndpointListParams,
    ("post", "webhook_endpoints"): types.WebhookEndpointCreateParams,
    ("post", "webhook_endpoints/we_1"): types.WebhookEndpointUpdateParams,
    ("delete", "webhook_endpoints/we_2"): types.WebhookEndpointDeleteParams,
    ("get", "billing_portal/configurations"): types.billing_portal.ConfigurationListParams,
}


def test_every_request_of_setup_stripe_fits_too(shop: dict[str, Any], sent: list[Sent]) -> None:
    run()
    hooks = shop["webhook_endpoints"]
    hooks["we_2"] = {**hooks["we_1"], "id": "we_2"}
    hooks["we_1"]["status"] = "disabled"
    run()
    made = {(method, url.removeprefix("/v1/")) for method, url, _params in sent}
    assert made == set(SETTING_UP)
    for method, url, params in sent:
        kind = SETTING_UP[method, url.removeprefix("/v1/")]
        assert faults(params, kind, path=f"{method} {url}") == []


def test_every_answer_to_the_gateway_fits_the_types_of_resources(
    answered: list[dict[str, Any]],
) -> None:
    _walk_the_gateway()
    listed = [thing for one in answered for thing in one.get("data", [])]
    seen = {one["object"] for one in [*answered, *listed]}
    assert seen == {*RESOURCES, "list"} - {"event", "product"}
    for one in answered:
        assert faults_of(one) == []


def _in_every_state() -> Iterator[Subscription]:
    made = subscribed()
    yield made
    for change in (
        life.plan_cancellation,
        life.undo_cancellation,
        life.let_a_month_pass,
        life.let_the_payment_fail,
        life.let_the_grace_pass,
        life.pay,
        life.cancel,
    ):
        change(made)
        yield made


def test_a_subscription_fits_in_every_state(answered: list[dict[str, Any]]) -> None:
    statuses = set()
    for made in _in_every_state():
        got = client().v1.subscriptions.retrieve(
            made.pk, {"expand": ["latest_invoice", "customer", "items.data.price.product"]}
        )
        statuses.add(got.status)
        client().v1.invoices.list({"customer": made.customer_id})
    assert statuses == {"active", "past_due", "canceled"}
    for one in answered:
        assert faults_of(one) == []


def test_every_event_fits() -> None:
    list(_in_every_state())
    life.expire(CheckoutSession.objects.get(pk=session(customer().id).id))
    kinds = set()
    for row in Event.objects.all():
        got = client().v1.events.retrieve(row.pk)
        kinds.add(got.type)
        assert faults_of(row.body) == []
        assert faults_of(row.body["data"]["object"]) == []
    assert kinds == {
        "checkout.session.completed",
        "checkout.session.expired",
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.updated",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_failed",
    }


def test_the_comparison_finds_what_is_wrong(answered: list[dict[str, Any]]) -> None:
    """Or the tests above could not fail."""
    client().v1.subscriptions.retrieve(subscribed().pk)
    good = answered[-1]
    assert faults_of(good) == []
    wrong: dict[str, Any]
    for wrong in (
        {"current_period_end": 1},
        {"status": 1},
        {"cancel_at": "soon"},
        {"items": []},
        {"customer": None},
        {"billing_mode": {}},
    ):
        assert len(faults_of({**good, **wrong})) == 1, wrong
    del good["cancel_at_period_end"]
    assert faults_of(good) == ["subscription.cancel_at_period_end: is missing"]
    creating = types.checkout.SessionCreateParams
    item = {"price": "price_1", "quantity": 1}
    assert faults({"mode": "subscription", "line_items": [item]}, creating) == []
    for params in (
        {"payment_method_types": ["card"]},
        {"line_items": [{**item, "amount": 1}]},
        {"line_items": [{**item, "quantity": "1"}]},
        {"customer": 1},
    ):
        assert len(faults(params, creating)) == 1, params
    assert faults({}, types.billing_portal.SessionCreateParams) == []
