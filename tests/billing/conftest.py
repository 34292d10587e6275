from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from billing import checkout, stripe_gateway
from billing.models import Customer
from billing.signals import standing_changed
from billing.subscriptions import Standing
from rooms.accounts.models import Account
from tests.billing.asking import A_DAY
from tests.billing.fake_stripe import FakeStripe


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    """Stripe, in memory, behind the real SDK."""
    fake = FakeStripe()
    monkeypatch.setattr(stripe_gateway, "http_client", lambda: fake)
    return fake


@pytest.fixture
def customer(account: Account, fake: FakeStripe) -> Customer:
    """Alice's account as Stripe's customer, with a page to pay on that nobody has paid on."""
    checkout.start(account, email="alice@example.com", return_url="http://testserver/back/")
    return Customer.objects.get(account=account)


@pytest.fixture
def changes() -> Iterator[list[tuple[Standing, Standing]]]:
    """What `standing_changed` told."""
    told: list[tuple[Standing, Standing]] = []

    def receive(sender: Any, before: Standing, after: Standing, **_rest: Any) -> None:
        assert connection.in_atomic_block
        told.append((before, after))

    standing_changed.connect(receive)
    yield told
    standing_changed.disconnect(receive)


@pytest.fixture
def over(account: Account, fake: FakeStripe) -> Customer:
    """A customer whose trial is over."""
    account.hosting_until = timezone.now() - 3 * A_DAY
    account.save()
    made = fake._keep(fake.customers, "cus", {"object": "customer"})
    return Customer.objects.create(
        account=account,
        stripe_id=made["id"],
        email="alice@example.com",
        trial_end=account.hosting_until,
    )
