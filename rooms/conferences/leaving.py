"""Going: every change by which somebody leaves a room, and what follows from it.

As in presence.py, each runs in an open transaction that holds the room's row lock.
"""

import datetime as dt
from decimal import Decimal

from django.db.models import F, Max, Value
from django.db.models.functions import Coalesce

from rooms.conferences import cap, live
from rooms.conferences.models import Conference, Participant, Recording, UsageRecord
from rooms.conferences.presence import ANNOUNCED_AFTER, TOLD_AFTER
from rooms.models import Room

# How long those who are left may go on once the last host has left, where the room says so.
HOSTS_GRACE = dt.timedelta(minutes=2)


def leave(
    room: Room, *, call: str, at: dt.datetime, cost: Decimal | None = None, why: str = ""
) -> bool:
    """End the call's stay, if it has one, and write its minutes; False where it had none.

    The caller holds the lock of `room` (`Room.objects.locked()`) and read it after taking it, best
    with its account. `at` is when the carrier says the call ended; it may be earlier than other
    changes that came first, and counts as no earlier than the join. `cost` is the carrier's charge
    for the call in euros, if it was told by now; `charge` writes one that is told later. `why` is
    a word of Participant.LeftWhy; one that was decided before stays.
    """
    stay = Participant.objects.filter(room=room, call=call, left_at=None).first()
    if stay is None:
        return False
    stay.left_at = max(at, stay.joined_at)
    stay.left_why = stay.left_why or why or Participant.LeftWhy.HUNG_UP
    stay.hand_raised_at = None
    stay.save(update_fields=["left_at", "left_why", "hand_raised_at"])
    UsageRecord.objects.create(
        participant=stay,
        account_id=room.account_id,
        room=room,
        started_at=stay.joined_at,
        seconds=round((stay.left_at - stay.joined_at).total_seconds()),
        ended_at=stay.left_at,
        carrier_cost=cost,
    )
    cap.check(room.account, stay.left_at)
    recount(room, at)
    return True


def charge(*, call: str, cost: Decimal) -> None:
    """Write what the carrier charged for a call, once: to its last stay, if it had one."""
    stays = UsageRecord.objects.filter(participant__call=call).order_by("-ended_at")
    if last := stays.values_list("pk", flat=True).first():
        UsageRecord.objects.filter(pk=last, carrier_cost=None).update(carrier_cost=cost)


def recount(room: Room, at: dt.datetime) -> None:
    """Write who is there to the locked row of the room, and what follows from it."""
    hosts_before = room.hosts_in
    there = Participant.objects.filter(room=room, left_at=None)
    came_in = Coalesce("admitted_at", "joined_at")
    stays = list(there.values_list("waiting", "role", came_in))
    inside = [since for waiting, _role, since in stays if not waiting]
    room.people_in, room.people_waiting = len(inside), len(stays) - len(inside)
    room.hosts_in = sum(role == Participant.Role.HOST for _waiting, role, _since in stays)
    # Who left before they came, which may be told late, has not left them alone.
    room.alone_since = (room.alone_since or max(at, *inside)) if len(inside) == 1 else None
    if not stays:
        _end_conference(room)
    elif hosts_before and not room.hosts_in and room.after_hosts == Room.AfterHosts.END:
        Conference.objects.filter(pk=room.open_conference_id).update(ends_at=at + HOSTS_GRACE)
    _mark_changed(room, at)


def _end_conference(room: Room) -> None:
    last = Participant.objects.filter(conference=room.open_conference_id).aggregate(
        last=Max("left_at")
    )["last"]
    Conference.objects.filter(pk=room.open_conference_id).update(ended_at=last)
    Recording.objects.filter(pk=room.recording_id).end(last)
    room.open_conference = None
    room.recording = None
    room.locked = room.begun = False


def _mark_changed(room: Room, at: dt.datetime) -> None:
    Room.objects.filter(pk=room.pk).update(
        open_conference=room.open_conference_id,
        recording=room.recording_id,
        people_in=room.people_in,
        people_waiting=room.people_waiting,
        hosts_in=room.hosts_in,
        alone_since=room.alone_since,
        locked=room.locked,
        begun=room.begun,
        live_version=F("live_version") + 1,
        presence_due_at=Coalesce("presence_due_at", Value(at + TOLD_AFTER)),
        announce_due_at=Coalesce("announce_due_at", Value(at + ANNOUNCED_AFTER)),
    )
    live.nudge_on_commit(room.pk)
