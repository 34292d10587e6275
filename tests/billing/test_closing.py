"""Closing an account: it stops paying first, and then everything of it is closed."""

from typing import Any

import pytest
import stripe
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import closing as billing_closing
from billing import subscriptions, tasks
from billing.models import CheckoutAttempt, Customer, Subscription
from rooms import changes
from rooms.accounts import closing
from rooms.accounts.closing import Vetoed
from rooms.accounts.members import NotAllowed
from rooms.accounts.models import Account, ApiKey, Membership, Role, User
from rooms.models import Room
from tests.billing.fake_stripe import FakeStripe, Json

pytestmark = pytest.mark.django_db
URL = "/account/close/"


@pytest.fixture
def paid(fake: FakeStripe, account: Account, customer: Customer) -> Json:
    one = fake.pay(CheckoutAttempt.objects.get().session_id or "")
    subscriptions.sync_account(account)
    return one


@pytest.fixture
def down(fake: FakeStripe) -> None:
    def trouble(_method: str, _path: str) -> None:
        raise stripe.APIConnectionError("Read timed out", should_retry=False)

    fake.trouble = trouble


def is_open(account: Account) -> bool:
    account.refresh_from_db()
    return account.closed_at is None


def test_it_cancels_the_subscription_and_closes_everything(
    account: Account, alice: User, bob: User, room: Room, paid: Json
) -> None:
    key, _secret = ApiKey.make(account, name="Site", scopes=["read"])
    closing.close(account, by=alice)
    assert paid["status"] == "canceled"
    assert Subscription.objects.get().status == "canceled"
    assert not is_open(account)
    assert not account.memberships.exists()
    room.refresh_from_db()
    key.refresh_from_db()
    assert room.archived_at
    assert room.access_code is None
    assert key.revoked_at
    assert User.objects.filter(pk__in=[alice.pk, bob.pk]).count() == 2


def test_it_needs_no_subscription(
    fake: FakeStripe, account: Account, alice: User, room: Room
) -> None:
    closing.close(account, by=alice)
    assert not is_open(account)
    assert not fake.requests


def test_one_that_was_cancelled_already_is_fine(
    fake: FakeStripe, account: Account, alice: User, paid: Json
) -> None:
    fake._cancel(paid["id"])
    closing.close(account, by=alice)
    assert not is_open(account)


def test_one_that_is_cancelled_at_that_moment_is_fine(
    fake: FakeStripe, account: Account, alice: User, paid: Json
) -> None:
    """Between our asking for it and our cancelling it."""
    fake.trouble = lambda method, _path: (
        fake._cancel(paid["id"]) and None if method == "delete" else None
    )
    closing.close(account, by=alice)
    assert not is_open(account)


@pytest.mark.parametrize("status", ["past_due", "unpaid", "paused", "incomplete", "trialing"])
def test_whatever_may_cost_yet_is_cancelled(
    account: Account, alice: User, paid: Json, status: str
) -> None:
    paid["status"] = status
    closing.close(account, by=alice)
    assert paid["status"] == "canceled"


def test_a_page_to_pay_on_is_closed(
    fake: FakeStripe, account: Account, alice: User, customer: Customer
) -> None:
    closing.close(account, by=alice)
    assert [session["status"] for session in fake.sessions.values()] == ["expired"]
    assert CheckoutAttempt.objects.get().status == "expired"


def test_stripe_down_aborts_with_a_message(
    account: Account, alice: User, room: Room, paid: Json, down: None
) -> None:
    with pytest.raises(Vetoed, match="could not be cancelled"):
        closing.close(account, by=alice)
    assert is_open(account)
    assert account.memberships.exists()
    room.refresh_from_db()
    assert room.archived_at is None


def test_who_pays_at_that_moment_is_cancelled_by_the_reconciliation(
    fake: FakeStripe, account: Account, alice: User, customer: Customer
) -> None:
    closing.close(account, by=alice)
    late = fake.subscribe(customer.stripe_id or "")
    tasks.reconcile()
    assert late["status"] == "canceled"
    assert Subscription.objects.get().status == "canceled"
    sent = len(fake.requests)
    billing_closing.cancel_of_closed()
    assert len(fake.requests) == sent


def test_closing_twice_is_closing_once(
    fake: FakeStripe, account: Account, alice: User, paid: Json
) -> None:
    closing.close(account, by=alice)
    account.refresh_from_db()
    closed_at = account.closed_at
    closing.close(account, by=alice)
    account.refresh_from_db()
    assert account.closed_at == closed_at


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ORGANIZER])
def test_only_owners_close(account: Account, alice: User, bob: User, role: Role) -> None:
    Membership.objects.filter(user=bob).update(role=role)
    with pytest.raises(NotAllowed):
        closing.close(account, by=bob)
    assert is_open(account)


def test_the_rooms_of_others_stay(account: Account, alice: User, charlie: User) -> None:
    other = changes.make(charlie.accounts.get(), name="Theirs")
    closing.close(account, by=alice)
    other.refresh_from_db()
    assert other.archived_at is None


# The page


def test_the_page_asks_first(alice_client: Client, account: Account) -> None:
    assert URL in alice_client.get(reverse("accounts:account")).content.decode()
    page = alice_client.get(URL).content.decode()
    assert "Close Acme for good?" in page
    assert "cannot be undone" in page
    assert is_open(account)


def test_the_page_closes(alice_client: Client, account: Account) -> None:
    answer = alice_client.post(URL, follow=True)
    assert "Acme is closed." in answer.content.decode()
    assert not is_open(account)


def test_the_page_tells_why_not(
    alice_client: Client, account: Account, paid: Json, down: None
) -> None:
    answer = alice_client.post(URL, follow=True)
    assert "could not be cancelled" in answer.content.decode()
    assert is_open(account)


def test_who_may_see_the_page(
    bob_client: Client, client: Client, charlie_client: Client, account: Account
) -> None:
    assert bob_client.post(URL).status_code == 403
    assert client.post(URL).status_code == 302
    assert URL not in bob_client.get(reverse("accounts:members")).content.decode()
    assert charlie_client.post(URL).status_code == 302  # closes the account that is theirs
    assert is_open(account)


# The API


def delete(client: Client, **headers: str) -> Any:
    return client.delete("/api/v1/account", headers=headers)


def test_the_api_closes_for_an_owner(alice_client: Client, account: Account) -> None:
    assert delete(alice_client).status_code == 204
    assert not is_open(account)


def test_the_api_refuses_others(
    client: Client, bob_client: Client, account: Account, alice: User
) -> None:
    assert delete(client).status_code == 401
    assert delete(bob_client).status_code == 403
    _key, secret = ApiKey.make(account, name="K", scopes=["admin", "billing"], made_by=alice)
    assert delete(client, Authorization=f"Bearer {secret}").status_code == 403
    Membership.objects.filter(user__email="bob@example.com").update(role=Role.ADMIN)
    assert delete(bob_client).json()["type"].endswith("/not-allowed")
    assert is_open(account)


def test_the_api_tells_why_not(
    alice_client: Client, account: Account, paid: Json, down: None
) -> None:
    answer = delete(alice_client)
    assert answer.status_code == 409
    assert "could not be cancelled" in answer.json()["detail"]
    assert is_open(account)


def test_a_closed_account_makes_no_new_trial(
    alice_client: Client, account: Account, alice: User
) -> None:
    """tests/billing/test_trial.py has the rest of it."""
    from rooms.accounts import signup, trials

    trials.use(account, ["alice@example.com"])
    closing.close(account, by=alice)
    again = signup.start_account(alice, name="Again", time_zone="UTC")
    assert again.hosting_until <= timezone.now()
