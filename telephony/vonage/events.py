"""Vonage's webhook payloads, read into small frozen dataclasses.

Unknown keys are ignored and absent ones have defaults: Vonage adds keys without notice, and the
same field comes as a string here and as a number there. Only a payload that cannot be acted on
raises BadPayload. Shapes: Voice OpenAPI 1.10.0 and public captures of webhooks.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from telephony.vonage import fields
from telephony.vonage.fields import BadPayload as BadPayload
from telephony.vonage.fields import Payload as Payload

FINAL = frozenset({"completed", "busy", "cancelled", "unanswered", "rejected", "failed", "timeout"})
_RANKS = {"started": 0, "ringing": 1, "answered": 2, "human": 2, "machine": 2, "disconnected": 3}


def rank(status: str) -> int:
    """How far a call has come: a status never replaces one of a higher rank."""
    if status == "completed":
        return 5
    return 4 if status in FINAL else _RANKS.get(status, 0)


@dataclass(frozen=True)
class Incoming:
    """Which call a webhook that wants an NCCO is about. Numbers are as the carrier wrote them.

    Where no number called but an app, `user` is its user's name, and `join_token` what it sent
    along by that name.
    """

    uuid: str
    conversation_uuid: str
    caller: str
    dialled: str
    region_url: str
    user: str = ""
    join_token: str = ""

    @property
    def region(self) -> str:
        """The host of Vonage that the call lives at, or ""."""
        return urlsplit(self.region_url).hostname or ""


@dataclass(frozen=True)
class Keyed:
    """The result of an `input`: `digits` may be empty, and may come with a time-out."""

    call: Incoming
    digits: str


@dataclass(frozen=True)
class Pressed:
    """Keys pressed during a call, mostly one; `at` is None where it was not told."""

    uuid: str
    digits: str
    at: dt.datetime | None


@dataclass(frozen=True)
class StatusEvent:
    """A call's status; `rate` and `price` in euros, `duration` in seconds, None where not told.

    `hung_up_by` is `user` or `platform` at the end of a call (`disconnected_by`), where told.
    """

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
    hung_up_by: str


@dataclass(frozen=True)
class TransferEvent:
    """A call has moved from one conversation into another; "" where that is not told."""

    uuid: str
    timestamp: dt.datetime | None
    from_conversation: str
    to_conversation: str


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
class InboundSms:
    """An SMS to one of our numbers (Messages API, inbound webhook); other channels have no text."""

    uuid: str
    sender: str
    number: str
    text: str
    timestamp: dt.datetime | None


@dataclass(frozen=True)
class RecordEvent:
    """A recording has ended; `url` is where its file is, `size` in bytes. It names no call."""

    uuid: str
    url: str
    conversation_uuid: str
    start_time: dt.datetime | None
    end_time: dt.datetime | None
    size: int | None


@dataclass(frozen=True)
class OtherEvent:
    """Anything else: kept, and nothing follows from it."""


Event = StatusEvent | TransferEvent | ErrorEvent | MessageEvent | RecordEvent | OtherEvent


def incoming(payload: Payload) -> Incoming:
    caller = fields.text(payload, "from")
    user = "" if caller else fields.text(payload, "from_user")
    return Incoming(
        uuid=fields.required(payload, "uuid"),
        conversation_uuid=fields.text(payload, "conversation_uuid")[:64],
        caller=caller,
        dialled=fields.text(payload, "to"),
        region_url=fields.text(payload, "region_url")[:200],
        user=user,
        join_token=fields.text(fields.custom(payload, "custom_data"), "join_token") if user else "",
    )


def keyed(payload: Payload) -> Keyed:
    dtmf = payload.get("dtmf")
    digits = dtmf.get("digits") if isinstance(dtmf, Mapping) else None
    return Keyed(incoming(payload), str(digits or "").removesuffix("#"))


def pressed(payload: Payload) -> Pressed:
    dtmf = payload.get("dtmf")
    digits = fields.text(dtmf, "digits") if isinstance(dtmf, Mapping) else ""
    keys = "".join(digit for digit in digits if digit in "0123456789*#")
    return Pressed(fields.text(payload, "uuid"), keys, fields.moment(payload, "timestamp"))


def inbound_sms(payload: Payload) -> InboundSms:
    return InboundSms(
        uuid=fields.required(payload, "message_uuid"),
        sender=fields.text(payload, "from"),
        number=fields.text(payload, "to"),
        text=fields.text(payload, "text") if payload.get("channel") == "sms" else "",
        timestamp=fields.moment(payload, "timestamp"),
    )


def event(payload: Payload) -> Event:
    if payload.get("message_uuid"):
        return _message_event(payload)
    if payload.get("recording_url"):
        return _record_event(payload)
    if payload.get("status"):
        return _status_event(payload)
    if payload.get("type") == "transfer":
        return TransferEvent(
            fields.required(payload, "uuid"),
            fields.moment(payload, "timestamp"),
            fields.text(payload, "conversation_uuid_from")[:64],
            fields.text(payload, "conversation_uuid_to")[:64],
        )
    if fields.text(payload, "reason") and fields.text(payload, "conversation_uuid"):
        return ErrorEvent(fields.text(payload, "conversation_uuid"), fields.text(payload, "reason"))
    return OtherEvent()


def call_of(payload: Payload) -> str:
    """The call that an event is about, or "": `human` and `machine` name it by `call_uuid`."""
    return fields.text(payload, "uuid") or fields.text(payload, "call_uuid")


def _status_event(payload: Payload) -> StatusEvent:
    return StatusEvent(
        uuid=fields.required({**payload, "uuid": call_of(payload)}, "uuid"),
        status=fields.text(payload, "status").lower(),
        conversation_uuid=fields.text(payload, "conversation_uuid"),
        direction=fields.text(payload, "direction"),
        caller=fields.number(payload, "from"),
        dialled=fields.number(payload, "to"),
        timestamp=fields.moment(payload, "timestamp"),
        start_time=fields.moment(payload, "start_time"),
        end_time=fields.moment(payload, "end_time"),
        duration=fields.whole(payload, "duration"),
        rate=fields.decimal(payload, "rate"),
        price=fields.decimal(payload, "price"),
        network=fields.text(payload, "network"),
        reason=fields.text(payload, "reason") or fields.text(payload, "detail"),
        hung_up_by=fields.text(payload, "disconnected_by").lower()[:16],
    )


def _message_event(payload: Payload) -> MessageEvent:
    error = payload.get("error")
    details = error if isinstance(error, Mapping) else {}
    return MessageEvent(
        uuid=fields.required(payload, "message_uuid"),
        status=fields.text(payload, "status").lower(),
        timestamp=fields.moment(payload, "timestamp"),
        reason=fields.text(details, "detail") or fields.text(details, "title"),
    )


def _record_event(payload: Payload) -> RecordEvent:
    return RecordEvent(
        uuid=fields.required(payload, "recording_uuid"),
        url=fields.text(payload, "recording_url")[:500],
        conversation_uuid=fields.text(payload, "conversation_uuid")[:64],
        start_time=fields.moment(payload, "start_time"),
        end_time=fields.moment(payload, "end_time"),
        size=fields.whole(payload, "size", below=10**12),
    )
