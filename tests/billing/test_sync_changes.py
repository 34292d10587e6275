"""What changes with time: cancelling, a renewal that is not paid, paying twice."""

from typing import Any

import pytest
import time_machine
from django.utils import timezone

from billing import subscriptions
from billing.models import Customer
from billing.subscriptions import standing, sync_account
from rooms.accounts.models import Account
from tests.billing.asking import A_DAY, at, hosts, subscribe
from tests.billing.fake_stripe import DAY, MONTH, FakeStripe, now

pytestmark = pytest.mark.django_db


# Cancelling


@pytest.mark.parametrize("field", ["cancel_at", "cancel_at_period_end"])
def test_a_cancellation_keeps_hosting_until_its_end_and_no_longer(
    fake: FakeStripe, over: Customer, account: Account, field: str
) -> None:
    one = subscribe(fake, over)
    end = one["items"]["data"][0]["current_period_end"]
    one[field] = end if field == "cancel_at" else True
    found = sync_account(account)
    assert found.phase == "ending"
    assert found.cancels_at == found.hosting_until == at(end)
    assert found.renews_at is None
    account.refresh_from_db()
    assert account.may_host(at(end - 1))
    assert not account.may_host(at(end + 1))
    assert standing(account, at(end)).phase == "ended"


@pytest.mark.parametrize("field", ["cancel_at", "cancel_at_period_end"])
def test_a_cancellation_can_be_undone(
    fake: FakeStripe, over: Customer, account: Account, field: str
) -> None:
    one = subscribe(fake, over, **{field: now() + DAY if field == "cancel_at" else True})
    sync_account(account)
    one.update(cancel_at=None, cancel_at_period_end=False)
    found = sync_account(account)
    assert (found.phase, found.cancels_at) == ("active", None)
    assert found.hosting_until > at(now() + MONTH)


def test_a_cancellation_now_ends_it_now(
    fake: FakeStripe, over: Customer, account: Account, changes: list[Any]
) -> None:
    one = subscribe(fake, over)
    sync_account(account)
    fake._cancel(one["id"])
    assert sync_account(account).phase == "ended"
    assert not hosts(account)
    assert [after.phase for _before, after in changes] == ["active", "ended"]


def test_who_has_paid_has_no_trial_to_go_back_to(
    account: Account, fake: FakeStripe, customer: Customer
) -> None:
    one = fake.subscribe(customer.stripe_id or "")
    with time_machine.travel(timezone.now() + A_DAY):
        fake._cancel(one["id"])
        assert sync_account(account).phase == "ended"
        assert not hosts(account)


def test_an_end_that_passed_while_nobody_told_is_told_by_the_next_sync(
    fake: FakeStripe, over: Customer, account: Account, changes: list[Any]
) -> None:
    """The event was lost: the page says ended by itself, and the change is told once."""
    one = subscribe(fake, over, cancel_at=now() + DAY)
    sync_account(account)
    with time_machine.travel(timezone.now() + 2 * A_DAY):
        assert standing(account, timezone.now()).phase == "ended"
        one.update(status="canceled", ended_at=one["cancel_at"])
        sync_account(account)
        sync_account(account)
    assert [after.phase for _before, after in changes] == ["ending", "ended"]


def test_a_trial_that_is_given_again_later_counts(
    account: Account, fake: FakeStripe, customer: Customer
) -> None:
    """The demo account's, at each start of an embedded run."""
    one = fake.subscribe(customer.stripe_id or "")
    paid_until = sync_account(account).hosting_until
    again = timezone.now() + 14 * A_DAY
    subscriptions.renew_trial(account, again)
    assert standing(account, timezone.now()).phase == "active"
    account.refresh_from_db()
    assert account.hosting_until == paid_until
    with time_machine.travel(timezone.now() + A_DAY):
        fake._cancel(one["id"])
        assert sync_account(account).phase == "ended"
    with time_machine.travel(timezone.now() + 2 * A_DAY):
        again = timezone.now() + 14 * A_DAY
        subscriptions.renew_trial(account, again)
        account.refresh_from_db()
        assert account.hosting_until == again
        assert sync_account(account).hosting_until == again
        assert standing(account, timezone.now()).phase == "trial"


def test_a_trial_is_given_again_without_a_customer(account: Account) -> None:
    again = timezone.now() + 20 * A_DAY
    subscriptions.renew_trial(account, again)
    account.refresh_from_db()
    assert account.hosting_until == again


# A renewal that is not paid


def test_an_unpaid_renewal_hosts_for_the_grace_and_no_longer(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    one = subscribe(fake, over)
    invoice = fake.fail_renewal(one, days_ago=2)
    found = sync_account(account)
    assert found.phase == "past_due"
    assert found.past_due_since == at(invoice["created"])
    assert found.grace_until == found.hosting_until == found.past_due_since + 7 * A_DAY
    assert hosts(account)
    account.refresh_from_db()
    assert not account.may_host(found.grace_until)


def test_grace_is_given_once_though_the_period_rolls_on(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    one = subscribe(fake, over)
    first = fake.fail_renewal(one, days_ago=31)
    sync_account(account)
    fake.fail_renewal(one, days_ago=1)
    assert sync_account(account).past_due_since == at(first["created"])
    assert not hosts(account)


def test_without_an_open_invoice_the_period_began_unpaid(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    one = subscribe(fake, over)
    fake.fail_renewal(one, days_ago=3)["status"] = "uncollectible"
    begin = one["items"]["data"][0]["current_period_start"]
    assert sync_account(account).past_due_since == at(begin)


def test_a_late_payment_restores(
    fake: FakeStripe, over: Customer, account: Account, changes: list[Any]
) -> None:
    one = subscribe(fake, over)
    sync_account(account)
    invoice = fake.fail_renewal(one, days_ago=9)
    sync_account(account)
    assert not hosts(account)
    invoice["status"], one["status"] = "paid", "active"
    found = sync_account(account)
    assert (found.phase, found.past_due_since, found.grace_until) == ("active", None, None)
    assert hosts(account)
    assert [after.phase for _before, after in changes] == ["active", "past_due", "active"]


@pytest.mark.parametrize("status", ["unpaid", "canceled"])
def test_an_unpaid_one_that_stripe_gives_up_is_ended(
    fake: FakeStripe, over: Customer, account: Account, status: str
) -> None:
    one = subscribe(fake, over)
    fake.fail_renewal(one, days_ago=1)
    one.update(status=status, ended_at=now() if status == "canceled" else None)
    assert sync_account(account).phase == "ended"
    assert not hosts(account)


# Paying twice


def test_a_doubled_subscription_shows(
    fake: FakeStripe, over: Customer, account: Account, changes: list[Any]
) -> None:
    first = subscribe(fake, over)
    assert not sync_account(account).doubled
    subscribe(fake, over)
    assert sync_account(account).doubled
    fake._cancel(first["id"])
    assert not sync_account(account).doubled
    assert [after.doubled for _before, after in changes] == [False, True, False]


def test_the_longest_of_two_counts(fake: FakeStripe, over: Customer, account: Account) -> None:
    subscribe(fake, over, cancel_at=now() + DAY)
    fake.fail_renewal(subscribe(fake, over), days_ago=6)
    subscribe(fake, over)
    assert sync_account(account).phase == "active"
