"""What runs beside the pages; beat starts each of these (settings.CELERY_BEAT_SCHEDULE)."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from billing import closing, subscriptions, webhooks
from billing.models import StripeEvent

LONGEST = dt.timedelta(seconds=240)
LONGEST_SWEEP = dt.timedelta(seconds=45)
KEPT = dt.timedelta(days=90)


@shared_task(name="billing.reconcile")
def reconcile() -> tuple[int, int]:
    """Ask Stripe about every customer: no event is needed for the mirror to become right."""
    done = subscriptions.reconcile(timezone.now() + LONGEST)
    closing.cancel_of_closed()
    return done


@shared_task(name="billing.process_events")
def process_events() -> int:
    now = timezone.now()
    return webhooks.sweep(now, now + LONGEST_SWEEP)


@shared_task(name="billing.tidy")
def tidy() -> None:
    """Events are for repeats and repairs; what follows from them is in the mirror."""
    StripeEvent.objects.filter(
        processed_at__isnull=False, received_at__lt=timezone.now() - KEPT
    ).delete()
