"""Finds who is in a room by the carrier's account and not by ours, and gives them their stay.

A webhook that never came, or an end that was told wrongly, must not hide somebody who listens. Who
is on both accounts need not be asked for alone (reconciliation.py).
"""

import datetime as dt
import logging
import random

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from rooms.conferences import finding
from rooms.conferences.models import Conference, Participant
from rooms.meetings import callers
from rooms.models import Room
from rooms.phones import from_carrier
from telephony import carrier
from telephony.models import Call
from telephony.pace import SWEEPS_PER_SECOND, Pace
from telephony.vonage import events
from telephony.vonage.client import VonageError
from telephony.vonage.events import StatusEvent

log = logging.getLogger(__name__)
ASKED_EVERY = dt.timedelta(minutes=4)  # sooner than calls are asked for one by one
MOST_AT_ONCE = 20  # conferences in one sweep
# What was heard of a call so lately may be newer than the carrier's list.
SETTLED_AFTER = dt.timedelta(seconds=60)
ASKED = "telephony.strays:"


def find(now: dt.datetime) -> int:
    """Ask who is in each open conference, every few minutes; returns how many were found."""
    open_ones = Conference.objects.filter(ended_at=None, started_at__lt=now - ASKED_EVERY)
    rows = list(open_ones.exclude(carrier_conversation="").values_list("room", "pk"))
    random.shuffle(rows)  # where there are more than can be asked for, each has its turn
    found, asked, pace = 0, 0, Pace(SWEEPS_PER_SECOND)
    for room_id, conference_id in rows:
        key = ASKED + conference_id
        if asked == MOST_AT_ONCE:
            break
        if not cache.add(key, True, ASKED_EVERY.total_seconds()):
            continue
        asked += 1
        pace.wait()
        try:
            found += _compare(room_id, conference_id)
        except VonageError as error:
            log.warning("room %s could not be compared with the carrier's: %s", room_id, error)
            if not error.permanent:
                cache.delete(key)
                break  # the others would not get through either; the next sweep tries again
        except Exception:
            log.exception("room %s could not be compared with the carrier's", room_id)
    return found


def _compare(room_id: str, conference_id: str) -> int:
    conference = Conference.objects.get(pk=conference_id)
    lately = Call.objects.filter(room=room_id).exclude(region_url="").order_by("-created_at")
    region_url = lately.values_list("region_url", flat=True).first() or ""
    asked_at = timezone.now()
    listed = carrier.client(region_url).calls(conversation=conference.carrier_conversation)
    legs = [leg for leg in map(events.event, listed) if isinstance(leg, StatusEvent)]
    stays = Participant.objects.filter(call__in=[leg.uuid for leg in legs], left_at=None)
    known = set(stays.values_list("call", flat=True))
    Call.objects.filter(pk__in=known, seen_at__lt=asked_at).update(seen_at=asked_at)
    unknown = [leg for leg in legs if leg.uuid not in known]
    return sum(_take_in(room_id, conference_id, leg, asked_at) for leg in unknown)


@transaction.atomic
def _take_in(room_id: str, conference_id: str, leg: StatusEvent, asked_at: dt.datetime) -> bool:
    """Give the leg its stay, unless what we heard of it is as new as the carrier's list."""
    room = Room.objects.locked().select_related("account").get(pk=room_id)
    if room.open_conference_id != conference_id:
        return False
    calls = Call.objects.select_for_update(of=("self",))
    call, made = calls.get_or_create(pk=leg.uuid, defaults={"direction": leg.direction})
    settled = asked_at - SETTLED_AFTER
    left = Participant.objects.filter(call=leg.uuid, left_at__gt=settled)
    if not made and (call.seen_at > settled or left.exists()):
        return False
    now = timezone.now()
    _goes_on(call, room, leg, now)
    caller = call.caller if call.direction == "inbound" else call.dialled
    at = leg.start_time or call.answered_at or now
    stay = finding.found(room, call=call.uuid, caller=caller, at=at, now=now)
    callers.recognize(room, call=call.uuid, at=now)
    log.warning("room %s: call %s was in it without our knowing", room.pk, call.uuid)
    return stay is not None


def _goes_on(call: Call, room: Room, leg: StatusEvent, now: dt.datetime) -> None:
    """The call has not ended, whatever was told; its price and length are to come."""
    call.room, call.status, call.seen_at = room, "answered", now
    call.direction = leg.direction or call.direction
    call.caller = call.caller or from_carrier(leg.caller)
    call.dialled = call.dialled or from_carrier(leg.dialled)
    call.answered_at = call.answered_at or leg.start_time
    call.ended_at = call.duration = call.rate = call.price = None
    call.hung_up_by = ""
    call.save()
