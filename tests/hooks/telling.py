"""What tests of delivery begin with: an endpoint of the account, and things that happened."""

import datetime as dt

from django.utils import timezone

from rooms.accounts.models import Account
from rooms.ids import new_id
from rooms.notices.hooks import delivery, endpoints, events
from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

TYPE = "room.changed"


def listen(account: Account, url: str) -> tuple[WebhookEndpoint, str]:
    """An endpoint that is told of everything, and its secret."""
    return endpoints.make(account, url=url, by=None)


def happen(account: Account, times: int = 1) -> list[WebhookEvent]:
    made = []
    for _time in range(times):
        event = events.record(account.pk, TYPE, new_id("key"), {"name": "Стендап"})
        assert event
        made.append(event)
    return made


def deliver(seconds: float = 30) -> int:
    return delivery.deliver_due(timezone.now() + dt.timedelta(seconds=seconds))


def the_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("endpoint", "event").get()
