"""SMS sent by the product and received by the phones."""

import uuid as uuids
from collections import deque
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from vonage_messages.models import Sms

from carrier.calls import iso
from carrier.feed import Feed

KNOWN = ("channel", "message_type", "from", "to", "text", "client_ref")


class NotImplementedHereError(Exception):
    """Vonage does it, this carrier does not; the text names it."""


class BadMessageError(Exception):
    """Vonage would refuse the message; `name` is the parameter and `reason` what is wrong."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class Messages:
    """The last messages that were received, oldest first."""

    KEPT = 1000

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._received: deque[dict[str, Any]] = deque(maxlen=self.KEPT)

    def send(self, body: object) -> str:
        """Take a message from the product to a phone; its uuid.

        Raises:
            NotImplementedHereError: it is not a plain SMS.
            BadMessageError: Vonage would refuse it (the SDK's model of an SMS).
        """
        fields = check(body)
        message = {
            "message_uuid": str(uuids.uuid4()),
            "from": fields["from"],
            "to": fields["to"],
            "text": fields["text"],
            "timestamp": iso(datetime.now(UTC)),
        }
        self._received.append(message)
        self._feed.tell("message", message=message)
        return str(message["message_uuid"])

    def received(self, number: str | None = None) -> list[dict[str, Any]]:
        """What the phone with this number received, or what all did."""
        return [m for m in self._received if number is None or m["to"] == number]


def check(body: object) -> dict[str, Any]:
    """The message's fields, once they are known to be good. See `Messages.send`."""
    if not isinstance(body, dict):
        raise BadMessageError("body", "must be a JSON object")
    channel, kind = body.get("channel"), body.get("message_type")
    if channel is None or kind is None:
        raise BadMessageError("channel" if channel is None else "message_type", "is required")
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
        raise BadMessageError(name, str(first["msg"])) from None
    if not body["text"]:
        raise BadMessageError("text", "is empty")
    return body
