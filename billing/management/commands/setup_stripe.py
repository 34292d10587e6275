"""`manage.py setup_stripe`: product, price and webhook at Stripe, made where they are missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.models import PRICE_AMOUNT, PRICE_CURRENCY, PRICE_INTERVAL
from billing.stripe_gateway import API_VERSION, BillingError, client, told_plainly

LOOKUP_KEY = "anyroom_monthly"
PORTAL = "https://dashboard.stripe.com/settings/billing/portal"
# Each is a trigger to ask Stripe about the customer; nothing is read from it.
EVENTS: list[Any] = [
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.updated",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.voided",
]


class Command(BaseCommand):
    help = "Make or find the product, the price and the webhook at Stripe; print the settings."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.BILLING_SANDBOX:
            raise CommandError(
                "This run plays Stripe itself and needs no setting up; set STRIPE_SECRET_KEY to "
                "use Stripe."
            )
        try:
            with told_plainly("setting up"):
                self._set_up()
        except BillingError as error:
            raise CommandError(f"{error} Stripe said: {error.__cause__}") from error

    def _set_up(self) -> None:
        self.stdout.write(f"STRIPE_PRICE_ID={_price()}")
        url = f"{settings.PUBLIC_URL}/billing/webhook"
        secret = _webhook(url)
        if secret:
            self.stdout.write(f"STRIPE_WEBHOOK_SECRET={secret}")
        else:
            self.stdout.write(
                f"# STRIPE_WEBHOOK_SECRET stays as it is: the webhook {url} was there already.\n"
                "# Stripe's dashboard shows its signing secret."
            )
        if not client().v1.billing_portal.configurations.list({"is_default": True}).data:
            self.stdout.write(f"# Save the settings of the customer portal once, at {PORTAL}")


def _price() -> str:
    """The id of the price; the one under our lookup key must be what the pages promise."""
    found = client().v1.prices.list({"lookup_keys": [LOOKUP_KEY], "active": True}).data
    for price in found:
        every = price.recurring and (price.recurring.interval, price.recurring.interval_count)
        if (price.unit_amount, price.currency, every) == (
            PRICE_AMOUNT,
            PRICE_CURRENCY,
            (PRICE_INTERVAL, 1),
        ):
            return price.id
    made = client().v1.prices.create(
        {
            "currency": PRICE_CURRENCY,
            "unit_amount": PRICE_AMOUNT,
            "recurring": {"interval": "month"},
            "lookup_key": LOOKUP_KEY,
            "transfer_lookup_key": True,
            "product_data": {"name": "AnyRoom"},
        },
        {"idempotency_key": f"setup-price-{LOOKUP_KEY}-{len(found)}"},
    )
    return made.id


def _webhook(url: str) -> str:
    """The secret of the webhook where it is made now; empty where it was there.

    The version of a webhook cannot be changed, so one of another version is replaced.
    """
    hooks = client().v1.webhook_endpoints
    ours = [hook for hook in hooks.list({"limit": 100}).auto_paging_iter() if hook.url == url]
    right = [hook for hook in ours if hook.api_version == API_VERSION]
    secret = ""
    if right:
        if sorted(right[0].enabled_events) != EVENTS or right[0].status != "enabled":
            hooks.update(right[0].id, {"enabled_events": EVENTS, "disabled": False})
    else:
        made = hooks.create(
            {"url": url, "api_version": API_VERSION, "enabled_events": EVENTS},
        )
        secret = made.secret or ""
    for hook in ours:
        if hook not in right[:1]:
            hooks.delete(hook.id)
    return secret
