"""A phone that texts us, for tests, and the SMS that go back to it."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from rooms.notices.models import Notice
from telephony.models import IncomingSms
from tests.telephony.vonage import Payload, post, stamp

ANA = "447700900123"  # whose country reads English


def sms(text: str, sender: str = ANA, to: str = "15550100", **more: Any) -> Payload:
    """The inbound webhook of the Messages API, as its reference shows it."""
    return {
        "channel": "sms",
        "message_type": "text",
        "message_uuid": str(uuid.uuid4()),
        "from": sender,
        "to": to,
        "text": text,
        "timestamp": stamp(timezone.now()),
        "sms": {"num_messages": "1"},
        "usage": {"currency": "EUR", "price": "0.0500"},
        **more,
    }


def text(words: str, sender: str = ANA, **more: Any) -> str:
    """Send it; a word for what was done."""
    payload = sms(words, sender, **more)
    deliver(payload)
    return IncomingSms.objects.get(pk=payload["message_uuid"]).did


def deliver(payload: Payload) -> None:
    assert post("/telephony/message", payload).status_code == 204


def earlier(seconds: int) -> str:
    return stamp(timezone.now() - dt.timedelta(seconds=seconds))


def answers(number: str = ANA) -> list[str]:
    """What goes back to the number, in order."""
    sent = Notice.objects.filter(channel="sms", address=f"+{number}").order_by("created_at", "pk")
    return list(sent.values_list("text", flat=True))
