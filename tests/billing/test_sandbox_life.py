"""A subscription's life in the sandbox: what each button does to it and to its invoices."""

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone

from billing.models import Customer as OurCustomer
from billing.sandbox import life
from billing.sandbox.models import CheckoutSession, Event, Subscription
from rooms.accounts.models import Account
from tests.at_once import at_once
from tests.billing.test_sandbox_api import client, customer, session, subscribed

pytestmark = pytest.mark.django_db
A_MINUTE = dt.timedelta(minutes=1)


def fresh(made: Subscription) -> Subscription:
    return Subscription.objects.get(pk=made.pk)


def invoices(made: Subscription) -> list[tuple[str, str]]:
    """Reason and status, the oldest first."""
    return [(one.billing_reason, one.status) for one in made.invoices.order_by("created")]


def told(made: Subscription, since: int = 0) -> list[str]:
    return list(Event.objects.order_by("created").values_list("type", flat=True))[since:]


@pytest.mark.parametrize(
    ("moment", "after"),
    [
        ("2026-01-15", "2026-02-15"),
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2026-12-31", "2027-01-31"),
        ("2026-11-30", "2026-12-30"),
    ],
)
def test_a_month_later(moment: str, after: str) -> None:
    assert life.month_after(dt.datetime.fromisoformat(moment)) == dt.datetime.fromisoformat(after)


def test_a_month_passes_and_is_paid() -> None:
    made = subscribed()
    began = made.created
    before = Event.objects.count()
    life.let_a_month_pass(made)
    renewed = fresh(made)
    now = timezone.now()
    assert renewed.status == "active"
    assert abs(renewed.current_period_start - now) < A_MINUTE
    assert abs(renewed.current_period_end - life.month_after(now)) < A_MINUTE
    assert dt.timedelta(days=28) <= began - renewed.created <= dt.timedelta(days=31)
    assert invoices(made) == [("subscription_create", "paid"), ("subscription_cycle", "paid")]
    assert told(made, before) == [
        "invoice.finalized",
        "invoice.paid",
        "customer.subscription.updated",
    ]


def test_a_payment_fails_while_the_period_rolls_on() -> None:
    made = subscribed()
    life.let_the_payment_fail(made)
    unpaid = fresh(made)
    assert unpaid.status == "past_due"
    assert unpaid.current_period_end > timezone.now() + dt.timedelta(days=27)
    assert invoices(made)[-1] == ("subscription_cycle", "open")
    assert "invoice.payment_failed" in told(made)


def test_grace_passes_and_a_late_payment_restores() -> None:
    made = subscribed()
    life.let_the_payment_fail(made)
    life.let_the_grace_pass(made)
    assert fresh(made).status == "past_due"
    oldest = made.invoices.get(status="open")
    assert oldest.created + settings.BILLING_GRACE < timezone.now()
    life.pay(made)
    paid = fresh(made)
    assert (paid.status, paid.declines) == ("active", False)
    assert {status for _reason, status in invoices(made)} == {"paid"}
    life.let_a_month_pass(made)
    assert fresh(made).status == "active"


def test_a_month_unpaid_ends_it() -> None:
    made = subscribed()
    life.let_the_payment_fail(made)
    life.let_a_month_pass(made)
    over = fresh(made)
    assert (over.status, over.cancel_reason) == ("canceled", "payment_failed")
    assert over.ended_at
    assert abs(over.ended_at - timezone.now()) < A_MINUTE
    assert invoices(made)[-1] == ("subscription_cycle", "void")
    assert told(made)[-1] == "customer.subscription.deleted"


def test_a_planned_cancellation_is_as_the_portals() -> None:
    made = subscribed()
    life.plan_cancellation(made)
    got = client().v1.subscriptions.retrieve(made.pk)
    assert got.status == "active"
    assert got.cancel_at == int(made.current_period_end.timestamp())
    assert got.cancel_at_period_end is False
    life.undo_cancellation(made)
    got = client().v1.subscriptions.retrieve(made.pk)
    assert (got.cancel_at, got.canceled_at) == (None, None)


@pytest.mark.parametrize("field", ["cancel_at", "cancel_at_period_end"])
def test_a_planned_cancellation_ends_it_with_the_period(field: str) -> None:
    made = subscribed()
    planned = made.current_period_end if field == "cancel_at" else True
    Subscription.objects.filter(pk=made.pk).update(**{field: planned})
    life.let_a_month_pass(made)
    assert fresh(made).status == "canceled"
    assert invoices(made) == [("subscription_create", "paid")]


def test_what_is_over_stays_over() -> None:
    made = subscribed()
    life.cancel(made)
    other = subscribed()
    life.let_a_month_pass(other)
    assert fresh(made).status == "canceled"
    assert len(invoices(made)) == 1


def test_time_passes_for_one_customer_alone() -> None:
    made, other = subscribed(), subscribed()
    life.let_the_payment_fail(made)
    assert fresh(other).current_period_end == other.current_period_end
    assert fresh(other).status == "active"


def test_the_trial_gets_older_too(account: Account) -> None:
    made = subscribed()
    ours = OurCustomer.objects.create(
        account=account,
        stripe_id=made.customer_id,
        email="alice@example.com",
        trial_end=account.hosting_until,
    )
    life.let_a_month_pass(made)
    ours.refresh_from_db()
    assert ours.trial_end < timezone.now()


def test_what_falls_due_by_itself_happens() -> None:
    renewing, ending, unpaid = subscribed(), subscribed(), subscribed()
    late = session(customer().id)
    later = session(customer().id)
    now = timezone.now()
    life.let_the_payment_fail(unpaid)
    events = Event.objects.count()
    life.sweep()
    assert Event.objects.count() == events, "nothing is due"
    Subscription.objects.filter(pk=renewing.pk).update(current_period_end=now)
    Subscription.objects.filter(pk=ending.pk).update(cancel_at=now)
    unpaid.invoices.filter(status="open").update(created=now - life.RETRIES_END_AFTER)
    CheckoutSession.objects.filter(pk=late.id).update(expires_at=now)
    life.sweep()
    statuses = [fresh(one).status for one in (renewing, ending, unpaid)]
    assert statuses == ["active", "canceled", "canceled"]
    assert len(invoices(renewing)) == 2
    assert CheckoutSession.objects.get(pk=late.id).status == "expired"
    assert CheckoutSession.objects.get(pk=later.id).status == "open"
    events = Event.objects.count()
    life.sweep()
    assert Event.objects.count() == events, "it happened once"


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_paid_and_closed_at_once_ends_one_way() -> None:
    opened = CheckoutSession.objects.get(pk=session(customer().id).id)
    at_once(*[lambda: life.subscribe(opened)] * 4, *[lambda: life.expire(opened)] * 2)
    ended = CheckoutSession.objects.get(pk=opened.pk)
    paid = 1 if ended.status == "complete" else 0
    assert ended.status in {"complete", "expired"}
    assert (Subscription.objects.count(), bool(ended.subscription_id)) == (paid, bool(paid))
    assert Event.objects.filter(type__startswith="checkout.session").count() == 1
