"""SMS sent by the product and received by the phones, and the receipts that tell of them."""

import asyncio
import logging
import uuid as uuids
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from vonage_messages.models import Sms

from carrier.call import Entry, iso
from carrier.deliveries import Deliveries
from carrier.feed import Feed
from carrier.refusals import BadParameterError, NotImplementedHereError
from carrier.settings import Settings

KNOWN = ("channel", "message_type", "from", "to", "text", "client_ref")

# What is told of a message that ends so, in order. Vonage, "Messages API status callbacks": an
# undeliverable one could not even be handed on; a rejected one was refused by who got it.
RECEIPTS = {
    "delivered": ("submitted", "delivered"),
    "submitted": ("submitted",),
    "rejected": ("submitted", "rejected"),
    "undeliverable": ("undeliverable",),
}
UNREACHABLE = "000"  # a number that ends so gets no SMS
STEP = 0.3  # seconds that each receipt takes
# Of a message, as Vonage's Messages API puts them into a receipt.
ERRORS = {
    "rejected": (1210, "Anti-spam filtering rejected the message."),
    "undeliverable": (1260, "The message could not be delivered to the phone number."),
}
ERRORS_PAGE = "https://developer.vonage.com/api-errors/messages"
PRICE = "0.0500"  # of a message, in euros, as an example
# Vonage goes on for a day; here it is enough to outlast a restart of the product.
RETRIES = (1.0, 5.0, 30.0, 60.0, 300.0)

log = logging.getLogger("carrier")


@dataclass(eq=False)
class Message:
    """One SMS. Numbers are digit strings without "+"; a sender may be a word."""

    from_number: str
    to_number: str
    text: str
    client_ref: str | None
    feed: Feed
    event_url: str | None
    status: str | None = None  # the last receipt; None before the first
    uuid: str = field(default_factory=lambda: str(uuids.uuid4()))
    timestamp: str = field(default_factory=lambda: iso(datetime.now(UTC)))
    event_method: str = "POST"
    retries: tuple[float, ...] = RETRIES

    def record(self, kind: str, **facts: object) -> Entry:
        """A receipt is on its way, or was lost."""
        return {"kind": kind, **facts}

    def amend(self, entry: Entry, **facts: object) -> None:
        """How it was taken; what went wrong goes to the log, for the page has no place for it."""
        if facts.get("problem"):
            problem = facts["problem"]
            log.warning("receipt %s of %s: %s", entry["label"], self.uuid, problem)

    def view(self) -> dict[str, Any]:
        """The message as the phone side shows it."""
        return {
            "message_uuid": self.uuid,
            "from": self.from_number,
            "to": self.to_number,
            "text": self.text,
            "timestamp": self.timestamp,
            "status": self.status,
        }


class Messages:
    """The last messages that were received, oldest first."""

    KEPT = 1000

    def __init__(self, feed: Feed, settings: Settings, deliveries: Deliveries) -> None:
        self._feed = feed
        self._settings = settings
        self._out = deliveries
        self._received: deque[Message] = deque(maxlen=self.KEPT)

    def send(self, body: object) -> str:
        """Take a message from the product to a phone; its uuid.

        Raises:
            NotImplementedHereError: it is not a plain SMS.
            BadParameterError: Vonage would refuse it (the SDK's model of an SMS).
        """
        fields = check(body)
        message = Message(
            from_number=fields["from"],
            to_number=fields["to"],
            text=fields["text"],
            client_ref=fields.get("client_ref"),
            feed=self._feed,
            event_url=self._settings.status_url,
        )
        unreachable = message.to_number.endswith(UNREACHABLE)
        end = "undeliverable" if unreachable else self._out.switches.messages
        if end in {"delivered", "submitted"}:
            self._received.append(message)
            self._feed.tell("message", message=message.view())
        if self._settings.status_url:
            self._out.spawn(self._tell(message, end))
        return message.uuid

    def received(self, number: str | None = None) -> list[dict[str, Any]]:
        """What the phone with this number received, or what all did."""
        return [m.view() for m in self._received if number is None or m.to_number == number]

    async def _tell(self, message: Message, end: str) -> None:
        for status in RECEIPTS[end]:
            await asyncio.sleep(STEP * self._settings.hurry)
            message.status = status
            if message in self._received:
                self._feed.tell("message", message=message.view())
            self._out.emit(message, receipt(message))
        self._out.finish(message)


def receipt(message: Message) -> dict[str, Any]:
    """The status webhook of the Messages API, version 1, for the message as it is now."""
    payload: dict[str, Any] = {
        "message_uuid": message.uuid,
        "to": message.to_number,
        "from": message.from_number,
        "timestamp": iso(datetime.now(UTC)),
        "status": message.status,
        "channel": "sms",
    }
    if message.status in ERRORS:
        number, detail = ERRORS[message.status]
        payload["error"] = {
            "type": f"{ERRORS_PAGE}#{number}",
            "title": number,
            "detail": detail,
            "instance": uuids.uuid4().hex,
        }
    if message.status == "submitted":  # when an SMS is charged
        payload["usage"] = {"currency": "EUR", "price": PRICE}
    if message.client_ref is not None:
        payload["client_ref"] = message.client_ref
    return payload


def check(body: object) -> dict[str, Any]:
    """The message's fields, once they are known to be good. See `Messages.send`."""
    if not isinstance(body, dict):
        raise BadParameterError("body", "must be a JSON object")
    channel, kind = body.get("channel"), body.get("message_type")
    if channel is None or kind is None:
        name = "channel" if channel is None else "message_type"
        raise BadParameterError(name, "is required")
    if channel != "sms":
        raise NotImplementedHereError(f"the channel {channel!r}, only sms")
    if kind != "text":
        raise NotImplementedHereError(f"the message_type {kind!r}, only text")
    for key in body:
        if key not in KNOWN:
            raise NotImplementedHereError(f"the field {key!r} of a message")
    try:
        Sms(**{("from_" if key == "from" else key): value for key, value in body.items()})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]).split(".")[0].rstrip("_")
        raise BadParameterError(name, str(first["msg"])) from None
    if not body["text"]:
        raise BadParameterError("text", "is empty")
    return body
