"""What the carrier tells of an SMS after taking it: that it has arrived, or that it will not."""

import datetime as dt

from django.utils import timezone

from rooms.notices.models import Notice

Status = Notice.Status


def arrived(carrier_id: str, at: dt.datetime) -> bool:
    """The phone has it. False where no notice went out under this id."""
    mine = Notice.objects.filter(carrier_id=carrier_id)
    if mine.filter(delivered_at=None).update(delivered_at=min(at, timezone.now())):
        return True
    return mine.exists()


def lost(carrier_id: str, why: str) -> bool:
    """It will not arrive; one that has arrived stays so. False where there is no such notice."""
    mine = Notice.objects.filter(carrier_id=carrier_id)
    sent = mine.filter(status=Status.SENT, delivered_at=None)
    return bool(sent.update(status=Status.FAILED, error=why[:300])) or mine.exists()
