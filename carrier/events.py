"""The payloads of webhooks, in Vonage's shapes: strings where Vonage sends strings.

Source: Vonage's webhook reference and public captures of its webhooks.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from carrier.call import Call, iso, iso_or_none

if TYPE_CHECKING:
    from carrier.recordings import Recording

Payload = dict[str, Any]

# A minute, in euros, as examples of what calls cost.
RATES = {"inbound": Decimal("0.00450000"), "outbound": Decimal("0.01270000")}
# Why a call that the product placed was not answered (`detail` of the event; Vonage's Java SDK
# lists the words).
DETAILS = {
    "rejected": "declined",
    "unanswered": "unavailable",
    "failed": "number_out_of_service",
}
NETWORK = "US-FIXED"
# Events that say by their keys alone what they are.
WITHOUT_STATUS = {"dtmf": "input", "recording_uuid": "record", "message_type": "message"}


def now() -> str:
    """This moment as Vonage writes it."""
    return iso(datetime.now(UTC))


def duration(call: Call) -> int:
    """Whole seconds from answer to end; 0 for a call that was never answered."""
    if call.answered_at is None or call.ended_at is None:
        return 0
    return int((call.ended_at - call.answered_at).total_seconds())


def price(call: Call) -> str:
    """What a call costs: "0.00052500" for 7 seconds of an inbound one."""
    return f"{RATES[call.direction] * duration(call) / 60:.8f}"


def caller(call: Call) -> Payload:
    """Who calls: a number, or an app's user."""
    return {"from_user": call.app.user} if call.app else {"from": call.from_number}


def answer(call: Call, region_url: str) -> Payload:
    """What the answer URL is asked with."""
    payload: Payload = {
        **caller(call),
        "to": call.to_number,
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "endpoint_type": "app" if call.app else "phone",
        "region_url": region_url,
    }
    return payload | {"custom_data": call.app.custom_data} if call.app else payload


def status(call: Call) -> Payload:
    """The event that tells the call's present status."""
    payload: Payload = {
        "headers": {},
        **caller(call),
        "to": call.to_number,
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "status": call.status,
        "direction": call.direction,
        "timestamp": now(),
    }
    if call.order and call.status in DETAILS:
        payload["detail"] = DETAILS[call.status]
    if call.status == "answered":
        # Vonage leaves these null here and fills them in `completed`.
        payload |= {"start_time": None, "rate": None, "network": None}
    if call.status == "completed":
        payload |= summary(call)
        payload["disconnected_by"] = call.disconnected_by
    return payload


def summary(call: Call) -> Payload:
    """What is known of a call only when it is over."""
    return {
        "start_time": iso_or_none(call.answered_at),
        "end_time": iso_or_none(call.ended_at),
        "duration": str(duration(call)),
        "rate": f"{RATES[call.direction]:.8f}",
        "price": price(call),
        "network": NETWORK,
    }


def detected(call: Call) -> Payload:
    """What machine detection found; the call is named by `call_uuid` here, and here alone."""
    return {
        "headers": {},
        "from": call.from_number,
        "to": call.to_number,
        "call_uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "status": "machine" if call.machine else "human",
        "direction": call.direction,
        "timestamp": now(),
    }


def transfer(call: Call, from_conversation_uuid: str) -> Payload:
    """The call moved from its own conversation into the named one in which it now is."""
    return {
        "type": "transfer",
        "uuid": call.uuid,
        "conversation_uuid_from": from_conversation_uuid,
        "conversation_uuid_to": call.conversation_uuid,
        "timestamp": now(),
    }


def error(call: Call, reason: str) -> Payload:
    """Something went wrong; as with Vonage, it names the conversation and not the call."""
    return {
        "reason": reason,
        "conversation_uuid": call.conversation_uuid,
        "timestamp": now(),
    }


def dtmf(call: Call, digits: str, timed_out: bool) -> Payload:
    """What an input's URL is told."""
    return {
        "speech": {"results": []},
        "dtmf": {"digits": digits, "timed_out": timed_out},
        **caller(call),
        "to": call.to_number,
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "timestamp": now(),
    }


def key(call: Call, digit: str) -> Payload:
    """What an asynchronous input's URL is told of one key.

    No two keys of a call have the same time: it is all that tells "1" from "1" keyed again.
    """
    at = datetime.now(UTC)
    if call.keyed_at:
        at = max(at, call.keyed_at + timedelta(milliseconds=1))
    call.keyed_at = at
    return dtmf(call, digit, False) | {"timestamp": iso(at)}


def recorded(recording: "Recording", url: str, size: int) -> Payload:
    """A recording of a conversation is done; no call is named. `size` is in bytes."""
    return {
        "recording_url": url,
        "recording_uuid": recording.uuid,
        "size": size,
        "start_time": iso(recording.started_at),
        "end_time": iso_or_none(recording.ended_at),
        "conversation_uuid": recording.conversation_uuid,
        "timestamp": now(),
    }


def fallback(body: Payload, reason: str, url: str, kind: str) -> Payload:
    """The failed request again, for the fallback URL. `kind` is answer or event."""
    return body | {"reason": reason, "original_request": {"url": url, "type": kind}}


def label(payload: Payload) -> str:
    """The word for an event: its status, its type, or what it tells of."""
    for name, word in WITHOUT_STATUS.items():
        if name in payload:
            return word
    return str(payload.get("status") or payload.get("type") or "error")
