"""Stripe's webhook: what is not Stripe's, not fresh or not ours changes nothing and gets 400."""

import datetime as dt
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.utils import timezone

from billing.models import Customer, StripeEvent, Subscription
from rooms.accounts.models import Account
from tests.billing import webhook
from tests.billing.fake_stripe import FakeStripe, Json
from tests.billing.webhook import event

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(fake: FakeStripe, customer: Customer) -> Json:
    """Somebody has paid and we have not heard of it."""
    return fake.subscribe(customer.stripe_id or "")


def hosts(account: Account) -> bool:
    """Beyond the trial."""
    account.refresh_from_db()
    return account.hosting_until > timezone.now() + 20 * dt.timedelta(days=1)


def refused() -> dict[str, Callable[[Json], Any]]:
    sign = stripe.WebhookSignature.generate_signature_header
    now = time.time

    def without(field: str) -> Callable[[Json], Any]:
        return lambda body: webhook.post({k: v for k, v in body.items() if k != field})

    return {
        "unsigned": lambda body: webhook.post(body, header=""),
        "nonsense for a signature": lambda body: webhook.post(body, header="t=x,v1="),
        "another secret": lambda body: webhook.post(body, secret="whsec_other"),
        "another body": lambda body: webhook.post(
            body, header=sign("{}", settings.STRIPE_WEBHOOK_SECRET)
        ),
        "an old scheme alone": lambda body: webhook.post(
            body,
            header=sign(json.dumps(body), settings.STRIPE_WEBHOOK_SECRET).replace("v1=", "v0="),
        ),
        "stale": lambda body: webhook.post(body, at=now() - 302),
        "future-dated": lambda body: webhook.post(body, at=now() + 400),
        "far in the future": lambda body: webhook.post(body, at=now() + 10**9),
        "the other mode": lambda body: webhook.post({**body, "livemode": True}),
        "no mode": without("livemode"),
        "a mode that is no truth": lambda body: webhook.post({**body, "livemode": 0}),
        "no id": without("id"),
        "an empty id": lambda body: webhook.post({**body, "id": ""}),
        "an id that is null": lambda body: webhook.post({**body, "id": None}),
        "an id that is a list": lambda body: webhook.post({**body, "id": ["evt_1"]}),
        "a long id": lambda body: webhook.post({**body, "id": "evt_" + "1" * 300}),
        "no type": without("type"),
        "no event": without("object"),
        "a list": lambda body: webhook.post(json.dumps([body]).encode()),
        "no JSON": lambda body: webhook.post(b"event"),
        "no UTF-8": lambda body: webhook.post(b"\xff"),
        "deep": lambda body: webhook.post(b"[" * 200_000),
        "nothing": lambda body: webhook.post(b""),
    }


@pytest.mark.parametrize("how", refused().keys())
def test_what_is_not_stripes_changes_nothing(account: Account, paid: Json, how: str) -> None:
    body = event({"object": "subscription", "customer": paid["customer"]})
    answer = refused()[how](body)
    assert answer.status_code == 400, answer.content
    assert not StripeEvent.objects.exists()
    assert not Subscription.objects.exists()
    assert not hosts(account)


def test_a_live_key_takes_live_events_alone(paid: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STRIPE_SECRET_KEY", "sk_live_1")
    assert webhook.post(event({})).status_code == 400
    assert webhook.post(event({}, livemode=True)).status_code == 200


def test_a_clock_that_is_a_little_off_is_fine(paid: Json) -> None:
    assert webhook.post(event({}), at=time.time() - 250).status_code == 200
    assert webhook.post(event({}), at=time.time() + 250).status_code == 200
