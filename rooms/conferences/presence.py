"""Coming: every change by which somebody enters a room is one of these functions.

Each runs in an open transaction and holds the room's row lock until it ends. Nothing is sent
here: a change leaves `Room.presence_due_at` and `Room.announce_due_at`, and sweeps find them.
Going is in leaving.py.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from rooms.conferences import live
from rooms.conferences.models import Conference, Participant
from rooms.ids import new_id
from rooms.models import Room

# How long joins and leaves are gathered before they are told in one notice.
TOLD_AFTER = dt.timedelta(seconds=20)
# How long they are gathered before those in the room hear of them.
ANNOUNCED_AFTER = dt.timedelta(seconds=3)
# How long a conference that goes on when its account may no longer host still lets callers in.
LET_IN_AFTER_END = dt.timedelta(hours=4)

# A caller waits on these two, so they are SQL: the ORM takes twice as long for the same
# (docs/decisions/0005). The first takes the room's lock, counts the caller in, and tells what
# the caller shall hear, all at once; it finds no row where the room may not be entered: it is
# archived, locked or full, the account has blocked the number or used up its minutes, or it may
# not host, which a conference that goes on outlives for a while. A guarded room, which asks for
# more than its code, is entered by none but those who passed these checks. (SQLite takes
# `recording_id IS NOT NULL` for true in a RETURNING, whatever the column holds.)
_COUNT_IN = """
UPDATE rooms_room SET
    people_in = CASE WHEN {waits} THEN people_in ELSE people_in + 1 + {let_in} END,
    people_waiting = CASE WHEN {waits} THEN people_waiting + 1 ELSE people_waiting - {let_in} END,
    hosts_in = hosts_in + {host},
    begun = NOT ({waits}),
    alone_since = CASE
        WHEN NOT ({waits}) AND people_in + {let_in} = 0 THEN coalesce(%s, alone_since) END,
    live_version = live_version + 1,
    open_conference_id = coalesce(open_conference_id, %s),
    presence_due_at = coalesce(presence_due_at, %s),
    announce_due_at = coalesce(announce_due_at, %s)
WHERE {which} = %s AND archived_at IS NULL{may_enter} AND people_in + people_waiting < %s
AND NOT EXISTS (
    SELECT 1 FROM accounts_blockednumber
    WHERE accounts_blockednumber.account_id = rooms_room.account_id AND number = %s)
AND EXISTS (
    SELECT 1 FROM accounts_account
    WHERE accounts_account.id = rooms_room.account_id
    AND (hosting_until > %s OR open_conference_id IS NOT NULL AND hosting_until > %s)
    AND (capped_until IS NULL OR capped_until <= %s))
RETURNING id, name, language, greeting, people_in, people_waiting, begun, open_conference_id,
    coalesce(recording_id, '') <> '' OR records AND NOT EXISTS (
        SELECT 1 FROM conferences_recording
        WHERE conference_id = open_conference_id AND stopped_at IS NOT NULL),
    account_id
"""
_UNGUARDED = (
    " AND NOT locked AND opens_before IS NULL AND NOT personal_pins AND guest_pin = ''"
    " AND NOT waits_for_host AND (people_in > 0 OR NOT asks_when_alone)"
)
# What a statement says of those who passed the guards, and of others.
_HOST = {"waits": "FALSE", "let_in": "people_waiting", "host": "1", "may_enter": ""}
_GUEST = {
    "waits": "waits_for_host AND NOT begun",
    "let_in": "0",
    "host": "0",
    "may_enter": " AND NOT locked",
}
_ANYBODY = {"waits": "FALSE", "let_in": "0", "host": "0", "may_enter": _UNGUARDED}
_STAY = """
INSERT INTO conferences_participant
    (id, conference_id, room_id, call, caller, name, invitee_id, role, waiting, joined_at,
    join_told, leave_told)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (call) WHERE left_at IS NULL DO NOTHING
"""


class AlreadyIn(Exception):
    """The call is in a room; roll back, since the caller was counted twice."""


@dataclass(frozen=True)
class Joined:
    """The room that a caller has entered.

    `others` are those who were in before; where the caller is `waiting`, those who wait too.
    `recorded`: the conference is being recorded, or is from now on; one that a host has stopped
    recording is not recorded again because somebody enters.
    """

    room_id: str
    name: str
    language: str
    greeting: str
    others: int
    participant_id: str = ""
    conference_id: str = ""
    waiting: bool = False
    host: bool = False
    recorded: bool = False


def lets_in(room: Room, at: dt.datetime) -> bool:
    """Whether the room's account lets anybody in now, as `join` decides it; no guard is asked.

    `room` has its account.
    """
    account = room.account
    capped = account.capped_until is not None and account.capped_until > at
    goes_on = room.open_conference_id is not None and account.may_host(at - LET_IN_AFTER_END)
    return not capped and (account.may_host(at) or goes_on)


def is_full(room: Room) -> bool:
    """Whether as many people as the carrier puts into one conversation are there."""
    return room.people_in + room.people_waiting >= settings.ROOM_CAPACITY


def join(
    *,
    call: str,
    caller: str,
    at: dt.datetime,
    code: str = "",
    room_id: str = "",
    checked: bool = False,
    host: bool = False,
    invitee_id: str | None = None,
    name: str = "",
) -> Joined | None:
    """Let the call into the room with this access code, or with this id.

    `checked` says that the caller may pass the guard of a room that has one: it opens at the times
    of its meetings, asks for a PIN, makes guests wait for a host, or asks whoever is alone to
    press 1. `host` says that they proved to be one: a lock does not hold them, and whoever waited
    is let in. `invitee_id` and `name` are who the caller is, where that is known. None where there
    is no such room, it is locked, full, or guarded and nobody checked, the account has blocked the
    caller's number, or lets nobody in now. Raises AlreadyIn.
    """
    adapt = connection.ops.adapt_datetimefield_value
    moment = adapt(at)
    fresh, stay = new_id("cf"), new_id("pt")
    variant = _HOST if host else _GUEST if checked else _ANYBODY
    statement = _COUNT_IN.format(which="access_code" if code else "id", **variant)
    due = [adapt(at + TOLD_AFTER), adapt(at + ANNOUNCED_AFTER)]
    hosting = [moment, adapt(at - LET_IN_AFTER_END), moment]
    facts = [moment, fresh, *due, code or room_id, settings.ROOM_CAPACITY, caller, *hosting]
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        row = cursor.fetchone()
        if row is None:
            return None
        found_id, room_name, language, greeting, people, waiting_people, begun, conference = row[:8]
        if conference == fresh:
            Conference.objects.create(pk=fresh, account_id=row[9], room_id=found_id, started_at=at)
        role = Participant.Role.HOST if host else Participant.Role.GUEST
        who = [stay, conference, found_id, call, caller, name, invitee_id, str(role)]
        cursor.execute(_STAY, [*who, not begun, moment, False, False])
        if not cursor.rowcount:
            raise AlreadyIn
    if host:
        _let_in(conference, at)
    live.nudge_on_commit(found_id)
    return Joined(
        found_id,
        room_name,
        language,
        greeting,
        others=(people if begun else waiting_people) - 1,
        participant_id=stay,
        conference_id=conference,
        waiting=not begun,
        host=host,
        recorded=bool(row[8]),
    )


def begin(room: Room, at: dt.datetime) -> None:
    """A host is there: nobody waits any more. `room` is locked, and saved by whoever calls."""
    if room.open_conference_id:
        _let_in(room.open_conference_id, at)
    room.begun = True


def _let_in(conference_id: str, at: dt.datetime) -> None:
    there = Participant.objects.filter(conference=conference_id, left_at=None, waiting=True)
    there.update(waiting=False, admitted_at=at)
    Conference.objects.filter(pk=conference_id, ends_at__isnull=False).update(ends_at=None)


def confirm(room: Room, *, call: str, at: dt.datetime, conversation: str = "") -> None:
    """The carrier says that the call has arrived in the room, whose lock the caller holds.

    `conversation` is the carrier's own id of where it is.
    """
    Participant.objects.filter(room=room, call=call, left_at=None, confirmed_at=None).update(
        confirmed_at=at
    )
    if conversation and room.open_conference_id:
        Conference.objects.filter(pk=room.open_conference_id, carrier_conversation="").update(
            carrier_conversation=conversation
        )
