"""What runs beside the webhooks; beat starts each of these (settings.CELERY_BEAT_SCHEDULE)."""

import datetime as dt

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from telephony import controls, receipts, reconciliation
from telephony.models import WebhookReceipt

KEPT = dt.timedelta(days=30)
LONGEST = dt.timedelta(seconds=30)


@shared_task(name="telephony.process_receipts")
def process_receipts() -> int:
    return receipts.sweep(timezone.now())


@shared_task(name="telephony.reconcile_calls")
def reconcile_calls() -> int:
    return reconciliation.reconcile(timezone.now())


@shared_task(name="telephony.reconcile_prices")
def reconcile_prices() -> int:
    return reconciliation.reconcile_prices(timezone.now())


@shared_task(name="telephony.control_calls")
def control_calls() -> int:
    """Warn and end the calls of accounts whose minutes run out."""
    controls.plan(timezone.now())
    return controls.carry_out(until=timezone.now() + LONGEST)


@shared_task(name="telephony.tidy")
def tidy() -> None:
    """Receipts are for repeats and repairs; what follows from them is in the calls."""
    call_command("clearsessions")
    WebhookReceipt.objects.filter(
        processed_at__isnull=False, received_at__lt=timezone.now() - KEPT
    ).delete()
