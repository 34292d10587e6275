"""The outbox at work: beat asks for a sweep every few seconds; everything else is found by it."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from rooms.notices import delivery, forgotten, minutes, presence
from rooms.notices.models import Notice

MOST_WORKERS = 4
SLICE = dt.timedelta(seconds=10)  # of sending, before other tasks have a turn
STALE = 30.0  # seconds after which a nudge is not worth following: a later sweep gave another


@shared_task(name="notices.sweep")
def sweep() -> None:
    """Make notices of what is due, and wake as many workers as there is work for."""
    presence.collect(timezone.now())
    now = timezone.now()
    waiting = Notice.objects.filter(delivery.due(now))[:MOST_WORKERS].count()
    for _worker in range(waiting - delivery.at_work(now)):
        deliver_due.apply_async(expires=STALE)


@shared_task(name="notices.deliver_due")
def deliver_due() -> int:
    return delivery.deliver_due(until=timezone.now() + SLICE)


@shared_task(name="usage.tell")
def tell_usage() -> None:
    """Tell owners and admins that most, or all, of the minutes are used."""
    minutes.tell(timezone.now())


@shared_task(name="notices.tidy")
def tidy() -> int:
    """Delete old mail of the site."""
    return forgotten.tidy(timezone.now())
