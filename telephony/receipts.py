"""Event webhooks: the receipt is kept first, on its own; then the state moves, once.

A crash after the receipt leaves it unprocessed, and the sweep in tasks.py acts on it.
"""

import datetime as dt
import hashlib
import json
import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from rooms.meetings import call_news
from rooms.models import Room
from telephony import call_rows, call_state, messages, recorded
from telephony.models import WebhookReceipt
from telephony.vonage import events
from telephony.vonage.events import Payload

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 20


# Where a receipt keeps what a call of ours is about; the address of its webhook told it.
ABOUT = "anyroom_about"


def take(payload: Payload, at: dt.datetime, *, about: str = "") -> None:
    """Keep the event and act on it; a delivery that came before has no second effect.

    `about` names the request that a call of ours is for, or the conference that was recorded.
    Raises BadPayload. An event that cannot be acted on now is kept for the sweep.
    """
    events.event(payload)
    if about:
        payload = {**payload, ABOUT: about}
    text = json.dumps(payload, sort_keys=True)
    receipt = WebhookReceipt(
        call=(events.call_of(payload) or str(payload.get("message_uuid") or ""))[:64],
        body_hash=hashlib.sha256(text.encode()).hexdigest(),
        body=payload,
        received_at=at,
    )
    WebhookReceipt.objects.bulk_create([receipt], ignore_conflicts=True)
    process(receipt.call, receipt.body_hash, patient=False)


def process(call: str, body_hash: str, *, patient: bool = True) -> None:
    """Act on a kept event unless that has been done; a failure is kept with it, not raised.

    Who is not `patient` leaves an arrival to the sweep while a crowd comes into its room: the
    threads of the web process are for those who wait for an answer.
    """
    try:
        for _attempt in range(3):
            try:
                return _process(call, body_hash, patient)
            except call_state.Moved:
                continue
    except call_state.Busy:
        log.info("call %s: an arrival waits for the room", call)
    except messages.NotYet as error:
        log.info("message %s: %s", call, error)
        _failed(call, body_hash, error)
    except Exception as error:
        log.exception("call %s: an event could not be processed", call)
        _failed(call, body_hash, error)


def _failed(call: str, body_hash: str, error: Exception) -> None:
    WebhookReceipt.objects.filter(call=call, body_hash=body_hash).update(
        attempts=F("attempts") + 1, error=f"{type(error).__name__}: {error}"[:300]
    )


@transaction.atomic
def _process(call: str, body_hash: str, patient: bool) -> None:
    receipt = (
        WebhookReceipt.objects.select_for_update()
        .filter(call=call, body_hash=body_hash, processed_at=None)
        .first()
    )
    if receipt is None:
        return
    about, event = receipt.body.get(ABOUT, ""), events.event(receipt.body)
    if isinstance(event, events.RecordEvent):
        recorded.apply(event, about, receipt.received_at)
        about = ""
    if about and receipt.call:
        # The room's row first, as where a key leads in: the one would wait for the other for ever.
        Room.objects.locked().filter(pk=call_news.room_of(about)).first()
        call_news.heard(about, receipt.call)
    if isinstance(event, events.MessageEvent):
        messages.apply(event, receipt.received_at)
    elif not isinstance(event, events.RecordEvent):
        call_state.apply(event, receipt.received_at, patient=patient)
    if about:
        call_rows.note_room(receipt.call, call_news.room_of(about))
    receipt.processed_at = timezone.now()
    receipt.error = ""
    receipt.save(update_fields=["processed_at", "error"])


def sweep(at: dt.datetime) -> int:
    """Act on what a killed process or a failure left; returns how many were tried."""
    left = list(
        WebhookReceipt.objects.filter(
            processed_at=None, received_at__lt=at - dt.timedelta(seconds=5)
        )
        .filter(attempts__lt=MOST_ATTEMPTS)
        .order_by("received_at")
        .values_list("call", "body_hash")[:500]
    )
    for call, body_hash in left:
        process(call, body_hash)
    return len(left)
