"""The one door to Stripe: how it is set up, and how what fails is told."""

import json
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.utils.functional import Promise

from billing import stripe_gateway
from billing.models import Customer
from billing.stripe_gateway import BillingError
from tests.billing.fake_stripe import FakeStripe, Json


def test_the_version_is_pinned_to_the_sdks_own() -> None:
    """The types that requests are checked against are of this version."""
    assert stripe.api_version == stripe_gateway.API_VERSION


def test_nobody_waits_longer_than_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BILLING_SANDBOX", False)
    made: Any = stripe_gateway.http_client.__wrapped__()
    assert isinstance(made, stripe.RequestsClient)
    assert made._timeout == 10


def test_a_run_without_a_key_talks_to_the_sandbox() -> None:
    from billing.sandbox.client import SandboxHTTPClient

    assert settings.BILLING_SANDBOX
    assert isinstance(stripe_gateway.http_client.__wrapped__(), SandboxHTTPClient)


def test_without_a_key_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STRIPE_SECRET_KEY", "")
    with pytest.raises(BillingError, match="not set up") as raised:
        stripe_gateway.check_price()
    assert raised.value.permanent


def test_another_address_of_stripes_is_asked(
    fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = fake.request

    def request(method: str, url: str, *rest: Any, **names: Any) -> Any:
        asked.append(url)
        return real(method, url, *rest, **names)

    monkeypatch.setattr(fake, "request", request)
    stripe_gateway.check_price()
    monkeypatch.setattr(settings, "STRIPE_API_URL", "http://127.0.0.1:12111")
    stripe_gateway.check_price()
    hosts = [url.split("/v1/")[0] for url in asked]
    assert hosts == ["https://api.stripe.com", "http://127.0.0.1:12111"]


@pytest.mark.parametrize(
    ("key", "live"),
    [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False), ("rk_test_1", False)],
)
def test_the_key_says_whether_money_moves(
    key: str, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STRIPE_SECRET_KEY", key)
    assert stripe_gateway.is_live() is live


def error(kind: str, **fields: str) -> Json:
    return {"error": {"type": kind, "message": "Secret detail", **fields}}


@pytest.mark.parametrize(
    ("status", "body", "tries", "permanent"),
    [
        (400, error("invalid_request_error"), 1, True),
        (401, error("invalid_request_error"), 1, True),
        (402, error("card_error", code="card_declined"), 1, True),
        (403, error("invalid_request_error"), 1, True),
        (404, error("invalid_request_error", code="resource_missing"), 1, True),
        (409, error("idempotency_error"), 3, False),
        (429, error("rate_limit_error"), 1, False),
        (500, error("api_error"), 3, False),
        (503, {}, 3, False),
    ],
)
def test_a_failure_says_whether_trying_again_helps(
    fake: FakeStripe, status: int, body: Json, tries: int, permanent: bool
) -> None:
    fake.trouble = lambda _method, _path: (status, body)
    with pytest.raises(BillingError) as raised:
        stripe_gateway.check_price()
    assert raised.value.permanent is permanent
    assert raised.value.code == body.get("error", {}).get("code", "")
    assert len(fake.requests) == tries
    assert "Secret detail" not in str(raised.value)


def test_a_failure_is_translated_when_it_is_shown(fake: FakeStripe) -> None:
    fake.trouble = lambda _method, _path: (500, {})
    with pytest.raises(BillingError) as raised:
        stripe_gateway.check_price()
    assert isinstance(raised.value.message, Promise)


def test_details_are_for_the_log(fake: FakeStripe, caplog: pytest.LogCaptureFixture) -> None:
    fake.trouble = lambda _method, _path: (400, error("invalid_request_error"))
    with pytest.raises(BillingError):
        stripe_gateway.check_price()
    assert "Secret detail" in caplog.text
    assert settings.STRIPE_SECRET_KEY not in caplog.text


def test_the_same_key_makes_the_same_customer_and_another_request_is_refused(
    fake: FakeStripe,
) -> None:
    def make(name: str) -> str:
        return stripe_gateway.create_customer(
            account="ac_1", email="a@example.com", name=name, key="customer-1"
        )

    assert make("Acme") == make("Acme")
    with pytest.raises(BillingError) as raised:
        make("Other")
    assert raised.value.permanent


@pytest.mark.parametrize("already", ["canceled", "gone"])
def test_cancelling_what_is_over_is_fine(fake: FakeStripe, already: str) -> None:
    one = fake.subscribe("cus_1", "canceled" if already == "canceled" else "active")
    if already == "gone":
        fake.subscriptions.clear()
    stripe_gateway.cancel(one["id"])


def test_cancelling_fails_where_stripe_does(fake: FakeStripe) -> None:
    one = fake.subscribe("cus_1")
    fake.trouble = lambda _method, _path: (400, error("invalid_request_error"))
    with pytest.raises(BillingError):
        stripe_gateway.cancel(one["id"])


def test_a_session_with_its_customer_expanded_is_nobodys(fake: FakeStripe, db: None) -> None:
    """Only the plain id is compared with ours."""
    fake.sessions["cs_1"] = {
        "id": "cs_1",
        "object": "checkout.session",
        "status": "open",
        "url": None,
        "customer": {"id": "cus_1", "object": "customer"},
    }
    assert stripe_gateway.session("cs_1").customer == ""


@pytest.mark.django_db
def test_idempotency_keys_come_from_rows(fake: FakeStripe, customer: Customer) -> None:
    attempt = customer.account.checkouts.get()
    assert set(fake._kept) == {customer.key, attempt.key}
    assert customer.pk in customer.key
    assert attempt.pk in attempt.key
    assert json.loads(fake._kept[attempt.key][0])[0] == "/v1/checkout/sessions"
