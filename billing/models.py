"""Money as Stripe told it: customers, a mirror of their subscriptions, checkouts, events.

Stripe is where the truth is. These rows are a copy that `subscriptions.sync_account()` alone
writes, so that a page or a call never waits on Stripe to learn whether an account may host.
"""

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms.accounts.models import Account
from rooms.ids import IdField

# The one plan, in cents; whoever pays anything else has not paid for hosting.
PRICE_AMOUNT, PRICE_CURRENCY, PRICE_INTERVAL = 5000, "usd", "month"


class Customer(models.Model):
    """The account at Stripe. `email` and `name` are what Stripe was told when it was made.

    A sync takes the next `sync_seq` before it asks Stripe, and writes only while no later one was
    applied (`applied_seq`), so an answer that was overtaken changes nothing. `generation` counts
    how often Stripe's customer had to be made anew because it was deleted there.
    """

    id = IdField("bc")
    account = models.OneToOneField(Account, models.PROTECT, related_name="billing_customer")
    stripe_id = models.CharField(max_length=255, unique=True, null=True)  # noqa: DJ001 (unique)
    generation = models.PositiveSmallIntegerField(default=0, editable=False)
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=100)
    trial_end = models.DateTimeField(_("end of the trial"))
    sync_seq = models.PositiveBigIntegerField(default=0, editable=False)
    applied_seq = models.PositiveBigIntegerField(default=0, editable=False)
    applied_at = models.DateTimeField(_("last told by Stripe"), null=True, db_index=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.stripe_id or self.id

    @property
    def key(self) -> str:
        """The idempotency key under which Stripe's customer is made."""
        return f"customer-{self.pk}-{self.generation}"


class Subscription(models.Model):
    """A copy of one of Stripe's subscriptions. An account may have several: a doubled one shows.

    `price_id`, `amount` (cents, times the quantity), `currency` and `interval` are of the item
    that has our price, else of the first; `past_due_since` is when its oldest unpaid invoice was
    made.
    """

    MAY_HOST = ("active", "trialing", "past_due")
    # Paying for these again would pay twice, so they are mended in the portal.
    LIVE = (*MAY_HOST, "unpaid", "paused")

    id = IdField("sb")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="subscriptions")
    stripe_id = models.CharField(max_length=255, unique=True)
    status = models.CharField(_("status"), max_length=32)
    price_id = models.CharField(_("price"), max_length=255)
    amount = models.BigIntegerField(_("cents"))
    currency = models.CharField(_("currency"), max_length=8)
    interval = models.CharField(_("every"), max_length=16, help_text="As month or 3 month.")
    current_period_end = models.DateTimeField(_("paid or due until"), null=True)
    cancel_at = models.DateTimeField(_("ends at"), null=True)
    cancel_at_period_end = models.BooleanField(_("ends with the period"), default=False)
    past_due_since = models.DateTimeField(_("unpaid since"), null=True)
    livemode = models.BooleanField(_("real money"))
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ("started_at", "stripe_id")

    def __str__(self) -> str:
        return f"{self.stripe_id} ({self.status})"

    @property
    def has_our_price(self) -> bool:
        paid = (self.price_id, self.amount, self.currency, self.interval)
        return paid == (settings.STRIPE_PRICE_ID, PRICE_AMOUNT, PRICE_CURRENCY, PRICE_INTERVAL)

    @property
    def is_live(self) -> bool:
        return self.has_our_price and self.status in self.LIVE

    @property
    def may_host(self) -> bool:
        """Whether it lets its account host, as long as `hosts_until` says."""
        return self.has_our_price and self.status in self.MAY_HOST

    @property
    def cancels_at(self) -> dt.datetime | None:
        """When it is to end. The portal sets `cancel_at` alone, the API either."""
        if self.cancel_at:
            return self.cancel_at
        return self.current_period_end if self.cancel_at_period_end else None

    @property
    def grace_until(self) -> dt.datetime | None:
        """Until when an unpaid one still hosts; its period has rolled on and says nothing."""
        if self.status != "past_due" or self.past_due_since is None:
            return None
        return self.past_due_since + settings.BILLING_GRACE

    @property
    def hosts_until(self) -> dt.datetime | None:
        """The end of the right to host that this one gives or gave; None where it never gave any.

        A renewal may be late by BILLING_SLACK; an end that was asked for is kept to the second.
        """
        ends = [self.ended_at, self.cancels_at]
        if not self.has_our_price:
            return None
        if self.status in ("active", "trialing"):
            if self.current_period_end and self.cancels_at != self.current_period_end:
                ends.append(self.current_period_end + settings.BILLING_SLACK)
        elif self.status == "past_due":
            ends.append(self.grace_until)
        elif self.status == "unpaid":
            ends.append(self.past_due_since)
        elif self.status != "canceled":
            return None
        return min((end for end in ends if end), default=None)


class CheckoutAttempt(models.Model):
    """One try to subscribe. One is open per account, and everybody who asks gets the same page."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        COMPLETE = "complete", _("complete")
        EXPIRED = "expired", _("expired")
        FAILED = "failed", pgettext_lazy("checkout", "failed")

    # Stripe keeps a session and an idempotency key for a day; ours is given up a little earlier.
    LIFETIME = dt.timedelta(hours=23)

    id = IdField("ct")
    account = models.ForeignKey(Account, models.PROTECT, related_name="checkouts")
    price_id = models.CharField(_("price"), max_length=255)
    return_url = models.URLField(max_length=500)
    session_id = models.CharField(max_length=255, unique=True, null=True)  # noqa: DJ001 (unique)
    url = models.TextField(blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.OPEN
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(status="open"),
                name="one_open_checkout_per_account",
            ),
        ]

    def __str__(self) -> str:
        return self.session_id or self.id

    @property
    def key(self) -> str:
        """The idempotency key under which Stripe's session is made."""
        return f"checkout-{self.pk}"


class StripeEvent(models.Model):
    """An event as Stripe sent it, kept before anything is done about it."""

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(_("type"), max_length=255)
    api_version = models.CharField(_("API version"), max_length=64, blank=True)
    livemode = models.BooleanField(_("real money"))
    body = models.JSONField()
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        ordering = ("-received_at", "-id")
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"],
                name="stripe_events_left",
                condition=models.Q(processed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
