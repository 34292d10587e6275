"""Letting a caller in: the one place where a code or a number becomes a stay in a room.

Locks are taken in one order everywhere: the room's row, then the call's. A try at a code or a PIN
is taken from the caller's budget (guessing.py) before anything is looked up, and given back unless
it was wrong.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db import transaction

from rooms.conferences import leaving, presence
from rooms.conferences.models import Participant
from rooms.models import Room
from rooms.phones import from_carrier
from telephony import (
    call_flow,
    call_rows,
    codes,
    doors,
    guessing,
    known_callers,
    lines,
    sms_offer,
    welcomes,
)
from telephony.doors import Answer, Caller
from telephony.guessing import Budget
from telephony.models import Call
from telephony.steps import Asks, Step, code_and_pin
from telephony.vonage.events import Incoming, Keyed
from telephony.vonage.ncco import Ncco

INPUT_URL = f"{settings.PUBLIC_URL}/telephony/input/"


class _AnsweredBefore(Exception):
    """Undo what was begun: the step has its answer, or the call is over."""


def answer(call: Incoming, at: dt.datetime) -> Ncco:
    """What a caller hears first. Writes nothing, unless the number leads straight into a room."""
    line = lines.find(from_carrier(call.dialled))
    if line is None:
        return call_flow.goodbye(lines.language(from_carrier(call.dialled)), "not_in_service").ncco
    number = from_carrier(call.caller)
    if guessing.blocked(number):
        return call_flow.goodbye(line.language, "blocked").ncco
    step = Step(call.uuid, line.language, call.region, account=line.account_id)
    if line.room_id is None:
        return _welcome(step, number, at)
    return without_code(step, call, at, partial(_by_number, line.room_id))


def without_code(
    step: Step, call: Incoming, at: dt.datetime, door: Callable[[Caller], Answer]
) -> Ncco:
    """What a caller hears first who needs no code: kept as step 0, so a repeat gets the same."""
    try:
        return _without_code(replace(step, number=0), call, at, door)
    except (_AnsweredBefore, presence.AlreadyIn):
        return call_rows.answered_before(call.uuid, 0)


def again(call: str, language: str, region: str = "") -> Ncco:
    """What a caller hears who left a room to key another code; the same if it is asked again.

    `region` is the host of Vonage that the call lives at.
    """
    row = Call.objects.get(pk=call)
    called = row.direction == "outbound"
    line = None if called else lines.find(row.dialled)
    number = max([1, *map(int, row.steps)]) + 1  # 1 is of a call that never left a room
    step = Step(call, language, region, number=number, first=number, called=called)
    if line:
        step = replace(step, account=line.account_id)
    return call_flow.ask(step, INPUT_URL, prompt="again").ncco


def after_keys(step: Step, keyed: Keyed, at: dt.datetime) -> Ncco:
    """What a caller hears after keying; once for each step, however often it is delivered."""
    number = _number(step, keyed.call)
    if not step.is_try(keyed.digits):
        return _settled(step, keyed, Budget(open=True), at)[0]
    budget = guessing.take(number, at)
    wrong = False
    try:
        ncco, wrong = _settled(step, keyed, budget, at)
    finally:
        if budget.open and not wrong:
            guessing.refund(number, at)
    return ncco


def _settled(step: Step, keyed: Keyed, budget: Budget, at: dt.datetime) -> tuple[Ncco, bool]:
    """The answer to a step, and whether it is new and tells of a wrong try."""
    for moved in (False, True):
        try:
            return _answered(step, keyed, budget, at)
        except _AnsweredBefore:
            break
        except presence.AlreadyIn:
            if moved or not _moved_on(step, at):
                break
    return call_rows.answered_before(keyed.call.uuid, step.number), False


@transaction.atomic
def _answered(step: Step, keyed: Keyed, budget: Budget, at: dt.datetime) -> tuple[Ncco, bool]:
    number = _number(step, keyed.call)
    caller = Caller(step, number, at, INPUT_URL, budget.tries)
    if not budget.open:
        found = Answer(call_flow.tries_used_up(step.language, budget.why, budget.minutes(at)))
    elif step.asks == Asks.CODE:
        found = codes.after_keys(caller, keyed.digits)
    elif step.asks == Asks.LINK:
        found = Answer(sms_offer.after_key(step, number, keyed.digits, at))
    elif room := codes.find_room(pk=step.room):
        after = doors.when_alone if step.asks == Asks.ALONE else doors.with_pin
        found = after(room, caller, keyed.digits)
    else:
        found = Answer(call_flow.goodbye(step.language, "room_closed"))
    # A PIN is not kept, nor what may be a code and its PIN: it may have been nearly right. What
    # was not looked at, because the tries are used up, may even be right.
    plain = budget.open and step.asks == Asks.CODE and not code_and_pin(keyed.digits)[0]
    ncco = _recorded(keyed.call, step, found, at, digits=keyed.digits if plain else "")
    if found.wrong:
        guessing.failed(step.call, number, found.tried, at, found.room_id)
    return ncco, found.wrong


def _welcome(step: Step, number: str, at: dt.datetime) -> Ncco:
    known = None
    if number and lines.any_known_callers():
        known = known_callers.find(number, at, step.account)
    if known is None:
        return call_flow.welcome(step, INPUT_URL)
    offered = replace(step, room=known.room_id, offer=known.offer)
    return call_flow.welcome(offered, INPUT_URL, room=known.room_name)


@transaction.atomic
def _without_code(
    step: Step, call: Incoming, at: dt.datetime, door: Callable[[Caller], Answer]
) -> Ncco:
    found = door(Caller(step, from_carrier(call.caller), at, INPUT_URL))
    return _recorded(call, step, found, at)


def _by_number(room_id: str, caller: Caller) -> Answer:
    call, at = caller.step.call, caller.at
    joined = presence.join(call=call, caller=caller.number, at=at, room_id=room_id)
    if joined:
        return Answer(welcomes.enter(joined, at), room_id)
    if room := codes.find_room(pk=room_id):
        return doors.at_room(room, caller)
    return Answer(call_flow.goodbye(caller.step.language, "room_closed"))


def _moved_on(step: Step, at: dt.datetime) -> bool:
    """End the stay that the caller has left to key another code; False where they have left none.

    That the carrier has taken them out is known by their keys, perhaps before it is written down.
    """
    if step.first == 1:
        return False
    stay = Participant.objects.filter(call=step.call, left_at=None).first()
    if stay is None:  # another delivery of these keys was faster
        return True
    with transaction.atomic():
        room = Room.objects.locked().select_related("account").get(pk=stay.room_id)
        # The stay that this step itself began is written down with its answer.
        if str(step.number) in Call.objects.values_list("steps", flat=True).get(pk=step.call):
            return False
        leaving.leave(room, call=step.call, at=at, why=Participant.LeftWhy.MOVED)
    return True


def _number(step: Step, call: Incoming) -> str:
    """The caller's number, E.164 or empty."""
    return from_carrier(call.dialled if step.called else call.caller)


def _recorded(call: Incoming, step: Step, found: Answer, at: dt.datetime, digits: str = "") -> Ncco:
    """The answer, kept with the call. Raises _AnsweredBefore.

    `digits` are kept too, but for a code that is a room's, which is as good as a key.
    """
    if step.region and not call.region_url:
        call = replace(call, region_url=f"https://{step.region}")
    if step.first > 1 and found.room_id:
        call_rows.note_moved(step.call, found.room_id)
    fresh = call_rows.record_step(
        call,
        step.number,
        found.reply,
        caller=from_carrier(call.caller),
        dialled=from_carrier(call.dialled),
        digits=digits,
        room_id=found.room_id or None,
        at=at,
    )
    if not fresh:
        raise _AnsweredBefore
    return found.reply.ncco
