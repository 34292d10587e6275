"""What follows the keys where a code is asked for: a room, a host's way in, or what was offered."""

from django.utils.crypto import constant_time_compare

from rooms.conferences import presence
from rooms.models import Room
from telephony import call_flow, doors, known_callers, sms_offer, welcomes
from telephony.doors import Answer, Caller
from telephony.steps import Asks, code_and_pin, code_keyed


def find_room(account_id: str = "", **which: str) -> Room | None:
    """An active room, with its account; where `account_id` is given, of that account alone."""
    own = {"account_id": account_id} if account_id else {}
    return Room.objects.active().select_related("account").filter(**which, **own).first()


def after_keys(caller: Caller, digits: str) -> Answer:
    step, code = caller.step, code_keyed(digits)
    if step.takes_offer(digits):
        return _after_offer(caller)
    typed, _pin = code_and_pin(digits)
    before = None
    if typed:
        before = find_room(step.account, access_code=typed)
        if before and constant_time_compare(code, before.host_pin):
            return doors.at_room(before, caller, host=True)
    if code and (found := _by_code(caller, code)):
        return found
    offered = ""
    if step.offer:
        offered = Room.objects.filter(pk=step.room).values_list("name", flat=True).first() or ""
    reply = call_flow.ask_again(step, digits, caller.input_url, tries=caller.tries, room=offered)
    if reply.said == "no_room_goodbye":
        number, at = caller.number, caller.at
        reply = sms_offer.offer(step, number, at, code=code, input_url=caller.input_url) or reply
    if before:
        return Answer(reply, before.pk, wrong=True)
    return Answer(reply, wrong=bool(code), tried=typed or code)


def _by_code(caller: Caller, code: str) -> Answer | None:
    """What follows the code of a room; None where it is none. A plain room takes one statement."""
    step = caller.step
    call, at = step.call, caller.at
    if not step.account:
        joined = presence.join(call=call, caller=caller.number, at=at, code=code)
        if joined:
            return Answer(welcomes.enter(joined, at), joined.room_id)
    room = find_room(step.account, access_code=code)
    return doors.at_room(room, caller) if room else None


def _after_offer(caller: Caller) -> Answer:
    """A known caller pressed the 1 that was offered: it is worth the code, and no more."""
    step = caller.step
    room = find_room(pk=step.room)
    if room is None or not known_callers.still(room, caller.number, caller.at):
        asked = step.ask(Asks.CODE)
        return Answer(call_flow.ask(asked, caller.input_url, prompt="code_needed"))
    known_host = known_callers.may_be_host(room, caller.number, caller.at)
    return doors.at_room(room, caller, known_host=known_host)
