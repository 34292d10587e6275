"""What happens to a subscription in the sandbox: each change with its events, in one transaction.

The product lives in real time, so time cannot be moved on here. Instead all that the sandbox
knows of a customer gets older: a period that ended in a month has ended now.
"""

import calendar
import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from billing.models import Customer as Trial
from billing.sandbox import catalogue, shapes
from billing.sandbox.events import record
from billing.sandbox.invoice_shape import invoice as invoice_shape
from billing.sandbox.models import CheckoutSession, Customer, Invoice, Subscription

# Stripe tries a card again for three weeks, then cancels (its default for failed payments).
RETRIES_END_AFTER = dt.timedelta(days=21)
DATES = {
    Subscription: "created current_period_start current_period_end cancel_at canceled_at ended_at",
    Invoice: "created period_start period_end paid_at voided_at",
    CheckoutSession: "created expires_at",
}


def month_after(moment: dt.datetime) -> dt.datetime:
    """The same day a month later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


@transaction.atomic
def subscribe(session: CheckoutSession) -> CheckoutSession:
    """Complete an open session: the first month is paid and the subscription begins."""
    customer = _locked(session.customer_id)
    session = CheckoutSession.objects.get(pk=session.pk)
    if session.status != "open":
        return session
    now = timezone.now()
    session.subscription = Subscription.objects.create(
        customer=customer,
        price_id=session.price_id,
        quantity=session.quantity,
        metadata=session.subscription_metadata,
        created=now,
        current_period_start=now,
        current_period_end=month_after(now),
    )
    session.status = "complete"
    session.save()
    _bill(session.subscription, "subscription_create", now)
    record("customer.subscription.created", shapes.subscription(session.subscription))
    record("checkout.session.completed", shapes.session(session))
    return session


@transaction.atomic
def expire(session: CheckoutSession) -> CheckoutSession:
    """Close an open session; one that was paid meanwhile stays as it is."""
    _locked(session.customer_id)
    session = CheckoutSession.objects.get(pk=session.pk)
    if session.status == "open":
        session.status = "expired"
        session.save(update_fields=["status"])
        record("checkout.session.expired", shapes.session(session))
    return session


def sweep() -> None:
    """What falls due by itself, on a run that goes on for weeks."""
    now = timezone.now()
    running = Q(subscriptions__status__in=["active", "past_due"])
    due = Customer.objects.filter(
        Q(running, subscriptions__current_period_end__lte=now)
        | Q(running, subscriptions__cancel_at__lte=now)
        | Q(invoices__status="open", invoices__created__lte=now - RETRIES_END_AFTER)
        | Q(sessions__status="open", sessions__expires_at__lte=now)
    )
    for customer in due.distinct():
        with transaction.atomic():
            _do_what_is_due(_locked(customer.pk))


@transaction.atomic
def let_a_month_pass(subscription: Subscription) -> None:
    """Until the period that is paid for ends; what is due then happens."""
    subscription = _fresh(subscription)
    until = subscription.ends or subscription.current_period_end
    _grow_older(subscription.customer, max(until - timezone.now(), dt.timedelta()))
    _do_what_is_due(subscription.customer)


@transaction.atomic
def let_the_payment_fail(subscription: Subscription) -> None:
    """The card is declined from now on, and a month passes."""
    _locked(subscription.customer_id)
    Subscription.objects.filter(pk=subscription.pk).update(declines=True)
    let_a_month_pass(subscription)


@transaction.atomic
def let_the_grace_pass(subscription: Subscription) -> None:
    """A little longer than the product goes on hosting after a failed payment."""
    subscription = _fresh(subscription)
    _grow_older(subscription.customer, settings.BILLING_GRACE + dt.timedelta(hours=1))
    _do_what_is_due(subscription.customer)


@transaction.atomic
def pay(subscription: Subscription) -> None:
    """A card that works pays what is open."""
    subscription = _fresh(subscription)
    subscription.declines = False
    for invoice in subscription.invoices.filter(status="open").order_by("created"):
        _collect(invoice, subscription)
    if subscription.status in {"past_due", "unpaid"}:
        subscription.status = "active"
    subscription.save()
    record("customer.subscription.updated", shapes.subscription(subscription))


@transaction.atomic
def plan_cancellation(subscription: Subscription) -> None:
    """As the portal does: `cancel_at` is set and `cancel_at_period_end` stays false."""
    subscription = _fresh(subscription)
    subscription.cancel_at = subscription.current_period_end
    subscription.canceled_at = timezone.now()
    subscription.cancel_reason = "cancellation_requested"
    subscription.save()
    record("customer.subscription.updated", shapes.subscription(subscription))


@transaction.atomic
def undo_cancellation(subscription: Subscription) -> None:
    subscription = _fresh(subscription)
    subscription.cancel_at = subscription.canceled_at = None
    subscription.cancel_at_period_end = False
    subscription.cancel_reason = ""
    subscription.save()
    record("customer.subscription.updated", shapes.subscription(subscription))


@transaction.atomic
def cancel(subscription: Subscription, reason: str = "cancellation_requested") -> Subscription:
    """At once. An open invoice is void: nobody owes for a month that was not had."""
    subscription = _fresh(subscription)
    now = timezone.now()
    subscription.status = "canceled"
    subscription.canceled_at = subscription.canceled_at or now
    subscription.ended_at = now
    subscription.cancel_at = None
    subscription.cancel_reason = reason
    subscription.save()
    subscription.invoices.filter(status="open").update(status="void", voided_at=now)
    record("customer.subscription.deleted", shapes.subscription(subscription))
    return subscription


def _locked(customer_id: str) -> Customer:
    """Whoever changes something of a customer holds its row, so changes come one by one."""
    return Customer.objects.select_for_update().get(pk=customer_id)


def _fresh(subscription: Subscription) -> Subscription:
    _locked(subscription.customer_id)
    return Subscription.objects.select_related("customer").get(pk=subscription.pk)


def _grow_older(customer: Customer, by: dt.timedelta) -> None:
    """The trial too: it is the product's, but a month in which it did not end would be none."""
    Trial.objects.filter(stripe_id=customer.pk).update(trial_end=F("trial_end") - by)
    for model, dates in DATES.items():
        model._default_manager.filter(customer=customer).update(
            **{name: F(name) - by for name in dates.split()}
        )


def _do_what_is_due(customer: Customer) -> None:
    now = timezone.now()
    for session in CheckoutSession.objects.filter(
        customer=customer, status="open", expires_at__lte=now
    ):
        expire(session)
    for subscription in Subscription.objects.filter(customer=customer).select_related("customer"):
        if not subscription.is_over:
            _move(subscription, now)


def _move(subscription: Subscription, now: dt.datetime) -> None:
    """Cancel, renew or give up, whichever is due; then say how the subscription stands."""
    oldest = subscription.invoices.filter(status="open").order_by("created").first()
    if subscription.ends and subscription.ends <= now:
        cancel(subscription)
    elif oldest and oldest.created + RETRIES_END_AFTER <= now:
        cancel(subscription, "payment_failed")
    else:
        if subscription.current_period_end <= now:
            subscription.current_period_start = subscription.current_period_end
            subscription.current_period_end = month_after(subscription.current_period_start)
            subscription.save()
            _bill(subscription, "subscription_cycle", now)
        record("customer.subscription.updated", shapes.subscription(subscription))


def _bill(subscription: Subscription, reason: str, now: dt.datetime) -> None:
    """Issue the invoice of the period that begins, and collect it."""
    customer = subscription.customer
    number = customer.next_invoice_sequence
    Customer.objects.filter(pk=customer.pk).update(next_invoice_sequence=number + 1)
    invoice = Invoice.objects.create(
        customer=customer,
        subscription=subscription,
        number=f"{customer.id[-8:].upper()}-{number:04}",
        amount=catalogue.UNIT_AMOUNT * subscription.quantity,
        billing_reason=reason,
        period_start=subscription.current_period_start,
        period_end=subscription.current_period_end,
        created=now,
    )
    record("invoice.finalized", invoice_shape(invoice))
    _collect(invoice, subscription)
    if invoice.status == "open":
        subscription.status = "past_due"
        subscription.save()


def _collect(invoice: Invoice, subscription: Subscription) -> None:
    invoice.attempt_count += 1
    if subscription.declines:
        invoice.save()
        record("invoice.payment_failed", invoice_shape(invoice))
        return
    invoice.status, invoice.paid_at = "paid", timezone.now()
    invoice.save()
    record("invoice.paid", invoice_shape(invoice))
