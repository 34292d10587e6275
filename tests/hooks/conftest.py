"""An account that listens, and whatever can happen in it."""

import pytest
from django.utils import timezone

from billing import stripe_gateway
from billing.models import Customer
from rooms.accounts.models import Account, User
from rooms.models import PhoneNumber, Room
from tests.billing.asking import A_DAY
from tests.billing.fake_stripe import FakeStripe
from tests.hooks.happenings import World


@pytest.fixture
def world(account: Account, alice: User, room: Room, monkeypatch: pytest.MonkeyPatch) -> World:
    """It pays nothing yet, and rooms are let into for a while."""
    stripe = FakeStripe()
    monkeypatch.setattr(stripe_gateway, "http_client", lambda: stripe)
    PhoneNumber.objects.create(number="+15550100")
    made = stripe._keep(stripe.customers, "cus", {"object": "customer"})
    customer = Customer.objects.create(
        account=account,
        stripe_id=made["id"],
        email=alice.email,
        trial_end=timezone.now() + A_DAY,
    )
    return World(account, alice, room, stripe, customer)
