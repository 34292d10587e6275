"""Letting a caller in: the one place where a code or a number becomes a stay in a room.

Locks are taken in one order everywhere: the room's row, then the call's.
"""

import datetime as dt
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from rooms.conferences import presence
from rooms.conferences.presence import Joined
from rooms.models import Room
from rooms.notices import minutes
from rooms.phones import from_carrier
from telephony import call_flow, call_rows, lines
from telephony.call_flow import Reply, Step
from telephony.vonage.events import Incoming, Keyed
from telephony.vonage.ncco import Ncco

INPUT_URL = f"{settings.PUBLIC_URL}/telephony/input/"


class _AnsweredBefore(Exception):
    """Undo what was begun: the step has its answer, or the call is over."""


def answer(call: Incoming, at: dt.datetime) -> Ncco:
    """What a caller hears first. Writes nothing, unless the number leads straight into a room."""
    line = lines.find(from_carrier(call.dialled))
    if line is None:
        return call_flow.goodbye("en", "not_in_service").ncco
    if line.room_id is None:
        region = urlsplit(call.region_url).hostname or ""
        return call_flow.welcome(Step(call.uuid, line.language, region), INPUT_URL)
    try:
        return _enter_by_number(call, line, line.room_id, at)
    except (_AnsweredBefore, presence.AlreadyIn):
        return call_rows.answered_before(call.uuid, 0)


@transaction.atomic
def _enter_by_number(call: Incoming, line: lines.Line, room_id: str, at: dt.datetime) -> Ncco:
    joined = presence.join(call=call.uuid, caller=_caller(call), at=at, room_id=room_id)
    if joined:
        reply = _entered(joined)
    else:
        room = _active(pk=room_id)
        reply = _refused(room, at) if room else call_flow.goodbye(line.language, "room_closed")
    return _recorded(call, 0, reply, joined, at)


def after_keys(step: Step, keyed: Keyed, at: dt.datetime) -> Ncco:
    """What a caller hears after keying; once for each step, however often it is delivered."""
    try:
        return _enter_by_code(step, keyed, at)
    except (_AnsweredBefore, presence.AlreadyIn):
        return call_rows.answered_before(keyed.call.uuid, step.number)


@transaction.atomic
def _enter_by_code(step: Step, keyed: Keyed, at: dt.datetime) -> Ncco:
    call, code = keyed.call, call_flow.code_keyed(keyed.digits)
    joined = presence.join(call=call.uuid, caller=_caller(call), at=at, code=code) if code else None
    if joined:
        reply = _entered(joined)
    elif code and (room := _active(access_code=code)):
        reply = _refused(room, at)
    else:
        reply = call_flow.ask_again(step, keyed.digits, INPUT_URL)
    if step.region:
        call = replace(call, region_url=f"https://{step.region}")
    return _recorded(call, step.number, reply, joined, at, digits=keyed.digits)


def _active(**which: str) -> Room | None:
    return Room.objects.active().select_related("account").filter(**which).first()


def _refused(room: Room, at: dt.datetime) -> Reply:
    """The room is there, but its account lets nobody in now; the organizers are told of it."""
    minutes.tell_refused(room, at)
    used_up = room.account.may_host(at)
    return call_flow.goodbye(room.language, "minutes_used_up" if used_up else "not_active")


def _caller(call: Incoming) -> str:
    return from_carrier(call.caller)


def _entered(joined: Joined) -> Reply:
    return call_flow.enter(
        conversation=joined.room_id,
        name=joined.name,
        language=joined.language,
        greeting=joined.greeting,
        others=joined.others,
    )


def _recorded(
    call: Incoming,
    step: int,
    reply: Reply,
    joined: Joined | None,
    at: dt.datetime,
    digits: str = "",
) -> Ncco:
    """The answer, kept with the call. Raises _AnsweredBefore."""
    fresh = call_rows.record_step(
        call,
        step,
        reply,
        caller=_caller(call),
        dialled=from_carrier(call.dialled),
        digits=digits,
        room_id=joined.room_id if joined else None,
        at=at,
    )
    if not fresh:
        raise _AnsweredBefore
    return reply.ncco
