"""The one door to Stripe: requests out, plain dataclasses in. Nothing else imports the SDK.

Every request goes through `client()`, so the version is pinned, nobody waits for more than the
timeout, and the embedded run's sandbox answers in Stripe's stead. What fails raises BillingError,
whose message is fit for a page and which says whether trying again can help.
"""

import datetime as dt
import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import stripe
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from billing import remote
from billing.models import PRICE_AMOUNT, PRICE_CURRENCY, PRICE_INTERVAL
from billing.remote import Invoice, RemoteSubscription, Session

API_VERSION: Final = "2026-10-28.endive"
TIMEOUT = 10  # seconds
TOLERANCE = 300  # seconds that a signature may be old, or a clock ahead
RETRIES = 2

log = logging.getLogger(__name__)


class BillingError(Exception):
    """What could not be done with Stripe. Trying again later helps unless it is `permanent`.

    `code` is Stripe's own word for it, such as resource_missing, and `param` what it is about.
    """

    def __init__(
        self, message: str | Promise, *, permanent: bool, code: str = "", param: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.code = code
        self.param = param

    def __str__(self) -> str:
        return str(self.message)

    @property
    def is_missing_customer(self) -> bool:
        """Stripe does not know the customer: it was made with another key."""
        return (self.code, self.param) == ("resource_missing", "customer")


UNREACHABLE = gettext_lazy("The payment service does not answer. Try again in a few minutes.")
REFUSED = gettext_lazy("The payment service refused this. Write to us and we will mend it.")


def is_live() -> bool:
    """Whether our key moves real money."""
    return settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))


def client() -> stripe.StripeClient:
    """Raises BillingError where Stripe is not set up."""
    if not settings.STRIPE_SECRET_KEY:
        raise BillingError(gettext_lazy("Payments are not set up here."), permanent=True)
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=API_VERSION,
        max_network_retries=RETRIES,
        http_client=http_client(),
        base_addresses={"api": settings.STRIPE_API_URL} if settings.STRIPE_API_URL else None,
    )


@cache
def http_client() -> stripe.HTTPClient:
    """What carries the requests: the network, or the sandbox of an embedded run without a key."""
    if settings.BILLING_SANDBOX:
        from billing.sandbox.client import SandboxHTTPClient

        return SandboxHTTPClient()
    return stripe.RequestsClient(timeout=TIMEOUT)


@contextmanager
def told_plainly(what: str) -> Iterator[None]:
    """Turn what the SDK raises into BillingError; the details are for the log alone."""
    try:
        yield
    except stripe.StripeError as error:
        later = isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or (
            error.http_status in (None, 409) or error.http_status >= 500
        )
        log.log(
            logging.WARNING if later else logging.ERROR,
            "Stripe: %s failed: %s (%s, request %s)",
            what,
            error.user_message or error,
            error.http_status,
            error.request_id,
        )
        raise BillingError(
            UNREACHABLE if later else REFUSED,
            permanent=not later,
            code=error.code or "",
            param=getattr(error, "param", None) or "",
        ) from error


class BadEvent(Exception):
    """A webhook that is not Stripe's, not fresh, not ours, or no event."""


def event(body: bytes, signature: str) -> dict[str, Any]:
    """The event that Stripe signed. Raises BadEvent.

    The SDK takes signatures from the future, events of the other mode, and bodies that are no
    event; those are refused here.
    """
    try:
        text = body.decode()
        stripe.WebhookSignature.verify_header(
            text, signature, settings.STRIPE_WEBHOOK_SECRET, TOLERANCE
        )
        found: Any = json.loads(text)
    except (stripe.SignatureVerificationError, ValueError, TypeError, RecursionError) as error:
        raise BadEvent(str(error)) from error
    signed_at = re.findall(r"(?:^|,)t=(\d+)", signature)
    if not signed_at or int(signed_at[0]) > time.time() + TOLERANCE:
        raise BadEvent("it was signed in the future")
    if not isinstance(found, dict) or found.get("object") != "event":
        raise BadEvent("it is no event")
    for field in ("id", "type"):
        if not re.fullmatch(r"[\w.]{1,255}", str(found.get(field) or ""), re.ASCII):
            raise BadEvent(f"it has no {field}")
    if found.get("livemode") is not is_live():
        raise BadEvent("it is of the other mode, live or test")
    try:
        kept = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:  # half of a surrogate pair, or NaN
        raise BadEvent("it holds what is no JSON") from error
    if b"\\u0000" in kept:
        raise BadEvent("it holds a null character")
    return found


def create_customer(*, account: str, email: str, name: str, key: str) -> str:
    """The id of Stripe's customer; the same `key` gives the same one again."""
    with told_plainly("making a customer"):
        made = client().v1.customers.create(
            {"email": email, "name": name, "metadata": {"account": account}},
            {"idempotency_key": key},
        )
    return made.id


def check_price() -> None:
    """Raises BillingError unless Stripe's price is the one that the pages promise."""
    with told_plainly("reading the price"):
        price = client().v1.prices.retrieve(settings.STRIPE_PRICE_ID)
    every = price.recurring and (price.recurring.interval, price.recurring.interval_count)
    found = (price.unit_amount, price.currency, every)
    if not price.active or found != (PRICE_AMOUNT, PRICE_CURRENCY, (PRICE_INTERVAL, 1)):
        log.error("STRIPE_PRICE_ID %s is %s: run manage.py setup_stripe", price.id, found)
        raise BillingError(REFUSED, permanent=True, code="foreign_price")


def create_session(
    *, customer: str, account: str, price: str, success_url: str, cancel_url: str, key: str
) -> Session:
    """A page of Stripe's on which `customer` subscribes; the same `key` gives the same one."""
    with told_plainly("opening a checkout"):
        made = client().v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer,
                "client_reference_id": account,
                "line_items": [{"price": price, "quantity": 1}],
                "success_url": success_url,
                "cancel_url": cancel_url,
                "metadata": {"account": account},
                "subscription_data": {"metadata": {"account": account}},
            },
            {"idempotency_key": key},
        )
    return remote.session(made)


def session(session_id: str) -> Session:
    with told_plainly("reading a checkout"):
        return remote.session(client().v1.checkout.sessions.retrieve(session_id))


def expire_session(session_id: str) -> None:
    """Close the page; one that is complete or expired already raises a permanent BillingError."""
    with told_plainly("closing a checkout"):
        client().v1.checkout.sessions.expire(session_id)


def portal_url(*, customer: str, return_url: str) -> str:
    with told_plainly("opening the portal"):
        made = client().v1.billing_portal.sessions.create(
            {"customer": customer, "return_url": return_url}
        )
    return made.url


def subscriptions(customer: str) -> list[RemoteSubscription]:
    """All of a customer's, whatever their status."""
    with told_plainly("reading subscriptions"):
        found = client().v1.subscriptions.list(
            {"customer": customer, "status": "all", "limit": 100}
        )
        return [remote.subscription(one, _unpaid_since(one)) for one in found.auto_paging_iter()]


def cancel(subscription_id: str) -> None:
    """End it now. One that has ended already, or is not there, is as good as cancelled."""
    try:
        with told_plainly("cancelling a subscription"):
            client().v1.subscriptions.cancel(subscription_id)
    except BillingError as error:
        if error.code != "resource_missing":
            raise


def invoices(customer: str) -> list[Invoice]:
    """The newest hundred that were sent, the newest first."""
    with told_plainly("reading invoices"):
        found = client().v1.invoices.list({"customer": customer, "limit": 100})
    return [remote.invoice(one) for one in found.data if one.status != "draft"]


def _unpaid_since(one: stripe.Subscription) -> dt.datetime | None:
    """When the oldest invoice that is still unpaid was made.

    The period has rolled on by then, and rolls on again each month, so it says nothing unless
    there is no such invoice.
    """
    if one.status not in ("past_due", "unpaid"):
        return None
    found = client().v1.invoices.list({"subscription": one.id, "status": "open", "limit": 100})
    made = [invoice.created for invoice in found.auto_paging_iter()]
    return remote.moment(min(made, default=remote.our_item(one).current_period_start))
