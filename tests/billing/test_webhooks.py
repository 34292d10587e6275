"""Stripe's webhook: who may call it, and that whatever comes has its effect once."""

import datetime as dt
import itertools
import json
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django.utils import timezone

from billing import stripe_gateway, subscriptions, tasks, webhooks
from billing.models import Customer, StripeEvent, Subscription
from billing.signals import standing_changed
from rooms.accounts.models import Account
from rooms.notices.models import Notice
from tests.at_once import at_once
from tests.billing import webhook
from tests.billing.fake_stripe import DAY, FakeStripe, Json
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


def sweep() -> int:
    return webhooks.sweep(timezone.now(), timezone.now() + dt.timedelta(minutes=1))


def test_an_event_is_a_trigger_to_ask_stripe(account: Account, paid: Json) -> None:
    about = {"object": "subscription", "customer": paid["customer"], "status": "canceled"}
    assert webhook.post(event(about)).status_code == 200
    assert Subscription.objects.get().status == "active"
    assert hosts(account)
    kept = StripeEvent.objects.get()
    assert kept.processed_at
    assert kept.attempts == 1
    assert kept.error == ""


@pytest.mark.parametrize(
    "about",
    [
        {"object": "invoice", "customer": "{}"},
        {"object": "checkout.session", "customer": "{}"},
        {"object": "customer", "id": "{}"},
        {"object": "subscription", "customer": {"object": "customer", "id": "{}"}},
    ],
    ids=lambda about: about["object"],
)
def test_whatever_is_about_a_customer_syncs_it(account: Account, paid: Json, about: Json) -> None:
    text = json.dumps(about).replace('"{}"', json.dumps(paid["customer"]))
    assert webhook.post(event(json.loads(text))).status_code == 200
    assert hosts(account)


@pytest.mark.parametrize("about", [{}, {"object": "customer", "id": "cus_else"}, {"customer": 7}])
def test_what_is_about_nobody_of_ours_is_kept_and_done(
    account: Account, paid: Json, about: Json
) -> None:
    assert webhook.post(event(about)).status_code == 200
    assert StripeEvent.objects.get().processed_at
    assert not hosts(account)


def test_another_api_version_is_noted_and_taken(account: Account, paid: Json) -> None:
    about = {"object": "subscription", "customer": paid["customer"]}
    assert webhook.post(event(about, api_version="2020-08-27")).status_code == 200
    assert StripeEvent.objects.get().api_version == "2020-08-27"
    assert hosts(account)


def test_only_post_is_taken(client: Any) -> None:
    assert client.get(webhook.URL).status_code == 405


def test_a_crash_keeps_the_event_and_the_retry_succeeds(
    account: Account, paid: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = event({"object": "subscription", "customer": paid["customer"]})
    with monkeypatch.context() as broken:
        broken.setattr(subscriptions, "_mirror", lambda *_args: 1 / 0)
        assert webhook.post(body).status_code == 500
    kept = StripeEvent.objects.get()
    assert kept.processed_at is None
    assert kept.attempts == 1
    assert "ZeroDivisionError" in kept.error
    assert not hosts(account)
    assert webhook.post(body).status_code == 200
    kept.refresh_from_db()
    assert kept.processed_at
    assert kept.error == ""
    assert hosts(account)


def test_stripe_not_answering_is_a_failure_too(
    fake: FakeStripe, account: Account, paid: Json
) -> None:
    def trouble(_method: str, _path: str) -> None:
        raise stripe.APIConnectionError("timed out", should_retry=True)

    fake.trouble = trouble
    assert webhook.post(event({"object": "customer", "id": paid["customer"]})).status_code == 500
    fake.trouble = None
    StripeEvent.objects.update(received_at=timezone.now() - dt.timedelta(minutes=2))
    assert sweep() == 1
    assert StripeEvent.objects.get().processed_at
    assert hosts(account)
    assert sweep() == 0


def test_the_sweep_tries_what_failed_least_first_and_stops_in_time(paid: Json) -> None:
    old = timezone.now() - dt.timedelta(minutes=5)
    for pk, attempts in (("evt_1", 7), ("evt_2", 0), ("evt_3", webhooks.MOST_ATTEMPTS)):
        webhooks.keep(event({}, id=pk))
        StripeEvent.objects.filter(pk=pk).update(attempts=attempts, received_at=old)
    assert webhooks.sweep(timezone.now(), timezone.now()) == 0
    assert sweep() == 2
    done = StripeEvent.objects.filter(processed_at__isnull=False).order_by("processed_at")
    assert [one.pk for one in done] == ["evt_2", "evt_1"]


def test_a_receipt_is_kept_for_repeats_and_then_goes(paid: Json) -> None:
    long_ago = timezone.now() - dt.timedelta(days=91)
    for pk in ("evt_1", "evt_2", "evt_3"):
        webhooks.keep(event({}, id=pk))
    StripeEvent.objects.filter(pk="evt_1").update(received_at=long_ago, processed_at=long_ago)
    StripeEvent.objects.filter(pk="evt_2").update(received_at=long_ago)
    tasks.tidy()
    assert set(StripeEvent.objects.values_list("pk", flat=True)) == {"evt_2", "evt_3"}


def test_a_repeat_does_not_ask_stripe_again(fake: FakeStripe, paid: Json) -> None:
    body = event({"object": "customer", "id": paid["customer"]})
    for _time in range(3):
        assert webhook.post(body).status_code == 200
    assert StripeEvent.objects.count() == 1
    assert len(fake.sent("get", "/v1/subscriptions")) == 2  # the first was the checkout's


@pytest.mark.django_db(transaction=True)
def test_one_event_many_times_at_once_has_its_effects_once(
    fake: FakeStripe, account: Account, alice: Any, customer: Customer
) -> None:
    one = fake.subscribe(customer.stripe_id or "")
    subscriptions.sync_account(account)
    fake.fail_renewal(one)
    changes: list[str] = []

    def told(sender: Any, after: subscriptions.Standing, **_rest: Any) -> None:
        changes.append(after.phase)

    standing_changed.connect(told)
    body = event({"object": "invoice", "customer": customer.stripe_id}, "invoice.payment_failed")
    answers = at_once(*[lambda: webhook.post(body).status_code for _n in range(6)])
    standing_changed.disconnect(told)
    assert answers == [200] * 6
    assert changes == ["past_due"]
    assert StripeEvent.objects.count() == 1
    assert Notice.objects.filter(kind=Notice.Kind.PAYMENT_FAILED, recipient=alice).count() == 1


def _life(fake: FakeStripe, customer: str) -> list[Callable[[], Json]]:
    """What happens to an account over the months; each step returns what its event is about."""
    subs: list[Json] = []

    def subscribe() -> Json:
        subs.append(fake.subscribe(customer))
        return subs[-1]

    def fail() -> Json:
        return fake.fail_renewal(subs[-1], days_ago=1)

    def pay() -> Json:
        for invoice in fake.invoices.values():
            invoice["status"] = "paid"
        subs[-1]["status"] = "active"
        return subs[-1]

    def plan_end() -> Json:
        subs[-1]["cancel_at"] = int(time.time()) + DAY
        return subs[-1]

    def undo() -> Json:
        subs[-1]["cancel_at"] = None
        return subs[-1]

    def end() -> Json:
        subs[-1].update(status="canceled", ended_at=int(time.time()) - 5)
        return subs[-1]

    return [subscribe, fail, pay, plan_end, undo, fail, end, subscribe, subscribe, plan_end]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_doubling_or_loss_then_reconciliation_is_what_stripe_says(
    fake: FakeStripe, account: Account, customer: Customer, seed: int
) -> None:
    chance = random.Random(seed)
    Customer.objects.update(trial_end=timezone.now() + dt.timedelta(days=1))  # it began long ago
    late: list[Json] = []
    for step in itertools.islice(_life(fake, customer.stripe_id or ""), chance.randint(1, 10)):
        late.append(event(json.loads(json.dumps(step())), "customer.subscription.updated"))
        chance.shuffle(late)
        for _time in range(chance.randint(0, 2)):  # lost, once, or twice
            if late:
                assert webhook.post(chance.choice(late)).status_code == 200
        if chance.random() < 0.3:
            late.pop()
    subscriptions.reconcile(timezone.now() + dt.timedelta(minutes=1))
    told = stripe_gateway.subscriptions(customer.stripe_id or "")
    for remote in told:
        row = Subscription.objects.get(stripe_id=remote.stripe_id)
        for field in ("status", "cancel_at", "current_period_end", "past_due_since", "ended_at"):
            assert getattr(row, field) == getattr(remote, field), field
    assert Subscription.objects.count() == len(told)
    account.refresh_from_db()
    by_status = [row.hosts_until for row in Subscription.objects.all() if row.hosts_until]
    customer.refresh_from_db()
    assert account.hosting_until == max(by_status, default=customer.trial_end)
