"""What beat asks for every few seconds (settings.CELERY_BEAT_SCHEDULE)."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from rooms.conferences import cap, recording_files, retention, sounds

SLICE = dt.timedelta(seconds=20)  # of forgetting, before other tasks have a turn
STALE = 3600.0  # seconds after which a nudge is not worth following: beat gave another


@shared_task(name="usage.check_caps")
def check_caps() -> int:
    """Stop letting callers in where the owner's cap is reached while people are on the line."""
    return cap.check_all(timezone.now())


@shared_task(name="recordings.expire")
def expire_recordings() -> int:
    """Delete what is older than its room keeps recordings."""
    return recording_files.expire(timezone.now())


@shared_task(name="recordings.erase")
def erase_recordings() -> int:
    """Erase the files of recordings and sounds that were deleted."""
    return recording_files.erase_deleted() + sounds.erase_deleted()


@shared_task(name="conferences.forget")
def forget() -> None:
    """Forget what is older than accounts keep their history; on and on until nothing is left."""
    if not retention.sweep(until=timezone.now() + SLICE):
        forget.apply_async(expires=STALE)
