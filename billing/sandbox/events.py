"""Tells the product what happened: an event is kept with the change and posted after commit."""

import datetime as dt
import http.client
import json
import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from stripe import WebhookSignature

from billing.sandbox.models import Event, new_id
from billing.sandbox.wire import API_VERSION, Json

log = logging.getLogger(__name__)

PATH = "/billing/webhook"
TIMEOUT = 20
CLAIM = dt.timedelta(seconds=60)
# Pauses before the second and later tries; after the last one the event is given up.
PAUSES = [dt.timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 1800, 3600, 4 * 3600)]


def record(kind: str, thing: Json) -> None:
    """Keep an event about `thing` as it is now; call it in the transaction of the change."""
    event = Event(id=new_id("evt"), type=kind, created=timezone.now(), body={})
    event.body = {
        "id": event.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": int(event.created.timestamp()),
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    event.save(force_insert=True)
    transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    """Robust: where the queue does not answer, the sweep finds the event."""
    from billing.sandbox.tasks import deliver_events

    deliver_events.delay()


def deliver_due() -> int:
    """Post every event that is due, the oldest first; returns how many were tried."""
    due = Event.objects.filter(due_at__lte=timezone.now()).order_by("created", "id")
    tried = 0
    for event in due[:100]:
        # The claim runs out by itself where a worker is killed with the event in hand.
        mine = Event.objects.filter(pk=event.pk, due_at=event.due_at).update(
            due_at=timezone.now() + CLAIM, attempts=F("attempts") + 1
        )
        if mine:
            event.attempts += 1
            _deliver(event)
            tried += 1
    return tried


def _deliver(event: Event) -> None:
    try:
        status = post(json.dumps(event.body))
        why = "" if 200 <= status < 300 else f"the webhook answered {status}"
    except (OSError, http.client.HTTPException) as error:
        why = f"{type(error).__name__}: {error}"
    if not why:
        event.delivered_at, event.due_at = timezone.now(), None
    elif event.attempts > len(PAUSES):
        event.due_at = None
        log.error("sandbox event %s was given up: %s", event.pk, why)
    else:
        event.due_at = timezone.now() + PAUSES[event.attempts - 1]
    event.error = why[:300]
    event.save(update_fields=["delivered_at", "due_at", "error"])


def post(payload: str) -> int:
    """One delivery, signed now; returns the status of the answer."""
    address = urlsplit(settings.PUBLIC_URL)
    secure = address.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(address.hostname or "", address.port, timeout=TIMEOUT)
    signature = WebhookSignature.generate_signature_header(payload, settings.STRIPE_WEBHOOK_SECRET)
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    try:
        connection.request("POST", PATH, payload.encode(), headers)
        return connection.getresponse().status
    finally:
        connection.close()
