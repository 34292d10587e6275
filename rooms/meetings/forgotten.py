"""What of meetings is forgotten with an account's history: the notes on times that are long over.

Who came is read from the stays, and so is forgotten with their conferences (attendance.py). The
meeting itself and those invited are the account's plan, not its history.
"""

import datetime as dt
from typing import Any

from django.dispatch import receiver

from rooms.accounts.models import Account
from rooms.conferences.retention import MOST_ROWS, forgetting
from rooms.meetings.models import Occurrence


@receiver(forgetting, dispatch_uid="forgetting: meetings")
def _forget(account: Account, before: dt.datetime, **_sent: Any) -> int:
    old = Occurrence.objects.of_account(account).filter(ends_at__lt=before).exclude(notes="")
    pks = list(old.order_by().values_list("pk", flat=True)[:MOST_ROWS])
    return Occurrence.objects.filter(pk__in=pks).update(notes="")
