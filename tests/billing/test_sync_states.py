"""Which of Stripe's states lets an account host, and until when."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from billing import subscriptions
from billing.models import Customer, Subscription
from billing.subscriptions import standing, sync_account
from rooms.accounts.models import Account
from tests.billing.asking import A_DAY, at, hosts, subscribe
from tests.billing.fake_stripe import DAY, FakeStripe, Json, now

pytestmark = pytest.mark.django_db


# Without a subscription


def test_a_trial_runs_by_itself(account: Account, fake: FakeStripe) -> None:
    found = sync_account(account)
    assert (found.phase, found.trial_days_left) == ("trial", 14)
    assert found.hosting_until == account.hosting_until
    assert not fake.requests


def test_the_last_hour_is_a_day_left(account: Account) -> None:
    found = standing(account, account.hosting_until - dt.timedelta(hours=1))
    assert (found.phase, found.trial_days_left) == ("trial", 1)


def test_a_trial_ends_by_itself(account: Account) -> None:
    found = standing(account, account.hosting_until)
    assert (found.phase, found.trial_days_left) == ("none", 0)


# Which subscription lets an account host


@pytest.mark.parametrize("status", ["active", "trialing"])
def test_who_has_paid_hosts_a_little_longer_than_paid_for(
    fake: FakeStripe, over: Customer, account: Account, status: str
) -> None:
    one = subscribe(fake, over, status)
    found = sync_account(account)
    assert found.phase == "active"
    assert found.renews_at == at(one["items"]["data"][0]["current_period_end"])
    assert found.hosting_until == found.renews_at + settings.BILLING_SLACK
    assert hosts(account)


@pytest.mark.parametrize(
    "status",
    ["incomplete", "incomplete_expired", "unpaid", "canceled", "paused", "something_new", ""],
)
def test_no_other_status_hosts(
    fake: FakeStripe, over: Customer, account: Account, status: str
) -> None:
    subscribe(fake, over, status, ended_at=now() - 60 if status == "canceled" else None)
    assert sync_account(account).phase in ("none", "ended")
    assert not hosts(account)
    for months in range(4):
        assert not account.may_host(timezone.now() + months * 30 * A_DAY)


def test_incomplete_is_no_second_trial(
    account: Account, fake: FakeStripe, customer: Customer
) -> None:
    before = account.hosting_until
    fake.subscribe(customer.stripe_id or "", "incomplete")
    assert sync_account(account).phase == "trial"
    account.refresh_from_db()
    assert account.hosting_until == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "price_other"},
        {"unit_amount": 4900},
        {"unit_amount": 0},
        {"unit_amount": None},
        {"currency": "eur"},
        {"recurring": {"interval": "year", "interval_count": 1}},
        {"recurring": {"interval": "month", "interval_count": 3}},
        {"recurring": None},
    ],
    ids=str,
)
def test_a_foreign_price_never_hosts(
    fake: FakeStripe, over: Customer, account: Account, wrong: Json
) -> None:
    subscribe(fake, over, price=wrong)
    assert sync_account(account).phase == "none"
    assert not hosts(account)
    assert not subscriptions.live(account)


@pytest.mark.parametrize("quantity", [0, 2])
def test_another_quantity_is_another_price(
    fake: FakeStripe, over: Customer, account: Account, quantity: int
) -> None:
    subscribe(fake, over, item={"quantity": quantity})
    assert not sync_account(account).hosting_until > timezone.now()


def test_our_item_counts_among_several(fake: FakeStripe, over: Customer, account: Account) -> None:
    one = subscribe(fake, over)
    ours = one["items"]["data"][0]
    extra = {**ours, "price": {**ours["price"], "id": "price_addon", "unit_amount": 100}}
    one["items"]["data"].insert(0, extra)
    assert sync_account(account).phase == "active"


def test_a_subscription_that_is_gone_at_stripe_goes(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    subscribe(fake, over)
    sync_account(account)
    fake.subscriptions.clear()
    assert sync_account(account).phase == "none"
    assert not Subscription.objects.exists()
    assert not hosts(account)


def test_more_than_a_page_of_subscriptions_is_read(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    """The SDK asks for the next page while `has_more` says so."""
    subscribe(fake, over)
    fake.trouble = _paged(fake)
    assert sync_account(account).phase == "active"
    assert Subscription.objects.count() == 2


def _paged(fake: FakeStripe) -> Any:
    (row,) = fake.subscriptions.values()
    first = {**row, "id": "sub_old", "status": "canceled", "ended_at": now() - DAY}

    def trouble(_method: str, path: str) -> tuple[int, Json] | None:
        if path != "/v1/subscriptions":
            return None
        asked = dict(fake.requests[-1][2])
        rows = [row] if asked.get("starting_after") == "sub_old" else [first]
        listed = {"object": "list", "url": "/v1/subscriptions", "data": rows}
        return 200, {**listed, "has_more": rows == [first]}

    return trouble
