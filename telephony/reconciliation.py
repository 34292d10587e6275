"""Asks the carrier about calls that it has long said nothing of, so that nobody stays for ever.

And about calls that ended without their price being told.
"""

import datetime as dt
import logging
from collections.abc import Iterable
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
PRICED_WITHIN = dt.timedelta(days=2)  # afterwards nobody asks any more


def reconcile(now: dt.datetime) -> int:
    """Ask about the calls that were silent longest; returns how many had ended."""
    silent = list(
        Call.objects.filter(ended_at=None, seen_at__lt=now - SILENT_FOR)
        .order_by("seen_at")
        .values_list("pk", "region_url")[:MOST_AT_ONCE]
    )
    return _reconcile_all(silent, now)


def reconcile_prices(now: dt.datetime) -> int:
    """Ask for the price of calls that ended lately; returns how many the carrier told of."""
    recent = Call.objects.filter(status="completed", price=None, ended_at__isnull=False)
    lately = recent.filter(ended_at__gt=now - PRICED_WITHIN, seen_at__lt=now - SILENT_FOR)
    told = lately.order_by("seen_at").values_list("pk", "region_url")
    return _reconcile_all(told[:MOST_AT_ONCE], now)


def _reconcile_all(calls: Iterable[tuple[str, str]], now: dt.datetime) -> int:
    ended = 0
    for uuid, region_url in list(calls):
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
