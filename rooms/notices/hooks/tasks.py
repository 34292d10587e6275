"""Outgoing webhooks at work. `hooks.deliver` has a queue and a process of its own: it waits for
other people's servers, which must not hold up anything else.
"""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from rooms.notices.hooks import conference_news, delivery

SLICE = dt.timedelta(seconds=10)
STALE = 30.0  # seconds after which a nudge is not worth following: a later sweep gave another


@shared_task(name="hooks.deliver")
def deliver() -> int:
    """Send what is due; what is under way at the end is looked after by the next, at once."""
    ended = delivery.deliver_due(timezone.now() + SLICE)
    if delivery.under_way():
        deliver.apply_async(expires=STALE)
    return ended


@shared_task(name="hooks.gather")
def gather() -> int:
    """Record who came and went in the rooms of accounts that listen."""
    return conference_news.gather(timezone.now())


@shared_task(name="hooks.tidy")
def tidy() -> None:
    delivery.tidy(timezone.now())
