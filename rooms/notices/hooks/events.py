"""What happened, written down for the programs of an account: what there is, and recording it.

    events.record(
        room.account_id,
        "room.archived",
        f"room.archived:{room.pk}",
        lambda: payloads.room(room),
    )

Call it in the transaction of what it tells: nothing is sent here and no network is reached. `key`
is unique in the account, so a thing is told once, however often it is recorded. An account without
an endpoint that is switched on writes nothing, and asks the database once.

What happens in a conference is numbered in its order, without a gap, under the lock of the
conference's row. So all of it is written while anybody listens; who did not ask for an event gets
no delivery of it.
"""

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import KombuError

from rooms.conferences.models import Conference
from rooms.notices.hooks.event_types import TYPES, EventType
from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

__all__ = ["TRIED_FOR", "TYPES", "Draft", "EventType", "body_of", "listening", "nudge", "record"]

log = logging.getLogger(__name__)

TRIED_FOR = dt.timedelta(days=3)  # how long a delivery is tried that does not arrive
STALE = 10.0  # seconds after which a nudge is not worth following: a sweep came before it

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """An event that is not written yet. `data` may be a function, asked only if it is written."""

    type: str
    key: str
    data: Data | Callable[[], Data]
    at: dt.datetime = field(default_factory=timezone.now)

    def event(self, **fields: Any) -> WebhookEvent:
        data = self.data() if callable(self.data) else self.data
        return WebhookEvent(
            type=self.type, key=self.key, data=dict(data), created_at=self.at, **fields
        )


def record(
    account_id: str,
    type: str,
    key: str,
    data: Data | Callable[[], Data],
    *,
    conference: Conference | str | None = None,
    at: dt.datetime | None = None,
) -> WebhookEvent | None:
    """Write down that this happened; None where nobody wants to know, or it was written before.

    What is told of a room's conference is recorded by conference_news.py, which puts before it what
    happened before it.
    """
    endpoints = listening(account_id)
    draft = Draft(type, key, data, at or timezone.now())
    if conference is not None:
        pk = conference if isinstance(conference, str) else conference.pk
        return next(iter(write(account_id, endpoints, pk, [draft])), None)
    if not any(endpoint.wants(type) for endpoint in endpoints):
        return None
    return _write_one(account_id, endpoints, draft)


def listening(account_id: str) -> list[WebhookEndpoint]:
    """The endpoints of the account that are told of anything at all."""
    enabled = WebhookEndpoint.objects.enabled().filter(account=account_id)
    return list(enabled.only("pk", "event_types").order_by())


def write(
    account_id: str,
    endpoints: Sequence[WebhookEndpoint],
    conference_id: str,
    drafts: Iterable[Draft],
) -> list[WebhookEvent]:
    """Write what happened in a conference, in this order; returns what was not written before.

    However much it is, it takes the same few statements.
    """
    wished = {draft.key: draft for draft in drafts}
    if not endpoints or not wished:
        return []
    conferences = Conference.objects.filter(pk=conference_id)
    locked = conferences.select_for_update(no_key=True).values_list("event_sequence", flat=True)
    last = locked.get()
    told = _told(account_id, wished)
    fresh = [draft for key, draft in wished.items() if key not in told]
    if not fresh:
        return []
    written = [
        draft.event(account_id=account_id, conference_id=conference_id, sequence=number)
        for number, draft in enumerate(fresh, last + 1)
    ]
    WebhookEvent.objects.bulk_create(written)
    conferences.update(event_sequence=last + len(written))
    _deliver(endpoints, written)
    return written


def _write_one(
    account_id: str, endpoints: Sequence[WebhookEndpoint], draft: Draft
) -> WebhookEvent | None:
    if _told(account_id, [draft.key]):
        return None
    event = draft.event(account_id=account_id)
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        if _told(account_id, [draft.key]):  # meanwhile
            return None
        raise
    _deliver(endpoints, [event])
    return event


def _told(account_id: str, keys: Iterable[str]) -> set[str]:
    found = WebhookEvent.objects.filter(account=account_id, key__in=list(keys)).order_by()
    return set(found.values_list("key", flat=True))


def _deliver(endpoints: Iterable[WebhookEndpoint], written: Iterable[WebhookEvent]) -> None:
    until = timezone.now() + TRIED_FOR
    deliveries = [
        WebhookDelivery(endpoint=endpoint, event=event, give_up_at=until)
        for event in written
        for endpoint in endpoints
        if endpoint.wants(event.type)
    ]
    if deliveries:
        WebhookDelivery.objects.bulk_create(deliveries)
        nudge()


def body_of(event: WebhookEvent) -> str:
    """What is sent: JSON, the same bytes every time, whichever database has kept the data."""
    happened = event.created_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    body: dict[str, Any] = {"id": event.pk, "type": event.type, "timestamp": happened}
    body["account"] = event.account_id
    if event.conference_id is not None:
        body |= {"conference": event.conference_id, "sequence": event.sequence}
    body["data"] = json.loads(json.dumps(event.data, sort_keys=True))
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def nudge() -> None:
    """Wake a worker that delivers, once this is committed."""
    transaction.on_commit(_nudge)


def _nudge() -> None:
    try:
        current_app.send_task("hooks.deliver", expires=STALE)
    except (KombuError, OSError) as error:  # the sweep finds it some seconds later
        log.warning("no worker could be nudged: %s", error)
