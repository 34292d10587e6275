"""What of outgoing webhooks is forgotten with an account's history: events and deliveries."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.dispatch import receiver
from django.utils import timezone

from rooms.accounts.models import Account
from rooms.conferences.retention import MOST_ROWS, forgetting
from rooms.notices.hooks.models import WebhookDelivery, WebhookEvent


@receiver(forgetting, dispatch_uid="forgetting: hooks")
def _forget(account: Account, before: dt.datetime, **_sent: Any) -> int:
    """Also what was recorded since its conference was forgotten; not while it is being sent."""
    sending = WebhookDelivery.objects.filter(
        event=OuterRef("pk"), claimed_until__gt=timezone.now(), status="pending"
    )
    old = Q(conference=None, created_at__lt=before) | Q(conference__forgotten_at__isnull=False)
    rows = WebhookEvent.objects.filter(old, ~Exists(sending), account=account)
    pks = list(rows.order_by().values_list("pk", flat=True)[:MOST_ROWS])
    WebhookEvent.objects.filter(pk__in=pks).delete()
    return len(pks)
