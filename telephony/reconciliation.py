"""Asks the carrier about calls that it has long said nothing of, so that nobody stays for ever."""

import datetime as dt
import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from telephony import call_state, carrier
from telephony.models import Call
from telephony.vonage import events
from telephony.vonage.client import Client, VonageError

log = logging.getLogger(__name__)
SILENT_FOR = dt.timedelta(minutes=2)
MOST_AT_ONCE = 60  # a minute; Vonage takes 15 requests a second


def reconcile(now: dt.datetime) -> int:
    """Ask about the calls that were silent longest; returns how many had ended."""
    silent = list(
        Call.objects.filter(ended_at=None, seen_at__lt=now - SILENT_FOR)
        .order_by("seen_at")
        .values_list("pk", "region_url")[:MOST_AT_ONCE]
    )
    ended = 0
    for uuid, region_url in silent:
        try:
            ended += _reconcile_one(carrier.client(region_url), uuid)
        except VonageError as error:
            log.warning("call %s could not be compared with the carrier's: %s", uuid, error)
            if not error.permanent:
                break  # the others would not get through either; the next sweep tries again
            # One call that cannot be asked for must not keep the others from being asked for.
            Call.objects.filter(pk=uuid).update(seen_at=now)
    return ended


def _reconcile_one(client: Client, uuid: str) -> bool:
    found = client.call(uuid)
    now = timezone.now()
    payload: dict[str, Any] = found or {
        "status": "completed",
        "reason": "The carrier no longer knows this call.",
    }
    event = events.event({**payload, "uuid": uuid})
    for _attempt in range(3):
        try:
            with transaction.atomic():
                call_state.apply(event, now)
            break
        except call_state.Moved:
            continue
    return isinstance(event, events.StatusEvent) and event.status in events.FINAL
