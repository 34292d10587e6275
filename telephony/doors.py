"""The door of a room whose code is known: what it asks beyond, whom it refuses, and why.

A plain room asks nothing, and entry.py lets its callers in without coming here.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db.models import Exists, OuterRef, Q
from django.utils.crypto import constant_time_compare

from rooms.accounts.models import BlockedNumber
from rooms.conferences import presence
from rooms.meetings import opening
from rooms.meetings.models import Invitee, Occurrence
from rooms.meetings.opening import Opening
from rooms.models import Room
from rooms.notices import minutes
from telephony import call_flow, prompts_opening, welcomes
from telephony.call_flow import Reply
from telephony.steps import Asks, Step, code_keyed

# After the last time of a meeting its guests' PINs open the room no more.
PIN_OUTLIVES = dt.timedelta(days=1)


@dataclass(frozen=True)
class Answer:
    """What a caller hears, and the room it is about.

    `wrong`: it was a try, and failed; `tried` is the code where it was no room's. A PIN is not
    kept: a wrong one is mostly a right one mistyped.
    """

    reply: Reply
    room_id: str = ""
    wrong: bool = False
    tried: str = ""


@dataclass(frozen=True)
class Caller:
    """Who is at the door, and when; `number` is E.164, or empty where it is withheld.

    `tries` are those of the call, in all.
    """

    step: Step
    number: str
    at: dt.datetime
    input_url: str
    tries: int = call_flow.MOST_WRONG


@dataclass(frozen=True)
class Proof:
    """What a PIN has proved: that somebody is a host, or whom it was given to, or both.

    `name` is what they are called, where that is known otherwise than from the invitee.
    """

    host: bool = False
    invitee: Invitee | None = None
    name: str = ""

    @property
    def called(self) -> str:
        return self.name or (self.invitee.name if self.invitee else "")


GUEST = Proof()


def at_room(
    room: Room,
    caller: Caller,
    *,
    host: bool = False,
    known_host: bool = False,
    pressed: bool = False,
) -> Answer:
    """The caller knows the code of `room`, or dialled its own number; `join` did not let them in.

    `host` says that they keyed the host's PIN with the code; `known_host` that their number is an
    organizer's, who is asked for that PIN; `pressed` that they have just pressed 1 to enter.
    `room` has its account.
    """
    if host:
        return _let_in(room, caller, Proof(host=True))
    asks = _asks(room, known_host)
    if refused := _refused(room, caller, GUEST, asked=bool(asks)):
        return refused
    return _ask(room, caller, asks) if asks else _let_in(room, caller, GUEST, pressed=pressed)


def with_pin(room: Room, caller: Caller, digits: str) -> Answer:
    """The caller was asked for a PIN and keyed `digits`."""
    pin = code_keyed(digits)
    may_be_guest = caller.step.asks == Asks.HOST_PIN
    if not pin and may_be_guest and "*" not in digits:
        return _let_in(room, caller, GUEST)
    proof = _proved(room, pin, caller.at, personal=not may_be_guest) if pin else None
    if proof is None:
        again = call_flow.ask_again(caller.step, digits, caller.input_url, tries=caller.tries)
        return Answer(again, room.pk, wrong=bool(pin))
    return _let_in(room, caller, proof)


def when_alone(room: Room, caller: Caller, digits: str) -> Answer:
    """The caller was asked to press 1, and keyed `digits`; whoever came meanwhile is joined."""
    if code_keyed(digits) != "1":
        again = call_flow.ask_again(caller.step, digits, caller.input_url)
        return Answer(again, room.pk)
    invited = Invitee.objects.invited().select_related("meeting")
    invitee = invited.filter(pk=caller.step.invitee, room=room).first()
    if caller.step.invitee and invitee is None:  # taken off the list meanwhile
        return Answer(call_flow.goodbye(room.language, "room_closed"), room.pk)
    return _let_in(room, caller, Proof(invitee=invitee), pressed=True)


def vouched_for(room: Room, proof: Proof, caller: Caller) -> Answer:
    """A member has let this caller in beforehand: no PIN is asked, nor to press 1 when alone."""
    return _let_in(room, caller, proof, pressed=True)


def asks_pin(room: Room) -> bool:
    """Whether who keys its code is asked for more before they are let in, or not."""
    return _asks(room, known_host=False) is not None


def _asks(room: Room, known_host: bool) -> Asks | None:
    if room.guest_pin or room.personal_pins:
        return Asks.PIN
    return Asks.HOST_PIN if room.waits_for_host or known_host else None


def _ask(room: Room, caller: Caller, asks: Asks, invitee: Invitee | None = None) -> Answer:
    who = invitee.pk if invitee else ""
    step = caller.step.ask(asks, room.pk, room.language, who)
    return Answer(call_flow.ask(step, caller.input_url), room.pk)


def _proved(room: Room, pin: str, at: dt.datetime, *, personal: bool) -> Proof | None:
    """What the PIN proves; `personal` PINs and that of all guests count where a room asks them."""
    # A PIN of somebody's own comes first: a host PIN chosen later must not make them a host.
    invitee = _invitee(room, pin, at) if personal and room.personal_pins else None
    if invitee:
        return Proof(invitee.is_organizer, invitee)
    if constant_time_compare(pin, room.host_pin):
        return Proof(host=True)
    guest = personal and room.guest_pin and constant_time_compare(pin, room.guest_pin)
    return GUEST if guest else None


def _invitee(room: Room, pin: str, at: dt.datetime) -> Invitee | None:
    """Whose PIN it is: of somebody invited to a meeting that is not called off and not long over.

    Organizers get into their rooms at any time.
    """
    lately = Occurrence.objects.taking_place().filter(
        meeting=OuterRef("meeting"), ends_at__gt=at - PIN_OUTLIVES
    )
    people = Invitee.objects.invited().filter(room=room, pin=pin, meeting__cancelled_at=None)
    valid = people.filter(Q(is_organizer=True) | Exists(lately))
    return valid.select_related("meeting").first()


def _let_in(room: Room, caller: Caller, proof: Proof, *, pressed: bool = False) -> Answer:
    if refused := _refused(room, caller, proof):
        return refused
    empty = room.people_in + room.people_waiting == 0
    if room.asks_when_alone and empty and not pressed and not proof.host:
        return _ask(room, caller, Asks.ALONE, proof.invitee)
    joined = presence.join(
        call=caller.step.call,
        caller=caller.number,
        at=caller.at,
        room_id=room.pk,
        checked=True,
        host=proof.host,
        invitee_id=proof.invitee.pk if proof.invitee else None,
        name=proof.called,
    )
    if joined:
        return Answer(welcomes.enter(joined, caller.at, proof.called), room.pk)
    room.refresh_from_db()  # somebody was faster: the room is full now, or locked
    trouble = Answer(call_flow.goodbye(room.language, "trouble"), room.pk)
    return _refused(room, caller, proof) or trouble


def _refused(room: Room, caller: Caller, proof: Proof, *, asked: bool = False) -> Answer | None:
    """Why the caller is not let in, as `join` decides it; None where nothing speaks against it.

    A lock does not hold a host, nor anybody who is `asked` for a PIN yet.
    """
    found = refusal(room, caller.number, caller.at, host=proof.host or asked)
    if found:
        return Answer(found, room.pk)
    meeting = proof.invitee.meeting if proof.invitee else None
    state = opening.state(room, caller.at, meeting)
    zone = proof.invitee.time_zone if proof.invitee else ""
    return None if state.open else _closed(room, state, caller.at, zone)


def refusal(room: Room, number: str, at: dt.datetime, *, host: bool = False) -> Reply | None:
    """What somebody hears whom `join` does not let into the room; None where it would.

    `room` has its account, whose organizers are told where it lets nobody in now.
    """
    goodbye = partial(call_flow.goodbye, room.language)
    if room.archived_at:
        return goodbye("room_closed")
    if not presence.lets_in(room, at):
        minutes.tell_refused(room, at)
        return goodbye("minutes_used_up" if room.account.may_host(at) else "not_active")
    if number and BlockedNumber.objects.filter(account=room.account_id, number=number).exists():
        return goodbye("blocked_here")
    if presence.is_full(room):
        return goodbye("full")
    return goodbye("locked") if room.locked and not host else None


def _closed(room: Room, found: Opening, at: dt.datetime, time_zone: str) -> Answer:
    zone = time_zone or found.time_zone
    text, said = prompts_opening.closed(room.language, found, at, zone)
    return Answer(call_flow.closing(room.language, text, said), room.pk)
