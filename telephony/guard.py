"""The guard of every webhook: it is signed by Vonage, and its payload is readable."""

import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from telephony.steps import BadStep
from telephony.vonage import signature
from telephony.vonage.events import BadPayload, Payload

log = logging.getLogger(__name__)
LARGEST_BODY = 64 * 1024

Webhook = Callable[..., HttpResponse]


def problem(status: int, title: str, detail: str) -> HttpResponse:
    """An RFC 9457 answer."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")


def signed_webhook(*methods: str) -> Callable[[Webhook], Webhook]:
    """Hand `view(request, payload, …)` the payload of a signed request of one of `methods`.

    Answers 401 to a bad signature, 400 to a payload that cannot be read, 405 to another method.
    """

    def decorate(view: Webhook) -> Webhook:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            raw = _signed_bytes(request)
            try:
                signature.verify(
                    request.META.get("HTTP_AUTHORIZATION", ""),
                    raw,
                    secret=settings.VONAGE_SIGNATURE_SECRET,
                    application_id=settings.VONAGE_APPLICATION_ID,
                    now=timezone.now(),
                )
                return view(request, _payload(raw), *args, **kwargs)
            except signature.BadSignature as error:
                log.warning("webhook %r refused: %s", request.path, error)
                return problem(401, "Bad signature", f"{error}: sign the request as Vonage does")
            except (BadPayload, BadStep) as error:
                return problem(400, "Bad payload", str(error))

        guarded.guard = "webhook"  # type: ignore[attr-defined]
        return guarded

    return decorate


def _signed_bytes(request: HttpRequest) -> bytes:
    if request.method == "GET":
        return signature.query_payload(request.GET.dict().items())
    return request.read(LARGEST_BODY)


def _payload(raw: bytes) -> Payload:
    try:
        payload = json.loads(raw, parse_constant=_refuse)
    except ValueError as error:
        raise BadPayload("the body is not JSON: send the payload as Vonage does") from error
    if not isinstance(payload, dict):
        raise BadPayload("the body is not a JSON object: send the payload as Vonage does")
    return _storable(payload) if b"\\u" in raw else payload


def _storable(value: Any) -> Any:
    """Without what PostgreSQL does not keep: an event is worth more than an odd character in it."""
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, str):  # half of a surrogate pair has no UTF-8
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
