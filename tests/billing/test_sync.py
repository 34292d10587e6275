"""The one writer of the mirror, and the reconciliation that calls it for everybody."""

import threading
from typing import Any

import pytest
import stripe
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from billing import stripe_gateway, subscriptions
from billing.models import Customer, Subscription
from billing.stripe_gateway import BillingError
from billing.subscriptions import standing, sync_account
from rooms.accounts.models import Account
from tests.at_once import at_once
from tests.billing.asking import A_DAY, hosts, subscribe
from tests.billing.fake_stripe import FakeStripe, Json

pytestmark = pytest.mark.django_db


# The writer


def test_a_second_sync_changes_and_tells_nothing(
    fake: FakeStripe, over: Customer, account: Account, changes: list[Any]
) -> None:
    subscribe(fake, over)
    first = sync_account(account)
    assert sync_account(account) == first
    assert len(changes) == 1
    assert (changes[0][0].phase, changes[0][1].phase) == ("none", "active")


def test_days_of_the_trial_going_by_are_no_change(
    account: Account, fake: FakeStripe, customer: Customer, changes: list[Any]
) -> None:
    for days in range(3):
        with time_machine.travel(timezone.now() + days * A_DAY):
            sync_account(account)
    assert changes == []


def test_an_answer_that_was_overtaken_changes_nothing(
    fake: FakeStripe, over: Customer, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ask; the first gets its answer, but the second gets a newer one and writes it first."""
    one = subscribe(fake, over)
    real = stripe_gateway.subscriptions
    nested: list[bool] = []

    def slow(customer: str) -> Any:
        found = real(customer)
        if not nested:
            nested.append(True)
            fake._cancel(one["id"])
            sync_account(account)
        return found

    monkeypatch.setattr(stripe_gateway, "subscriptions", slow)
    assert sync_account(account).phase == "ended"
    assert Subscription.objects.get().status == "canceled"
    assert not hosts(account)


def test_an_earlier_question_may_be_answered_first(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    early, late = (subscriptions._take_ticket(over) for _n in range(2))
    subscribe(fake, over)
    told = stripe_gateway.subscriptions(over.stripe_id or "")
    assert subscriptions._apply(over, early, []).phase == "none"
    assert subscriptions._apply(over, late, told).phase == "active"
    assert subscriptions._apply(over, early, []).phase == "active"


@pytest.mark.django_db(transaction=True)
def test_a_sync_inside_a_transaction_fails_before_it_asks(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    """It would hold its locks while Stripe thinks."""
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        sync_account(account)
    assert not fake.requests


@pytest.mark.django_db(transaction=True)
def test_syncs_at_once_end_as_stripe_says_and_tell_once(
    fake: FakeStripe, over: Customer, account: Account, changes: list[Any]
) -> None:
    subscribe(fake, over)
    results = at_once(*[lambda: sync_account(account).phase for _n in range(8)])
    assert results == ["active"] * 8
    assert [after.phase for _before, after in changes] == ["active"]
    over.refresh_from_db()
    assert over.sync_seq == 8


@pytest.mark.django_db(transaction=True)
def test_others_write_while_stripe_thinks(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    """The row of the account and of the customer are free meanwhile."""
    asked, go_on = threading.Event(), threading.Event()

    def trouble(_method: str, _path: str) -> None:
        asked.set()
        assert go_on.wait(10)

    def write() -> None:
        assert asked.wait(10)
        Account.objects.filter(pk=account.pk).update(name="Renamed")
        Customer.objects.filter(pk=over.pk).update(name="Renamed")
        go_on.set()

    fake.trouble = trouble
    at_once(lambda: sync_account(account), write)
    account.refresh_from_db()
    assert account.name == "Renamed"
    assert go_on.is_set()


def test_stripe_not_answering_changes_nothing(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    subscribe(fake, over)
    before = sync_account(account)

    def trouble(_method: str, _path: str) -> None:
        raise stripe.APIConnectionError("Read timed out", should_retry=False)

    fake.trouble = trouble
    with pytest.raises(BillingError):
        sync_account(account)
    assert hosts(account)
    assert standing(account, timezone.now()) == before


def test_the_wrong_key_ends_nobodys_hosting(
    fake: FakeStripe, over: Customer, account: Account
) -> None:
    """Another Stripe account knows none of our customers."""
    subscribe(fake, over)
    sync_account(account)
    error = {"type": "invalid_request_error", "code": "resource_missing", "param": "customer"}
    fake.trouble = lambda _m, _p: (400, {"error": {**error, "message": "No such customer"}})
    with pytest.raises(BillingError):
        sync_account(account)
    assert hosts(account)


# Reconciliation


def _customers(fake: FakeStripe, number: int) -> list[Account]:
    accounts = [Account.objects.create(name=f"No. {n}") for n in range(number)]
    for one in accounts:
        made = fake._keep(fake.customers, "cus", {"object": "customer"})
        Customer.objects.create(
            account=one, stripe_id=made["id"], email="x@example.com", trial_end=one.hosting_until
        )
        fake.subscribe(made["id"])
    return accounts


def test_reconciliation_goes_on_after_a_failure(fake: FakeStripe, db: None) -> None:
    accounts = _customers(fake, 3)
    broken = Customer.objects.get(account=accounts[1]).stripe_id

    def trouble(_method: str, _path: str) -> tuple[int, Json] | None:
        if dict(fake.requests[-1][2]).get("customer") == broken:
            return 400, {"error": {"type": "invalid_request_error", "message": "no"}}
        return None

    fake.trouble = trouble
    assert subscriptions.reconcile(timezone.now() + A_DAY) == (2, 1)
    assert Subscription.objects.count() == 2


def test_reconciliation_begins_with_who_waits_longest(fake: FakeStripe, db: None) -> None:
    accounts = _customers(fake, 3)
    for order, one in enumerate([2, 0]):
        Customer.objects.filter(account=accounts[one]).update(
            applied_at=timezone.now() - (5 - order) * A_DAY
        )
    subscriptions.reconcile(timezone.now() + A_DAY)
    asked = [asked["customer"] for asked in fake.sent("get", "/v1/subscriptions")]
    expected = [Customer.objects.get(account=accounts[one]).stripe_id for one in (1, 2, 0)]
    assert asked == expected


def test_reconciliation_stops_in_time(fake: FakeStripe, db: None) -> None:
    _customers(fake, 2)
    assert subscriptions.reconcile(timezone.now()) == (0, 0)


def test_the_command_reconciles_all_or_some(
    fake: FakeStripe, db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = _customers(fake, 2)
    call_command("reconcile_billing", first.pk)
    assert f"{first.pk}: active" in capsys.readouterr().out
    assert Subscription.objects.count() == 1
    call_command("reconcile_billing")
    assert "2 customers" in capsys.readouterr().out
    assert Subscription.objects.count() == 2
    with pytest.raises(CommandError, match="no account"):
        call_command("reconcile_billing", "ac_none")
    assert second.billing_customer.subscriptions.exists()
