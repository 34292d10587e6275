"""What an event does to a call and to the stay of its caller, whatever order events come in."""

import datetime as dt

from rooms.conferences import presence
from rooms.meetings import call_news, callers
from rooms.models import Room
from rooms.phones import from_carrier
from telephony.models import Call
from telephony.vonage import events
from telephony.vonage.events import ErrorEvent, Event, StatusEvent, TransferEvent


class Moved(Exception):
    """The call entered a room while we looked: start the transaction again."""


def apply(event: Event, received_at: dt.datetime) -> None:
    """Move the state as `event` says. Call it in a transaction. Raises Moved."""
    match event:
        case StatusEvent():
            _apply_status(event, received_at)
        case TransferEvent():
            _apply_transfer(event, received_at)
        case ErrorEvent():
            Call.objects.filter(conversation_uuid=event.conversation_uuid).update(
                problem=event.reason[:300]
            )


def _locked(uuid: str) -> tuple[Call, Room | None]:
    """The call's row and its room's, locked in the order that entry.py locks them in."""
    room_id = Call.objects.filter(pk=uuid).values_list("room_id", flat=True).first()
    room = _locked_room(room_id) if room_id else None
    Call.objects.bulk_create([Call(uuid=uuid)], ignore_conflicts=True)
    call = Call.objects.select_for_update().get(pk=uuid)
    if call.room_id != room_id:
        raise Moved
    return call, room


def _locked_room(room_id: str) -> Room | None:
    """With its account, which tells whether the minutes are capped."""
    return Room.objects.locked().select_related("account").filter(pk=room_id).first()


def _apply_status(event: StatusEvent, received_at: dt.datetime) -> None:
    call, room = _locked(event.uuid)
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
    call.save()
    if call.direction == "outbound":
        _tell_request(call, event)
    if room and call.ended_at:
        left = presence.leave(room, call=call.uuid, at=call.ended_at, cost=call.price)
        if not left and call.price is not None:
            presence.charge(call=call.uuid, cost=call.price)


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
    """What the first event that knows it tells; later ones do not overwrite it."""
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
    if event.status == "completed" and call.price is None:
        call.rate, call.price = event.rate, event.price


def _apply_transfer(event: TransferEvent, received_at: dt.datetime) -> None:
    call, room = _locked(event.uuid)
    if room:
        presence.confirm(room, call=call.uuid, at=event.timestamp or received_at)
        callers.recognize(room, call=call.uuid, at=received_at)
