"""What the sandbox remembers; the names and states are Stripe's own."""

import datetime as dt
import secrets
import string
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

STATUS_WORDS = {
    "active": _("active"),
    "past_due": _("payment failed"),
    "canceled": _("cancelled"),
    "open": _("to be paid"),
    "paid": _("paid"),
    "void": _("void"),
}
_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """Nobody can guess it: like Stripe's, the address of a hosted page is its only guard."""
    return prefix + "_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def session_end() -> dt.datetime:
    return timezone.now() + dt.timedelta(hours=24)


def price_id() -> str:
    return str(settings.STRIPE_PRICE_ID)


class Customer(models.Model):
    id = models.CharField(max_length=40, primary_key=True, default=partial(new_id, "cus"))
    email = models.CharField(max_length=512, blank=True)
    name = models.CharField(max_length=256, blank=True)
    description = models.CharField(max_length=350, blank=True)
    metadata = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    next_invoice_sequence = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.id


class Subscription(models.Model):
    """`declines` is the card: while it is set, no payment of this subscription succeeds."""

    id = models.CharField(max_length=40, primary_key=True, default=partial(new_id, "sub"))
    item_id = models.CharField(max_length=40, default=partial(new_id, "si"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="subscriptions")
    status = models.CharField(max_length=20, default="active")
    price_id = models.CharField(max_length=64, default=price_id)
    quantity = models.PositiveIntegerField(default=1)
    metadata = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()
    cancel_at = models.DateTimeField(null=True)
    cancel_at_period_end = models.BooleanField(default=False)
    canceled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=40, blank=True)
    declines = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.id

    @property
    def is_over(self) -> bool:
        return self.status in {"canceled", "incomplete_expired"}

    @property
    def owes(self) -> bool:
        return self.status in {"past_due", "unpaid"}

    @property
    def status_word(self) -> str:
        return str(STATUS_WORDS.get(self.status, self.status))

    @property
    def ends(self) -> dt.datetime | None:
        """When a cancellation that is planned takes effect; either of two fields may say so."""
        return self.cancel_at or (self.current_period_end if self.cancel_at_period_end else None)


class Invoice(models.Model):
    id = models.CharField(max_length=40, primary_key=True, default=partial(new_id, "in"))
    line_id = models.CharField(max_length=40, default=partial(new_id, "il"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="invoices")
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=40)
    status = models.CharField(max_length=20, default="open")
    amount = models.PositiveIntegerField()
    billing_reason = models.CharField(max_length=40)
    attempt_count = models.PositiveIntegerField(default=0)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    created = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created", "-id"]

    def __str__(self) -> str:
        return self.number

    @property
    def dollars(self) -> str:
        return f"{self.amount / 100:.2f}"

    @property
    def status_word(self) -> str:
        return str(STATUS_WORDS.get(self.status, self.status))


class CheckoutSession(models.Model):
    id = models.CharField(max_length=40, primary_key=True, default=partial(new_id, "cs_test"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="sessions")
    subscription = models.ForeignKey(Subscription, models.CASCADE, null=True, related_name="+")
    status = models.CharField(max_length=20, default="open")
    success_url = models.TextField()
    cancel_url = models.TextField(blank=True)
    client_reference_id = models.CharField(max_length=200, blank=True)
    locale = models.CharField(max_length=10, blank=True)
    price_id = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField(default=1)
    metadata = models.JSONField(default=dict)
    subscription_metadata = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=session_end)

    def __str__(self) -> str:
        return self.id


class PortalSession(models.Model):
    id = models.CharField(max_length=40, primary_key=True, default=partial(new_id, "bps"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    return_url = models.TextField(blank=True)
    locale = models.CharField(max_length=10, blank=True)
    created = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.id


class Event(models.Model):
    """Something to be told to the webhook; `due_at` is empty once it was taken or given up."""

    id = models.CharField(max_length=40, primary_key=True, default=partial(new_id, "evt"))
    type = models.CharField(max_length=64)
    created = models.DateTimeField(default=timezone.now)
    body = models.JSONField()
    due_at = models.DateTimeField(null=True, default=timezone.now)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["created", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="sandbox_events_due",
                condition=models.Q(due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class IdempotentAnswer(models.Model):
    """What a request with this key was answered."""

    key = models.CharField(max_length=255, primary_key=True)
    request = models.TextField()
    answer = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.key
