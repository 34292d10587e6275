"""Events as Stripe sends them: signed, to the real address."""

import json
import time
from typing import Any

import stripe
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from tests.billing.fake_stripe import Json, now

URL = "/billing/webhook"


def event(about: Json, kind: str = "customer.subscription.updated", **fields: Any) -> Json:
    return {
        "id": f"evt_{time.monotonic_ns()}",
        "object": "event",
        "type": kind,
        "api_version": "2026-10-28.endive",
        "created": now(),
        "livemode": False,
        "data": {"object": about},
        **fields,
    }


def post(
    body: dict[str, Any] | bytes,
    *,
    at: float | None = None,
    secret: str = "",
    header: str | None = None,
) -> HttpResponse:
    """Deliver an event that was signed at `at`; `header` replaces the signature."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    if header is None:
        header = stripe.WebhookSignature.generate_signature_header(
            text.decode("utf-8", "replace"),
            secret or settings.STRIPE_WEBHOOK_SECRET,
            int(at or time.time()),
        )
    headers = {"Stripe-Signature": header} if header else {}
    answer: Any = Client(raise_request_exception=False, enforce_csrf_checks=True).post(
        URL, text, content_type="application/json", headers=headers
    )
    found: HttpResponse = answer
    return found
