"""What runs beside the webhooks; beat starts each of these (settings.CELERY_BEAT_SCHEDULE)."""

import datetime as dt

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from rooms import counters
from rooms.conferences import commands
from telephony import (
    controls,
    forgotten,
    guess_news,
    keys,
    messages_in,
    minutes_left,
    receipts,
    reconciliation,
    recorded,
    room_news,
    strays,
)
from telephony.models import WebhookReceipt

KEPT = dt.timedelta(days=30)
LONGEST = dt.timedelta(seconds=30)


@shared_task(name="telephony.process_receipts")
def process_receipts() -> int:
    """Act on events and SMS that a killed process or a failure left."""
    return receipts.sweep(timezone.now()) + messages_in.sweep(timezone.now())


@shared_task(name="telephony.reconcile_calls")
def reconcile_calls() -> int:
    """Compare who is on the line with what the carrier knows."""
    found = strays.find(timezone.now())
    return found + reconciliation.reconcile(timezone.now())


@shared_task(name="telephony.reconcile_prices")
def reconcile_prices() -> int:
    return reconciliation.reconcile_prices(timezone.now())


@shared_task(name="telephony.control_calls")
def control_calls() -> int:
    """Ask the carrier for what is to be done to calls that go on."""
    keys.sweep(timezone.now())
    controls.end_again(timezone.now())
    return controls.carry_out(until=timezone.now() + LONGEST)


@shared_task(name="telephony.tell_minutes_left")
def tell_minutes_left() -> None:
    """Write down that calls are warned, or end, because their account's minutes run out."""
    minutes_left.plan(timezone.now())


@shared_task(name="telephony.room_news")
def tell_rooms() -> int:
    """Write down what those in rooms hear: who comes and goes, how long they wait, that it ends."""
    return room_news.sweep(timezone.now())


@shared_task(name="telephony.fetch_recordings", time_limit=25 * 60)
def fetch_recordings() -> int:
    """Get the files of recordings from the carrier. One of many hours takes minutes."""
    return recorded.fetch_due(until=timezone.now() + LONGEST)


@shared_task(name="telephony.tell_of_guesses")
def tell_of_guesses() -> int:
    """Tell organizers, and the operator, that codes are being guessed."""
    return guess_news.sweep(timezone.now())


@shared_task(name="telephony.tidy")
def tidy() -> None:
    """Receipts are for repeats and repairs; what follows from them is in the calls."""
    call_command("clearsessions")
    WebhookReceipt.objects.filter(
        processed_at__isnull=False, received_at__lt=timezone.now() - KEPT
    ).delete()
    forgotten.tidy(timezone.now())
    keys.tidy(timezone.now() - KEPT)
    commands.tidy(timezone.now() - KEPT)
    messages_in.tidy(timezone.now())
    guess_news.tidy(timezone.now())
    counters.tidy(timezone.now())
