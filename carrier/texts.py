"""SMS that a phone sends to the product."""

import logging
import uuid as uuids
from dataclasses import dataclass, field
from typing import Any

from carrier.call import Entry
from carrier.deliveries import Deliveries
from carrier.events import now
from carrier.messages import PRICE, RETRIES
from carrier.settings import Settings

LONGEST = 1600  # characters; no network takes more in one
NETWORK = "12345"  # mobile country and network code, as an example

log = logging.getLogger("carrier")


class NowhereError(Exception):
    """Nobody is told of SMS that phones send."""


@dataclass(eq=False)
class Text:
    """One SMS on its way to the product, in the place of what tells events."""

    event_url: str
    uuid: str = field(default_factory=lambda: str(uuids.uuid4()))
    event_method: str = "POST"
    retries: tuple[float, ...] = RETRIES

    def record(self, kind: str, **facts: object) -> Entry:
        """It is on its way, or was lost."""
        return {"kind": kind, **facts}

    def amend(self, entry: Entry, **facts: object) -> None:
        """How it was taken; what went wrong goes to the log, for the page has no place for it."""
        if facts.get("problem"):
            log.warning("SMS %s to the product: %s", self.uuid, facts["problem"])


class Texts:
    """Sends SMS from phones to the product."""

    def __init__(self, settings: Settings, out: Deliveries) -> None:
        self._settings = settings
        self._out = out

    def send(self, from_number: str, to_number: str, text: str) -> str:
        """Tell the product of an SMS, again later if it does not take it; the SMS's uuid.

        Raises:
            NowhereError: no URL is set for it.
        """
        if self._settings.inbound_url is None:
            raise NowhereError("Nobody is told: set CARRIER_INBOUND_URL.")
        one = Text(self._settings.inbound_url)
        self._out.emit(one, inbound(one.uuid, from_number, to_number, text))
        self._out.finish(one)
        return one.uuid


def inbound(uuid: str, from_number: str, to_number: str, text: str) -> dict[str, Any]:
    """The inbound webhook of the Messages API, version 1 (its reference, "SMS inbound message")."""
    return {
        "channel": "sms",
        "message_type": "text",
        "message_uuid": uuid,
        "to": to_number,
        "from": from_number,
        "timestamp": now(),
        "text": text,
        "context_status": "none",
        "origin": {"network_code": NETWORK},
        "sms": {"num_messages": str(parts(text))},
        "usage": {"currency": "EUR", "price": PRICE},
    }


def parts(text: str) -> int:
    """In how many messages it is sent: 160 letters in one, 153 in each of several.

    Text beyond ASCII counts 70 and 67, which is too strict for a few letters of GSM's alphabet.
    """
    one, each = (160, 153) if text.isascii() else (70, 67)
    return 1 if len(text) <= one else -(-len(text) // each)
