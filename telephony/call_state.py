"""What an event does to a call and to the stay of its caller, whatever order events come in."""

import datetime as dt

from rooms.conferences import leaving, presence, recording_unseen
from rooms.conferences.models import Command, Conference
from rooms.meetings import call_news, callers
from rooms.models import Room
from rooms.phones import from_carrier
from telephony.models import Call
from telephony.vonage import events
from telephony.vonage.events import ErrorEvent, Event, StatusEvent, TransferEvent


class Moved(Exception):
    """The call entered a room while we looked: start the transaction again."""


class Busy(Exception):
    """Others are coming into the room: this can wait, and they cannot."""


# What events tell of a call; its steps are entry.py's.
WRITTEN = (
    *("status", "direction", "caller", "dialled", "conversation_uuid", "network", "problem"),
    *("seen_at", "started_at", "answered_at", "ended_at", "duration", "rate", "price"),
    "hung_up_by",
)


def apply(event: Event, received_at: dt.datetime, *, why: str = "", patient: bool = True) -> None:
    """Move the state as `event` says. Call it in a transaction. Raises Moved.

    `why` is a word of Participant.LeftWhy for the stay that it ends, where none is known. Who is
    not `patient` gets Busy where an arrival would have to wait for the room's row.
    """
    match event:
        case StatusEvent():
            _apply_status(event, received_at, why)
        case TransferEvent():
            _apply_transfer(event, received_at, patient)
        case ErrorEvent():
            Call.objects.filter(conversation_uuid=event.conversation_uuid).update(
                problem=event.reason[:300]
            )


def locked(uuid: str, *, patient: bool = True) -> tuple[Call, Room | None]:
    """The call's row and its room's, locked in the order that entry.py locks them in.

    The room has its account, which tells whether the minutes are capped. Raises Moved, and Busy
    where the room's row is taken and we are not `patient`.
    """
    known = list(Call.objects.filter(pk=uuid).values_list("room_id", flat=True))
    room_id = known[0] if known else None
    rooms = Room.objects.locked(if_free=not patient).select_related("account")
    room = rooms.filter(pk=room_id).first() if room_id else None
    if room_id and room is None and not patient:
        raise Busy
    call = _locked_call(uuid, known=bool(known))
    if call.room_id != room_id:
        raise Moved
    return call, room


def _locked_call(uuid: str, *, known: bool) -> Call:
    """Without the steps, which entry.py alone writes."""
    if not known:
        Call.objects.bulk_create([Call(uuid=uuid)], ignore_conflicts=True)
    return Call.objects.select_for_update().defer("steps").get(pk=uuid)


def _told_before(uuid: str) -> Call:
    """The row of a call alone, for news that change nothing of who is in a room."""
    calls = Call.objects.select_for_update().defer("steps")
    return calls.filter(pk=uuid).first() or _locked_call(uuid, known=False)


def _apply_status(event: StatusEvent, received_at: dt.datetime, why: str) -> None:
    # A call that starts or is answered needs no lock of the room that a crowd comes into.
    final = event.status in events.FINAL
    call, room = locked(event.uuid) if final else (_told_before(event.uuid), None)
    moment = event.timestamp or received_at
    _fill_in(call, event)
    call.seen_at = max(call.seen_at, received_at)
    if events.rank(event.status) > events.rank(call.status):
        call.status = event.status
    if event.status == "answered" and call.answered_at is None:
        call.answered_at = event.start_time or moment
    if event.status == "started" and call.started_at is None:
        call.started_at = moment
    if event.status in events.FINAL:
        _finish(call, event, moment, received_at)
    call.save(update_fields=WRITTEN)
    if call.direction == "outbound":
        _tell_request(call, event)
    if room and call.ended_at:
        left = leaving.leave(
            room,
            call=call.uuid,
            at=call.ended_at,
            cost=call.price,
            why=_why_hung_up(call) or why,
        )
        if not left and call.price is not None:
            leaving.charge(call=call.uuid, cost=call.price)


def _why_hung_up(call: Call) -> str:
    """Why we hung it up, if we did; the event may come before the answer to our request."""
    if call.hung_up_by == "user":
        return ""
    asked = Command.objects.filter(
        kind=Command.Kind.REMOVE,
        attempts__gt=0,
        participant__call=call.uuid,
        participant__left_at=None,
    )
    return asked.order_by("created_at").values_list("why", flat=True).first() or ""


# Why nobody came in by a call that is over, in the words of CallRequest.REASONS.
_WHY = {"completed": "no_key", "timeout": "unanswered", "cancelled": "failed"}


def _tell_request(call: Call, event: StatusEvent) -> None:
    """Whoever asked for this call learns how it goes."""
    about = call_news.about_call(call.uuid)
    if about and event.status == "machine":
        call_news.machine(about)
    elif about and event.status in events.FINAL:
        call_news.ended(about, _WHY.get(event.status, event.status))


def _fill_in(call: Call, event: StatusEvent) -> None:
    """What the first event that knows it tells; later ones do not overwrite it.

    Of a call that is over they name nobody: whoever it was may have been erased, or forgotten.
    """
    if call.ended_at is None:
        call.caller = call.caller or from_carrier(event.caller)
        call.dialled = call.dialled or from_carrier(event.dialled)
    call.conversation_uuid = call.conversation_uuid or event.conversation_uuid[:64]
    if event.direction in ("inbound", "outbound"):
        call.direction = event.direction
    call.network = call.network or event.network[:32]
    call.problem = call.problem or event.reason[:300]


def _finish(call: Call, event: StatusEvent, moment: dt.datetime, received_at: dt.datetime) -> None:
    """Times, rate and price, stored once: `completed` tells them, the price perhaps later."""
    if call.ended_at is None:
        # A clock that is ahead must not write minutes that have not been.
        call.ended_at = min(event.end_time or moment, received_at)
    if event.status == "completed" and call.duration is None:
        call.answered_at = event.start_time or call.answered_at
        call.duration = event.duration
    call.hung_up_by = call.hung_up_by or event.hung_up_by
    if event.status == "completed" and call.price is None:
        call.rate, call.price = event.rate, event.price


def _apply_transfer(event: TransferEvent, received_at: dt.datetime, patient: bool) -> None:
    known = callers.look_up(event.uuid, received_at)
    call, room = locked(event.uuid, patient=patient)
    call.seen_at = max(call.seen_at, received_at)
    call.save(update_fields=["seen_at"])
    if room and _is_entry(event, call, room):
        at = event.timestamp or received_at
        presence.confirm(room, call=call.uuid, at=at, conversation=event.to_conversation)
        recording_unseen.arrived(room, call=call.uuid)
        callers.give_name(room, call=call.uuid, known=known)


def _is_entry(event: TransferEvent, call: Call, room: Room) -> bool:
    """Whether it brought the call into the room's conversation; not out of it, or back to its own.

    Our own transfers (a recording starts, a caller leaves for another room) move calls too.
    """
    there = event.to_conversation
    if not there:
        return True
    if there == call.conversation_uuid:
        return False
    known = Conference.objects.filter(pk=room.open_conference_id).exclude(carrier_conversation="")
    conversation = known.values_list("carrier_conversation", flat=True).first()
    return conversation in (None, there) or event.from_conversation != conversation
