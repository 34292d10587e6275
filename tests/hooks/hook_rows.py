"""Endpoints with a log, for tests of what shows them."""

import datetime as dt
from typing import Any

from django.utils import timezone

from rooms.accounts.models import Account, User
from rooms.notices.hooks import endpoints
from rooms.notices.hooks.models import (
    DeliveryAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

URL = "https://hooks.example.com/in?token=t0ken"


def make(
    account: Account, url: str = URL, *, by: User | None = None, **fields: Any
) -> WebhookEndpoint:
    endpoint, _secret = endpoints.make(account, url=url, by=by, **fields)
    return endpoint


def delivery(
    endpoint: WebhookEndpoint,
    status: str = "delivered",
    *,
    type: str = "room.made",
    ago: float = 60,
    **fields: Any,
) -> WebhookDelivery:
    """One that was made `ago` seconds ago; `fields` are the delivery's."""
    at = timezone.now() - dt.timedelta(seconds=ago)
    event = WebhookEvent.objects.create(
        account=endpoint.account,
        type=type,
        key=f"{type} {WebhookEvent.objects.count()}",
        data={"room": {"name": "<b>Weekly</b>"}},
        created_at=at,
    )
    return WebhookDelivery.objects.create(
        endpoint=endpoint,
        event=event,
        status=status,
        created_at=at,
        delivered_at=at if status == "delivered" else None,
        **{"give_up_at": at + dt.timedelta(days=3), "tries": 1, **fields},
    )


def attempt(delivery: WebhookDelivery, status: int | None = 200, **fields: Any) -> DeliveryAttempt:
    answered: dict[str, Any] = {
        "request_headers": {"webhook-id": delivery.event_id, "webhook-signature": "v1,abc="},
        "request_body": '{"type":"room.made","data":{"room":{"name":"Weekly"}}}',
        "response_headers": {"content-type": "application/json", "x-long": "y" * 300},
        "response_body": '{"seen":"<script>alert(1)</script>","by":["Ana","Ben"]}',
        "milliseconds": 1234,
    }
    if status is None:
        nothing = {"response_headers": {}, "response_body": "", "error": "Nothing answered."}
        answered |= nothing
    return DeliveryAttempt.objects.create(
        delivery=delivery, status_code=status, **{**answered, **fields}
    )
