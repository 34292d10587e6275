"""Coming and going: every change of who is in a room is one of these functions.

The caller holds the room's row lock (`Room.objects.locked()`) in an open transaction. Nothing is
sent here: a change leaves `Room.presence_due_at`, and the sweep of notices finds it.
"""

import datetime as dt

from django.db.models import F, Max, Value
from django.db.models.functions import Coalesce

from rooms.conferences import live
from rooms.conferences.models import Conference, Participant, UsageRecord
from rooms.models import Room

# How long joins and leaves are gathered before they are told in one notice.
TOLD_AFTER = dt.timedelta(seconds=20)


def join(room: Room, *, call: str, caller: str, at: dt.datetime) -> int:
    """Let the call into the room; returns how many were in before.

    Raises IntegrityError if the call is in a room already.
    """
    before = room.people_in
    if room.open_conference_id is None:
        room.open_conference = Conference.objects.create(room=room, started_at=at)
        before = 0
    Participant.objects.create(
        conference_id=room.open_conference_id, room=room, call=call, caller=caller, joined_at=at
    )
    room.people_in = before + 1
    _mark_changed(room, at)
    return before


def confirm(room: Room, *, call: str, at: dt.datetime) -> None:
    """The carrier says that the call has arrived in the room."""
    Participant.objects.filter(room=room, call=call, left_at=None, confirmed_at=None).update(
        confirmed_at=at
    )


def leave(room: Room, *, call: str, at: dt.datetime) -> bool:
    """End the call's stay, if it has one, and write its minutes; False where it had none.

    `at` is when the carrier says the call ended; it may be earlier than other changes that came
    first, and counts as no earlier than the join.
    """
    stay = Participant.objects.filter(room=room, call=call, left_at=None).first()
    if stay is None:
        return False
    stay.left_at = max(at, stay.joined_at)
    stay.save(update_fields=["left_at"])
    UsageRecord.objects.create(
        participant=stay,
        account_id=room.account_id,
        seconds=round((stay.left_at - stay.joined_at).total_seconds()),
        ended_at=stay.left_at,
    )
    room.people_in = Participant.objects.filter(room=room, left_at=None).count()
    if room.people_in == 0:
        _end_conference(room)
    _mark_changed(room, at)
    return True


def _end_conference(room: Room) -> None:
    last = Participant.objects.filter(conference=room.open_conference_id).aggregate(
        last=Max("left_at")
    )["last"]
    Conference.objects.filter(pk=room.open_conference_id).update(ended_at=last)
    room.open_conference = None


def _mark_changed(room: Room, at: dt.datetime) -> None:
    Room.objects.filter(pk=room.pk).update(
        open_conference=room.open_conference_id,
        people_in=room.people_in,
        live_version=F("live_version") + 1,
        presence_due_at=Coalesce("presence_due_at", Value(at + TOLD_AFTER)),
    )
    live.nudge_on_commit(room.pk)
