"""Coming and going: every change of who is in a room is one of these functions.

Each runs in an open transaction and holds the room's row lock until it ends. Nothing is sent
here: a change leaves `Room.presence_due_at`, and the sweep of notices finds it.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import F, Max, Value
from django.db.models.functions import Coalesce

from rooms.conferences import cap, live
from rooms.conferences.models import Conference, Participant, UsageRecord
from rooms.ids import new_id
from rooms.models import Room

# How long joins and leaves are gathered before they are told in one notice.
TOLD_AFTER = dt.timedelta(seconds=20)
# How long a conference that goes on when its account may no longer host still lets callers in.
LET_IN_AFTER_END = dt.timedelta(hours=4)

# A caller waits on these two, so they are SQL: the ORM takes twice as long for the same
# (docs/decisions/0005). The first takes the room's lock, counts the caller in, and tells what
# the caller shall hear, all at once; it finds no row where the room may not be entered: it is
# archived, its account's minutes are used up, or the account may not host, which a conference
# that goes on outlives for a while. A guarded room, which asks for a PIN or opens at the times of
# its meetings, is entered by none but those who passed these checks.
_COUNT_IN = """
UPDATE rooms_room SET
    people_in = people_in + 1,
    live_version = live_version + 1,
    open_conference_id = coalesce(open_conference_id, %s),
    presence_due_at = coalesce(presence_due_at, %s)
WHERE {which} = %s AND archived_at IS NULL{unguarded} AND EXISTS (
    SELECT 1 FROM accounts_account
    WHERE accounts_account.id = rooms_room.account_id
    AND (hosting_until > %s OR open_conference_id IS NOT NULL AND hosting_until > %s)
    AND (capped_until IS NULL OR capped_until <= %s))
RETURNING id, name, language, greeting, people_in, open_conference_id
"""
_UNGUARDED = " AND opens_before IS NULL AND NOT personal_pins"
_STAY = """
INSERT INTO conferences_participant
    (id, conference_id, room_id, call, caller, name, invitee_id, joined_at, join_told, leave_told)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (call) WHERE left_at IS NULL DO NOTHING
"""


class AlreadyIn(Exception):
    """The call is in a room; roll back, since the caller was counted twice."""


@dataclass(frozen=True)
class Joined:
    """The room that a caller has entered; `others` are those who were in before."""

    room_id: str
    name: str
    language: str
    greeting: str
    others: int


def lets_in(room: Room, at: dt.datetime) -> bool:
    """Whether the room's account lets anybody in now, as `join` decides it; no guard is asked.

    `room` has its account.
    """
    account = room.account
    capped = account.capped_until is not None and account.capped_until > at
    goes_on = room.open_conference_id is not None and account.may_host(at - LET_IN_AFTER_END)
    return not capped and (account.may_host(at) or goes_on)


def join(
    *,
    call: str,
    caller: str,
    at: dt.datetime,
    code: str = "",
    room_id: str = "",
    checked: bool = False,
    invitee_id: str | None = None,
    name: str = "",
) -> Joined | None:
    """Let the call into the room with this access code, or with this id.

    `checked` says that the caller may pass the guard of a room that has one: it opens at the times
    of its meetings, or everybody keys a PIN. `invitee_id` and `name` are who the caller is, where
    that is known. None where there is no such room, it is guarded and nobody checked, or its
    account lets nobody in now. Raises AlreadyIn.
    """
    moment = connection.ops.adapt_datetimefield_value(at)
    due = connection.ops.adapt_datetimefield_value(at + TOLD_AFTER)
    ended = connection.ops.adapt_datetimefield_value(at - LET_IN_AFTER_END)
    fresh = new_id("cf")
    statement = _COUNT_IN.format(
        which="access_code" if code else "id", unguarded="" if checked else _UNGUARDED
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [fresh, due, code or room_id, moment, ended, moment])
        row = cursor.fetchone()
        if row is None:
            return None
        found_id, room_name, language, greeting, people, conference = row
        if conference == fresh:
            Conference.objects.create(pk=fresh, room_id=found_id, started_at=at)
        stay = [new_id("pt"), conference, found_id, call, caller, name, invitee_id]
        stay += [moment, False, False]
        cursor.execute(_STAY, stay)
        if not cursor.rowcount:
            raise AlreadyIn
    live.nudge_on_commit(found_id)
    return Joined(found_id, room_name, language, greeting, people - 1)


def confirm(room: Room, *, call: str, at: dt.datetime) -> None:
    """The carrier says that the call has arrived in the room, whose lock the caller holds."""
    Participant.objects.filter(room=room, call=call, left_at=None, confirmed_at=None).update(
        confirmed_at=at
    )


def leave(room: Room, *, call: str, at: dt.datetime, cost: Decimal | None = None) -> bool:
    """End the call's stay, if it has one, and write its minutes; False where it had none.

    The caller holds the lock of `room` (`Room.objects.locked()`) and read it after taking it, best
    with its account. `at` is when the carrier says the call ended; it may be earlier than other
    changes that came first, and counts as no earlier than the join. `cost` is the carrier's charge
    for the call in euros, if it was told by now; `charge` writes one that is told later.
    """
    stay = Participant.objects.filter(room=room, call=call, left_at=None).first()
    if stay is None:
        return False
    stay.left_at = max(at, stay.joined_at)
    stay.save(update_fields=["left_at"])
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
    room.people_in = Participant.objects.filter(room=room, left_at=None).count()
    if room.people_in == 0:
        _end_conference(room)
    _mark_changed(room, at)
    return True


def charge(*, call: str, cost: Decimal) -> None:
    """Write what the carrier charged for a call, once: to its last stay, if it had one."""
    stays = UsageRecord.objects.filter(participant__call=call).order_by("-ended_at")
    if last := stays.values_list("pk", flat=True).first():
        UsageRecord.objects.filter(pk=last, carrier_cost=None).update(carrier_cost=cost)


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
