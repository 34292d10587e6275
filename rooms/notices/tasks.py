"""The outbox at work: beat asks for a sweep every few seconds; everything else is found by it."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from rooms.notices import delivery, minutes, presence
from rooms.notices.models import Notice

MOST_WORKERS = 4
LONGEST = dt.timedelta(seconds=60)


@shared_task(name="notices.sweep")
def sweep() -> None:
    """Make notices of what is due, and wake as many workers as there is work for."""
    presence.collect(timezone.now())
    waiting = Notice.objects.filter(delivery.due(timezone.now()))[:MOST_WORKERS].count()
    for _worker in range(waiting):
        deliver_due.delay()


@shared_task(name="notices.deliver_due")
def deliver_due() -> int:
    return delivery.deliver_due(until=timezone.now() + LONGEST)


@shared_task(name="usage.tell")
def tell_usage() -> None:
    """Tell owners and admins that most, or all, of the minutes are used."""
    minutes.tell(timezone.now())
