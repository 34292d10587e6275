"""What runs beside the webhooks; beat starts each of these (settings.CELERY_BEAT_SCHEDULE)."""

import datetime as dt

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from telephony import receipts, reconciliation
from telephony.models import WebhookReceipt

KEPT = dt.timedelta(days=30)


@shared_task(name="telephony.process_receipts")
def process_receipts() -> int:
    return receipts.sweep(timezone.now())


@shared_task(name="telephony.reconcile_calls")
def reconcile_calls() -> int:
    return reconciliation.reconcile(timezone.now())


@shared_task(name="telephony.tidy")
def tidy() -> None:
    """Receipts are for repeats and repairs; what follows from them is in the calls."""
    call_command("clearsessions")
    WebhookReceipt.objects.filter(
        processed_at__isnull=False, received_at__lt=timezone.now() - KEPT
    ).delete()
