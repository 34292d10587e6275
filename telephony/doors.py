"""What a room asks beyond its code: that a meeting is on, and a PIN of the caller's own.

A plain room asks neither, and entry.py lets its callers in without coming here.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from rooms.conferences import presence
from rooms.conferences.presence import Joined
from rooms.meetings import opening
from rooms.meetings.models import Invitee, Occurrence
from rooms.meetings.opening import Opening
from rooms.models import Room
from rooms.notices import minutes
from rooms.phones import from_carrier
from telephony import call_flow, prompts_opening
from telephony.call_flow import Reply, Step
from telephony.vonage.events import Incoming

# After the last time of a meeting its guests' PINs open the room no more.
PIN_OUTLIVES = dt.timedelta(days=1)


@dataclass(frozen=True)
class Answer:
    """What a caller hears, and the stay that begins with it, if one does."""

    reply: Reply
    joined: Joined | None = None


def at_room(room: Room, step: Step, call: Incoming, at: dt.datetime, input_url: str) -> Answer:
    """The caller knows the code of `room`, or dialled its own number; `join` did not let them in.

    `room` has its account and was read in this transaction.
    """
    if not presence.lets_in(room, at):
        return refused(room, at)
    found = opening.state(room, at)
    if not found.open:
        return _closed(room.language, found, at)
    if room.personal_pins:
        asked = call_flow.ask_pin(step, input_url, room=room.pk, language=room.language)
        return Answer(asked)
    return _enter(room, call, at)


def with_pin(
    room: Room, step: Step, digits: str, call: Incoming, at: dt.datetime, input_url: str
) -> Answer:
    """The caller was asked for a PIN and keyed `digits`."""
    invitee = _invitee(room, call_flow.code_keyed(digits), at)
    if invitee is None:
        return Answer(call_flow.ask_again(step, digits, input_url))
    if not presence.lets_in(room, at):
        return refused(room, at)
    found = opening.state(room, at, invitee.meeting)
    if not found.open:
        return _closed(room.language, found, at, invitee.time_zone)
    return _enter(room, call, at, invitee)


def refused(room: Room, at: dt.datetime) -> Answer:
    """The room is there, but its account lets nobody in now; the organizers are told of it."""
    minutes.tell_refused(room, at)
    used_up = room.account.may_host(at)
    prompt = "minutes_used_up" if used_up else "not_active"
    return Answer(call_flow.goodbye(room.language, prompt))


def entered(joined: Joined, person: str = "") -> Answer:
    """The caller was let in; `person` is their name where it is known."""
    reply = call_flow.enter(
        conversation=joined.room_id,
        name=joined.name,
        language=joined.language,
        greeting=joined.greeting,
        others=joined.others,
        person=person,
    )
    return Answer(reply, joined)


def _invitee(room: Room, pin: str, at: dt.datetime) -> Invitee | None:
    """Whose PIN it is: of somebody invited to a meeting that is not called off and not long over.

    Organizers get into their rooms at any time.
    """
    if not pin:
        return None
    lately = Occurrence.objects.taking_place().filter(
        meeting=OuterRef("meeting"), ends_at__gt=at - PIN_OUTLIVES
    )
    people = Invitee.objects.invited().filter(room=room, pin=pin, meeting__cancelled_at=None)
    valid = people.filter(Q(is_organizer=True) | Exists(lately))
    return valid.select_related("meeting").first()


def _enter(room: Room, call: Incoming, at: dt.datetime, invitee: Invitee | None = None) -> Answer:
    name = invitee.name if invitee else ""
    joined = presence.join(
        call=call.uuid,
        caller=from_carrier(call.caller),
        at=at,
        room_id=room.pk,
        checked=True,
        invitee_id=invitee.pk if invitee else None,
        name=name,
    )
    return entered(joined, name) if joined else refused(room, at)


def _closed(language: str, found: Opening, at: dt.datetime, time_zone: str = "") -> Answer:
    text, said = prompts_opening.closed(language, found, at, time_zone or found.time_zone)
    return Answer(call_flow.closing(language, text, said))
