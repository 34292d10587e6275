"""Somebody is in a room of whom we did not know: the carrier says so."""

import datetime as dt

from django.db.models import Max

from rooms.conferences import leaving
from rooms.conferences.models import Participant
from rooms.models import Room


def found(
    room: Room, *, call: str, caller: str, at: dt.datetime, now: dt.datetime
) -> Participant | None:
    """Count the call in, which is in the room's conversation; None where it has an open stay.

    The caller holds the lock of `room`, in which a conference is open. No guard is asked: they are
    in. `caller` is E.164 or empty. `at` is when the call began; the stay begins no sooner than an
    earlier one of this call ended, so that no minute counts twice, and no later than `now`.
    """
    stays = Participant.objects.filter(call=call)
    if stays.filter(left_at=None).exists():
        return None
    last = stays.aggregate(last=Max("left_at"))["last"]
    at = min(max(at, last) if last else at, now)
    waits = room.waits_for_host and not room.begun
    room.begun = not waits
    stay = Participant.objects.create(
        conference_id=room.open_conference_id,
        room=room,
        call=call,
        caller=caller,
        waiting=waits,
        joined_at=at,
        confirmed_at=now,
    )
    leaving.recount(room, now)
    return stay
