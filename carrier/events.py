"""The payloads of webhooks, in Vonage's shapes: strings where Vonage sends strings.

Source: Vonage's webhook reference and public captures of its webhooks.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from carrier.calls import Call, iso, iso_or_none

Payload = dict[str, Any]

RATE = Decimal("0.00450000")  # a minute, in euros, as an example of an inbound call's rate
NETWORK = "US-FIXED"


def now() -> str:
    """This moment as Vonage writes it."""
    return iso(datetime.now(UTC))


def duration(call: Call) -> int:
    """Whole seconds from answer to end; 0 for a call that was never answered."""
    if call.answered_at is None or call.ended_at is None:
        return 0
    return int((call.ended_at - call.answered_at).total_seconds())


def price(seconds: int) -> str:
    """What a call of so many seconds costs: "0.00052500" for 7."""
    return f"{RATE * seconds / 60:.8f}"


def answer(call: Call, region_url: str) -> Payload:
    """What the answer URL is asked with."""
    return {
        "from": call.from_number,
        "to": call.to_number,
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "endpoint_type": "phone",
        "region_url": region_url,
    }


def status(call: Call) -> Payload:
    """The event that tells the call's present status."""
    payload: Payload = {
        "headers": {},
        "from": call.from_number,
        "to": call.to_number,
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "status": call.status,
        "direction": "inbound",
        "timestamp": now(),
    }
    if call.status == "answered":
        # Vonage leaves these null here and fills them in `completed`.
        payload |= {"start_time": None, "rate": None, "network": None}
    if call.status == "completed":
        payload |= summary(call)
        payload["disconnected_by"] = call.disconnected_by
    return payload


def summary(call: Call) -> Payload:
    """What is known of a call only when it is over."""
    seconds = duration(call)
    return {
        "start_time": iso_or_none(call.answered_at),
        "end_time": iso_or_none(call.ended_at),
        "duration": str(seconds),
        "rate": f"{RATE:.8f}",
        "price": price(seconds),
        "network": NETWORK,
    }


def transfer(call: Call, to_conversation_uuid: str) -> Payload:
    """The call moved from its own conversation into a named one."""
    return {
        "type": "transfer",
        "uuid": call.uuid,
        "conversation_uuid_from": call.conversation_uuid,
        "conversation_uuid_to": to_conversation_uuid,
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
        "from": call.from_number,
        "to": call.to_number,
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "timestamp": now(),
    }


def fallback(body: Payload, reason: str, url: str, kind: str) -> Payload:
    """The failed request again, for the fallback URL. `kind` is answer or event."""
    return body | {"reason": reason, "original_request": {"url": url, "type": kind}}


def label(payload: Payload) -> str:
    """The word for an event: its status, its type, or "error"."""
    return str(payload.get("status") or payload.get("type") or "error")
