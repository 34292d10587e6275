"""Compares what we know of calls with what the carrier knows, for where it told us nothing.

Calls that it has long said nothing of are asked for, so that nobody stays for ever; so is the
price of calls that ended. Who is in a room without our knowing is found in strays.py.
"""

import datetime as dt
import itertools
import logging
from collections import Counter as Tally
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from rooms.conferences import leaving
from rooms.conferences.models import Participant
from rooms.models import Room
from telephony import call_state, carrier
from telephony.models import Call
from telephony.pace import SWEEPS_PER_SECOND, Pace
from telephony.vonage import events
from telephony.vonage.client import Client, VonageError

log = logging.getLogger(__name__)
SILENT_FOR = dt.timedelta(minutes=5)
PRICED_AFTER = dt.timedelta(minutes=2)  # it may still come by itself
PRICED_WITHIN = dt.timedelta(days=2)  # afterwards nobody asks any more
MOST_AT_ONCE = 40  # in one sweep; what is left is asked for a minute later
AWAY_AFTER = 3  # failures one after the other


def reconcile(now: dt.datetime) -> int:
    """Ask about the calls that were silent longest; returns how many had ended."""
    silent = Call.objects.filter(ended_at=None, seen_at__lt=now - SILENT_FOR)
    return _reconcile_all(_some(silent), now) + _end_left_over()


def reconcile_prices(now: dt.datetime) -> int:
    """Ask for the price of calls that ended lately; returns how many the carrier told of."""
    recent = Call.objects.filter(status="completed", price=None, ended_at__isnull=False)
    lately = recent.filter(ended_at__gt=now - PRICED_WITHIN, seen_at__lt=now - PRICED_AFTER)
    return _reconcile_all(_some(lately), now)


def _some(calls: QuerySet[Call]) -> list[tuple[str, str]]:
    """Calls and their regions, each region in turn, so that one that is away holds up no other."""
    regions = calls.order_by().values_list("region_url", flat=True).distinct()
    rows = calls.order_by("seen_at").values_list("pk", "region_url")
    each = [list(rows.filter(region_url=region)[:MOST_AT_ONCE]) for region in regions]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*each))
    return [call for call in turns if call][:MOST_AT_ONCE]


def _reconcile_all(calls: Iterable[tuple[str, str]], now: dt.datetime) -> int:
    ended, pace = 0, Pace(SWEEPS_PER_SECOND)
    failed: Tally[str] = Tally()
    for uuid, region_url in calls:
        if failed[region_url] == AWAY_AFTER:
            continue  # the others would not get through either; the next sweep tries again
        pace.wait()
        try:
            ended += _reconcile_one(carrier.client(region_url), uuid)
            failed[region_url] = 0
        except VonageError as error:
            log.warning("call %s could not be compared with the carrier's: %s", uuid, error)
            if not error.permanent:
                failed[region_url] += 1
                continue
            # One call that cannot be asked for must not keep the others from being asked for.
            Call.objects.filter(pk=uuid).update(seen_at=now)
        except Exception:
            log.exception("call %s could not be compared with the carrier's", uuid)
            Call.objects.filter(pk=uuid).update(seen_at=now)
    return ended


def _reconcile_one(client: Client, uuid: str) -> bool:
    found = client.call(uuid)
    now = timezone.now()
    payload, why = (found, "") if found is not None else (_unknown(uuid), Participant.LeftWhy.LOST)
    event = events.event({**payload, "uuid": uuid})
    for _attempt in range(3):
        try:
            with transaction.atomic():
                call_state.apply(event, now, why=why)
            break
        except call_state.Moved:
            continue
    return isinstance(event, events.StatusEvent) and event.status in events.FINAL


def _unknown(uuid: str) -> dict[str, Any]:
    """As if it had ended when it was last heard of: nobody pays for what nobody vouches for."""
    seen_at = Call.objects.values_list("seen_at", flat=True).get(pk=uuid)
    return {
        "status": "completed",
        "end_time": seen_at.isoformat(),
        "reason": gettext_noop("The carrier no longer knows this call."),
    }


def _end_left_over() -> int:
    """End the stays, if there are any, of calls that are known to have ended."""
    over = Call.objects.filter(pk=OuterRef("call"), ended_at__isnull=False)
    stays = Participant.objects.filter(Exists(over), left_at=None).values_list("room", "call")
    return sum(_end(room_id, call) for room_id, call in list(stays[:MOST_AT_ONCE]))


@transaction.atomic
def _end(room_id: str, uuid: str) -> bool:
    room = Room.objects.locked().select_related("account").get(pk=room_id)
    call = Call.objects.select_for_update().get(pk=uuid)
    if call.ended_at is None:
        return False
    return leaving.leave(room, call=uuid, at=call.ended_at, cost=call.price)
