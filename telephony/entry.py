"""Letting a caller in: the one place where a code or a number becomes a stay in a room.

Locks are taken in one order everywhere: the room's row, then the call's.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction

from rooms.conferences import presence
from rooms.models import Room, RoomQuerySet
from rooms.phones import from_carrier
from telephony import call_flow, call_rows, lines
from telephony.call_flow import Door, Reply, Step
from telephony.vonage.events import Incoming, Keyed
from telephony.vonage.ncco import Ncco

INPUT_URL = f"{settings.PUBLIC_URL}/telephony/input/"


def answer(call: Incoming, at: dt.datetime) -> Ncco:
    """What a caller hears first. Writes nothing, unless the number leads straight into a room."""
    line = lines.find(from_carrier(call.dialled))
    if line is None:
        return call_flow.goodbye("en", "not_in_service").ncco
    if line.room_id is None:
        return call_flow.welcome(call.uuid, line.language, INPUT_URL)
    with transaction.atomic():
        room = _rooms().filter(pk=line.room_id, archived_at=None).first()
        reply = (
            call_flow.enter(_door(room, at))
            if room
            else call_flow.goodbye(line.language, "room_closed")
        )
        return _answer_once(call, 0, reply, room, at)


@transaction.atomic
def after_keys(step: Step, keyed: Keyed, at: dt.datetime) -> Ncco:
    """What a caller hears after keying; once for each step, however often it is delivered."""
    code = call_flow.code_keyed(keyed.digits)
    room = _rooms().filter(access_code=code).first() if code else None
    door = _door(room, at) if room else None
    reply = call_flow.after_keys(step, keyed.digits, door, INPUT_URL)
    return _answer_once(keyed.call, step.number, reply, room, at, digits=keyed.digits)


def _rooms() -> RoomQuerySet:
    return Room.objects.locked().select_related("account")


def _door(room: Room, at: dt.datetime) -> Door:
    return Door(
        room_id=room.pk,
        name=room.name,
        language=room.language,
        greeting=room.greeting,
        people_in=room.people_in,
        active=room.account.may_host(at),
    )


def _answer_once(
    call: Incoming, step: int, reply: Reply, room: Room | None, at: dt.datetime, *, digits: str = ""
) -> Ncco:
    """Give `reply` and let the caller in, unless this step was answered or the call is over."""
    caller = from_carrier(call.caller)
    joined = room if reply.joins else None
    fresh = call_rows.record_step(
        call,
        step,
        reply,
        caller=caller,
        dialled=from_carrier(call.dialled),
        digits=digits,
        room_id=joined.pk if joined else None,
        at=at,
    )
    if not fresh:
        return call_rows.answered_before(call.uuid, step)
    if joined:
        presence.join(joined, call=call.uuid, caller=caller, at=at)
    return reply.ncco
