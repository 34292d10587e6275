"""Meetings at work; beat starts each of these (settings.CELERY_BEAT_SCHEDULE)."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from rooms.meetings import call_me, mailings, occurrences, reminder_sweep, watch
from rooms.notices import tasks as outbox

LONGEST = dt.timedelta(seconds=30)
SLICE = dt.timedelta(seconds=10)  # of writing, before others have a turn


@shared_task(name="meetings.write_mailings")
def write_mailings() -> int:
    """Put what was started to be sent into the outbox, and wake those who send it."""
    written = mailings.write_due(until=timezone.now() + SLICE)
    if written:
        outbox.sweep.delay()
    return written


@shared_task(name="meetings.plan_on")
def plan_on() -> int:
    """Write down more times of series without an end."""
    return occurrences.plan_on(timezone.now())


@shared_task(name="meetings.call")
def call() -> int:
    """Call those who asked to be called."""
    call_me.write_standing(timezone.now())
    return call_me.place_due(until=timezone.now() + LONGEST)


@shared_task(name="meetings.watch")
def watch_over() -> int:
    """Tell hosts that people wait for them, and report what is over."""
    now = timezone.now()
    return watch.tell_waiting(now) + watch.settle(now)


@shared_task(name="meetings.remind")
def remind() -> int:
    """Put the reminders that are due into the outbox."""
    return reminder_sweep.write_due(until=timezone.now() + LONGEST)
