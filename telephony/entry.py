"""Letting a caller in: the one place where a code or a number becomes a stay in a room.

Locks are taken in one order everywhere: the room's row, then the call's.
"""

import datetime as dt
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from rooms.conferences import presence
from rooms.models import Room
from rooms.phones import from_carrier
from telephony import call_flow, call_rows, doors, lines
from telephony.call_flow import Step
from telephony.doors import Answer
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
    region = urlsplit(call.region_url).hostname or ""
    step = Step(call.uuid, line.language, region)
    if line.room_id is None:
        return call_flow.welcome(step, INPUT_URL)
    try:
        return _enter_by_number(step, call, line.room_id, at)
    except (_AnsweredBefore, presence.AlreadyIn):
        return call_rows.answered_before(call.uuid, 0)


@transaction.atomic
def _enter_by_number(step: Step, call: Incoming, room_id: str, at: dt.datetime) -> Ncco:
    step = replace(step, number=0)
    joined = presence.join(call=call.uuid, caller=_caller(call), at=at, room_id=room_id)
    if joined:
        found = doors.entered(joined)
    elif room := _active(pk=room_id):
        found = doors.at_room(room, step, call, at, INPUT_URL)
    else:
        found = Answer(call_flow.goodbye(step.language, "room_closed"))
    return _recorded(call, step, found, at)


def after_keys(step: Step, keyed: Keyed, at: dt.datetime) -> Ncco:
    """What a caller hears after keying; once for each step, however often it is delivered."""
    try:
        return _enter_by_pin(step, keyed, at) if step.room else _enter_by_code(step, keyed, at)
    except (_AnsweredBefore, presence.AlreadyIn):
        return call_rows.answered_before(keyed.call.uuid, step.number)


@transaction.atomic
def _enter_by_code(step: Step, keyed: Keyed, at: dt.datetime) -> Ncco:
    call, code = keyed.call, call_flow.code_keyed(keyed.digits)
    joined = presence.join(call=call.uuid, caller=_caller(call), at=at, code=code) if code else None
    if joined:
        return _recorded(call, step, doors.entered(joined), at)
    if code and (room := _active(access_code=code)):
        return _recorded(call, step, doors.at_room(room, step, call, at, INPUT_URL), at)
    found = Answer(call_flow.ask_again(step, keyed.digits, INPUT_URL))
    return _recorded(call, step, found, at, digits=keyed.digits)


@transaction.atomic
def _enter_by_pin(step: Step, keyed: Keyed, at: dt.datetime) -> Ncco:
    room = _active(pk=step.room)
    if room is None:
        found = Answer(call_flow.goodbye(step.language, "room_closed"))
    else:
        found = doors.with_pin(room, step, keyed.digits, keyed.call, at, INPUT_URL)
    return _recorded(keyed.call, step, found, at)


def _active(**which: str) -> Room | None:
    return Room.objects.active().select_related("account").filter(**which).first()


def _caller(call: Incoming) -> str:
    return from_carrier(call.caller)


def _recorded(call: Incoming, step: Step, found: Answer, at: dt.datetime, digits: str = "") -> Ncco:
    """The answer, kept with the call. Raises _AnsweredBefore.

    `digits` are kept too, so a code that is a room's, and a PIN, right or nearly, are not given.
    """
    if step.region and not call.region_url:
        call = replace(call, region_url=f"https://{step.region}")
    fresh = call_rows.record_step(
        call,
        step.number,
        found.reply,
        caller=_caller(call),
        dialled=from_carrier(call.dialled),
        digits=digits,
        room_id=found.joined.room_id if found.joined else None,
        at=at,
    )
    if not fresh:
        raise _AnsweredBefore
    return found.reply.ncco
