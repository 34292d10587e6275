"""What beat asks for every few seconds (settings.CELERY_BEAT_SCHEDULE)."""

from celery import shared_task
from django.utils import timezone

from rooms.conferences import cap


@shared_task(name="usage.check_caps")
def check_caps() -> int:
    """Stop letting callers in where the owner's cap is reached while people are on the line."""
    return cap.check_all(timezone.now())
