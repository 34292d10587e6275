"""Vonage's webhook payloads, read into small frozen dataclasses.

Unknown keys are ignored and absent ones have defaults: Vonage adds keys without notice, and the
same field comes as a string here and as a number there. Only a payload that cannot be acted on
raises BadPayload. Shapes: Voice OpenAPI 1.10.0 and public captures of webhooks.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

Payload = Mapping[str, Any]

FINAL = frozenset({"completed", "busy", "cancelled", "unanswered", "rejected", "failed", "timeout"})
_RANKS = {"started": 0, "ringing": 1, "answered": 2, "human": 2, "machine": 2, "disconnected": 3}


class BadPayload(ValueError):
    """The payload lacks what is needed to act on it; the text names the field and the remedy."""


def rank(status: str) -> int:
    """How far a call has come: a status never replaces one of a higher rank."""
    if status == "completed":
        return 5
    return 4 if status in FINAL else _RANKS.get(status, 0)


@dataclass(frozen=True)
class Incoming:
    """Which call a webhook that wants an NCCO is about. Numbers are as the carrier wrote them."""

    uuid: str
    conversation_uuid: str
    caller: str
    dialled: str
    region_url: str


@dataclass(frozen=True)
class Keyed:
    """The result of an `input`: `digits` may be empty, and may come with a time-out."""

    call: Incoming
    digits: str


@dataclass(frozen=True)
class StatusEvent:
    """A call's status; `rate` and `price` in euros, `duration` in seconds, None where not told."""

    uuid: str
    status: str
    conversation_uuid: str
    direction: str
    caller: str
    dialled: str
    timestamp: dt.datetime | None
    start_time: dt.datetime | None
    end_time: dt.datetime | None
    duration: int | None
    rate: Decimal | None
    price: Decimal | None
    network: str
    reason: str


@dataclass(frozen=True)
class TransferEvent:
    """A call has moved into a conversation."""

    uuid: str
    timestamp: dt.datetime | None


@dataclass(frozen=True)
class ErrorEvent:
    """Vonage could not do what an NCCO said."""

    conversation_uuid: str
    reason: str


@dataclass(frozen=True)
class MessageEvent:
    """How an SMS fares (Messages API, status webhook); `reason` says why it does not arrive."""

    uuid: str
    status: str
    timestamp: dt.datetime | None
    reason: str


@dataclass(frozen=True)
class OtherEvent:
    """Anything else: kept, and nothing follows from it."""


Event = StatusEvent | TransferEvent | ErrorEvent | MessageEvent | OtherEvent


def incoming(payload: Payload) -> Incoming:
    return Incoming(
        uuid=_required(payload, "uuid"),
        conversation_uuid=_text(payload, "conversation_uuid")[:64],
        caller=_text(payload, "from") or _text(payload, "from_user"),
        dialled=_text(payload, "to"),
        region_url=_text(payload, "region_url")[:200],
    )


def keyed(payload: Payload) -> Keyed:
    dtmf = payload.get("dtmf")
    digits = dtmf.get("digits") if isinstance(dtmf, Mapping) else None
    return Keyed(incoming(payload), str(digits or "").removesuffix("#"))


def event(payload: Payload) -> Event:
    if payload.get("message_uuid"):
        return _message_event(payload)
    if payload.get("status"):
        return _status_event(payload)
    if payload.get("type") == "transfer":
        return TransferEvent(_required(payload, "uuid"), _time(payload, "timestamp"))
    if _text(payload, "reason") and _text(payload, "conversation_uuid"):
        return ErrorEvent(_text(payload, "conversation_uuid"), _text(payload, "reason"))
    return OtherEvent()


def call_of(payload: Payload) -> str:
    """The call that an event is about, or "": `human` and `machine` name it by `call_uuid`."""
    return _text(payload, "uuid") or _text(payload, "call_uuid")


def _status_event(payload: Payload) -> StatusEvent:
    return StatusEvent(
        uuid=_required({**payload, "uuid": call_of(payload)}, "uuid"),
        status=_text(payload, "status").lower(),
        conversation_uuid=_text(payload, "conversation_uuid"),
        direction=_text(payload, "direction"),
        caller=_text(payload, "from"),
        dialled=_text(payload, "to"),
        timestamp=_time(payload, "timestamp"),
        start_time=_time(payload, "start_time"),
        end_time=_time(payload, "end_time"),
        duration=_whole(payload, "duration"),
        rate=_decimal(payload, "rate"),
        price=_decimal(payload, "price"),
        network=_text(payload, "network"),
        reason=_text(payload, "reason") or _text(payload, "detail"),
    )


def _message_event(payload: Payload) -> MessageEvent:
    error = payload.get("error")
    details = error if isinstance(error, Mapping) else {}
    return MessageEvent(
        uuid=_required(payload, "message_uuid"),
        status=_text(payload, "status").lower(),
        timestamp=_time(payload, "timestamp"),
        reason=_text(details, "detail") or _text(details, "title"),
    )


def _text(payload: Payload, key: str) -> str:
    value = payload.get(key)
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _required(payload: Payload, key: str) -> str:
    value = _text(payload, key)
    if not value:
        raise BadPayload(f"`{key}` is missing: send the payload as Vonage does")
    if len(value) > 64:
        raise BadPayload(f"`{key}` is longer than 64 characters")
    return value


def _time(payload: Payload, key: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(_text(payload, key))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _whole(payload: Payload, key: str) -> int | None:
    value = _decimal(payload, key, below=10_000_000)
    return int(value) if value is not None else None


def _decimal(payload: Payload, key: str, *, below: int = 10_000) -> Decimal | None:
    try:
        value = Decimal(_text(payload, key))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < below else None
