"""The webhooks that Vonage calls. Sync views behind no middleware: a caller waits on them."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rooms.phones import from_carrier
from telephony import (
    browser,
    call_flow,
    conversations,
    entry,
    invite_flow,
    lines,
    messages_in,
    outbound_entry,
    receipts,
)
from telephony import keys as call_keys
from telephony.guard import signed_webhook
from telephony.invite_flow import Question
from telephony.steps import BadStep, Step
from telephony.vonage import events
from telephony.vonage.events import Payload
from telephony.vonage.ncco import Ncco


@signed_webhook("POST", "GET")
def answer(request: HttpRequest, payload: Payload) -> HttpResponse:
    """Somebody dials: greet them and ask for the code. Browsers bring a token instead of it."""
    call = events.incoming(payload)
    enter = browser.answer if call.user else entry.answer
    return _ncco(enter(call, timezone.now()))


@signed_webhook("POST")
def keys(request: HttpRequest, payload: Payload, token: str) -> HttpResponse:
    """Somebody keyed something, or nothing, at the question that `token` names."""
    step = Step.from_token(token)
    keyed = events.keyed(payload)
    if step.call != keyed.call.uuid:
        raise BadStep("this address belongs to another call")
    return _ncco(entry.after_keys(step, keyed, timezone.now()))


@signed_webhook("POST")
def key_in_call(request: HttpRequest, payload: Payload, token: str) -> HttpResponse:
    """Somebody who is in a room, or waits, pressed a key: keep it, then act on it."""
    call_keys.take(conversations.about(token), payload, timezone.now())
    return _ncco([])


@signed_webhook("POST")
def event(request: HttpRequest, payload: Payload) -> HttpResponse:
    """Something happened to a call: keep it, then act on it."""
    receipts.take(payload, timezone.now())
    return HttpResponse(status=204)


@signed_webhook("POST")
def outbound_answer(request: HttpRequest, payload: Payload, token: str) -> HttpResponse:
    """Somebody whom we called picked up."""
    about = invite_flow.about_of(token)
    return _ncco(outbound_entry.answer(about, events.incoming(payload), timezone.now()))


@signed_webhook("POST")
def outbound_key(request: HttpRequest, payload: Payload, token: str) -> HttpResponse:
    """Somebody whom we called made a choice, or none."""
    question = Question.from_token(token)
    return _ncco(outbound_entry.after_key(question, events.keyed(payload), timezone.now()))


@signed_webhook("POST")
def outbound_event(request: HttpRequest, payload: Payload, token: str) -> HttpResponse:
    """Something happened to a call that we placed."""
    receipts.take(payload, timezone.now(), about=invite_flow.about_of(token))
    return HttpResponse(status=204)


@signed_webhook("POST")
def recording(request: HttpRequest, payload: Payload, token: str) -> HttpResponse:
    """A recording of a conference has ended; its file can be fetched."""
    receipts.take(payload, timezone.now(), about=conversations.about(token))
    return HttpResponse(status=204)


@signed_webhook("POST")
def message_status(request: HttpRequest, payload: Payload) -> HttpResponse:
    """How an SMS fares that we sent (Messages API)."""
    receipts.take(payload, timezone.now())
    return HttpResponse(status=204)


@signed_webhook("POST")
def message(request: HttpRequest, payload: Payload) -> HttpResponse:
    """Somebody sent us an SMS (Messages API)."""
    messages_in.take(payload, timezone.now())
    return HttpResponse(status=204)


@signed_webhook("POST", "GET")
def fallback(request: HttpRequest, payload: Payload) -> HttpResponse:
    """The answer failed: apologize, from what the process remembers alone if it must."""
    call = events.incoming(payload)
    return _ncco(call_flow.goodbye(lines.language(from_carrier(call.dialled)), "trouble").ncco)


def _ncco(actions: Ncco) -> HttpResponse:
    return HttpResponse(json.dumps(actions), content_type="application/json")
