"""Sends what is due, and writes down what came of it.

Threads send and touch no database; whoever calls `deliver_due` claims and writes. A worker that is
killed leaves claims that run out, and the events are sent again with the same id: each at least
once. What is under way when `deliver_due` has to end is looked after by the next call in the same
thread, so that nobody waits for the slowest.
"""

import datetime as dt
import logging
import random
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from rooms.notices.hooks import claims, failing, sending
from rooms.notices.hooks.models import (
    DeliveryAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from rooms.notices.hooks.sending import Answer, Request

log = logging.getLogger(__name__)
Status = WebhookDelivery.Status

SLOW = 2000  # milliseconds of a try; its endpoint then shares its turns with others like it
LOOK_EVERY = 0.2  # seconds, for what has become due while requests are under way
# Pauses before the second and later tries; the last one again and again.
PAUSES = [
    dt.timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600)
]
JITTER = 0.1  # of a pause: what failed together is not tried again together
LONGEST_WAIT = PAUSES[-1]  # that a busy receiver may ask for
KEPT = dt.timedelta(days=30)
TIDIED = 1000  # rows at a time


@dataclass(frozen=True)
class _Try:
    delivery: WebhookDelivery
    request: Request


class _Going(threading.local):
    """The requests that were begun in this thread, and the endpoints that were slow for it."""

    def __init__(self) -> None:
        self.tries: dict[Future[Answer], _Try] = {}
        self.slow: set[str] = set()

    def deliveries(self) -> list[WebhookDelivery]:
        return [one.delivery for one in self.tries.values()]


_going = _Going()


@cache
def _hands() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(claims.MOST, thread_name_prefix="hooks")


def deliver_due(until: dt.datetime) -> int:
    """Send what is due until nothing is left or time is up; returns how many tries have ended."""
    ended = 0
    while (now := timezone.now()) < until:
        while taken := claims.claim(_going.deliveries(), _going.slow, now):
            for delivery in taken:
                _begin(delivery, now)
        if not _going.tries:
            break
        wait(_going.tries, LOOK_EVERY, FIRST_COMPLETED)
        ended += _finish()
    return ended


def under_way() -> bool:
    """Whether another call has to look after requests of this thread."""
    return bool(_going.tries)


def _begin(delivery: WebhookDelivery, now: dt.datetime) -> None:
    request = sending.request_for(delivery.endpoint, delivery.event, now)
    _going.tries[_hands().submit(sending.post, request)] = _Try(delivery, request)


def _finish() -> int:
    """Write down what came of requests that have ended."""
    ended = [future for future in _going.tries if future.done()]
    for future in ended:
        one, answer = _going.tries.pop(future), future.result()
        is_slow = answer.milliseconds > SLOW
        (_going.slow.add if is_slow else _going.slow.discard)(one.delivery.endpoint_id)
        _write(one.delivery, one.request, answer)
    return len(ended)


@transaction.atomic
def _write(delivery: WebhookDelivery, request: Request, answer: Answer) -> None:
    """Unless the claim ran out and another worker has it by now. Locks endpoint, then delivery."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True)
    endpoint = locked.filter(pk=delivery.endpoint_id).first()
    mine = WebhookDelivery.objects.filter(
        pk=delivery.pk, status=Status.PENDING, claimed_until=delivery.claimed_until
    )
    if endpoint is None or not mine.update(
        claimed_until=None, **_outcome(delivery, answer, endpoint)
    ):
        log.warning("webhook delivery %s is another's, or deleted, by now", delivery.pk)
        return
    DeliveryAttempt.objects.create(
        delivery=delivery,
        at=answer.at,
        milliseconds=answer.milliseconds,
        request_headers=request.headers,
        request_body=request.body,
        status_code=answer.status,
        response_headers=answer.headers,
        response_body=answer.body,
        error=answer.error,
    )
    failing.note(endpoint, answer)


def _outcome(
    delivery: WebhookDelivery, answer: Answer, endpoint: WebhookEndpoint
) -> dict[str, Any]:
    now = timezone.now()
    if answer.took_it:
        return {"status": Status.DELIVERED, "delivered_at": now}
    if answer.is_gone or not endpoint.enabled or now >= delivery.give_up_at:
        return {"status": Status.FAILED}
    return {"due_at": min(_next_try(delivery, answer, now), delivery.give_up_at)}


def _next_try(delivery: WebhookDelivery, answer: Answer, now: dt.datetime) -> dt.datetime:
    pause = PAUSES[min(delivery.tries, len(PAUSES)) - 1]
    due_at = now + pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    if answer.come_again is None:
        return due_at
    return max(due_at, min(answer.come_again, now + LONGEST_WAIT))


def tidy(now: dt.datetime) -> None:
    """Forget what is older than the log goes back, and what waits for an endpoint that is off."""
    waiting = WebhookDelivery.objects.filter(status=Status.PENDING, claimed_until=None)
    waiting.filter(endpoint__disabled_at__isnull=False).update(status=Status.FAILED)
    before = now - KEPT
    old = WebhookDelivery.objects.filter(created_at__lt=before).exclude(status=Status.PENDING)
    _delete(old)
    _delete(WebhookEvent.objects.filter(created_at__lt=before, deliveries=None))


def _delete(rows: Any) -> None:
    """Some at a time: what goes with them is read first, and others want to write meanwhile."""
    found = rows.order_by().values_list("pk", flat=True)
    while some := list(found[:TIDIED]):
        rows.model.objects.filter(pk__in=some).delete()
