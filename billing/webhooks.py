"""Stripe's webhook. The receipt is kept first, on its own; then what it is about is synced.

An event is only a trigger: nothing is read from it but whom it is about. Where that fails the row
stays and the answer is 500, so that Stripe sends it again; a sweep tries too.
"""

import datetime as dt
import logging
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import closing, stripe_gateway, subscriptions
from billing.models import Customer, StripeEvent
from billing.stripe_gateway import BadEvent

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 50


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """`POST /billing/webhook`: its guard is the signature over the raw body."""
    try:
        found = stripe_gateway.event(request.body, request.headers.get("Stripe-Signature", ""))
    except BadEvent as error:
        log.warning("a webhook of Stripe's was refused: %s", error)
        return HttpResponse(f"Refused: {error}.\n", status=400, content_type="text/plain")
    keep(found)
    if process(found["id"]):
        return HttpResponse("ok\n", content_type="text/plain")
    return HttpResponse("It is kept; send it again.\n", status=500, content_type="text/plain")


receive.guard = "webhook"  # type: ignore[attr-defined]


def keep(found: dict[str, Any]) -> None:
    """Write the receipt; one that came before is not written again."""
    version = str(found.get("api_version") or "")[:64]
    if version != stripe_gateway.API_VERSION:
        log.warning("event %s is of API version %r", found["id"], version)
    receipt = StripeEvent(
        id=found["id"],
        type=found["type"],
        api_version=version,
        livemode=found["livemode"],
        body=found,
        received_at=timezone.now(),
    )
    StripeEvent.objects.bulk_create([receipt], ignore_conflicts=True)


def process(event_id: str) -> bool:
    """Act on a kept event unless that has been done; False where it failed, which is kept too.

    Two at once may both sync: the second finds nothing changed.
    """
    waiting = StripeEvent.objects.filter(pk=event_id, processed_at=None)
    event = waiting.first()
    if event is None:
        return True
    try:
        _act(event)
    except Exception as error:
        log.exception("event %s could not be processed", event_id)
        why = f"{type(error).__name__}: {error}"[:300]
        waiting.update(attempts=F("attempts") + 1, error=why)
        return False
    waiting.update(attempts=F("attempts") + 1, processed_at=timezone.now(), error="")
    return True


def sweep(at: dt.datetime, until: dt.datetime) -> int:
    """Act on what a killed process or a failure left; returns how many were tried.

    Those that failed most often come last, so that none of them keeps the others waiting.
    """
    left = StripeEvent.objects.filter(
        processed_at=None, received_at__lt=at - dt.timedelta(minutes=1), attempts__lt=MOST_ATTEMPTS
    )
    tried = 0
    for event_id in left.order_by("attempts", "received_at").values_list("pk", flat=True)[:500]:
        if timezone.now() >= until:
            break
        process(event_id)
        tried += 1
    return tried


def _act(event: StripeEvent) -> None:
    """Sync whoever the event is about; others' customers and other matters are none of ours."""
    stripe_id = _customer_of(event.body)
    customer = Customer.objects.filter(stripe_id=stripe_id).select_related("account").first()
    if stripe_id and customer:
        subscriptions.sync_account(customer.account)
        if customer.account.closed_at:  # paid on a page that was open when the account closed
            closing.cancel_all(customer.account)


def _customer_of(body: dict[str, Any]) -> str:
    """Stripe's id of the customer that the event's object belongs to, or is; may be empty."""
    data = body.get("data")
    found = data.get("object") if isinstance(data, dict) else None
    if not isinstance(found, dict):
        return ""
    customer = found if found.get("object") == "customer" else found.get("customer")
    if isinstance(customer, dict):  # expanded
        customer = customer.get("id")
    return customer if isinstance(customer, str) else ""
