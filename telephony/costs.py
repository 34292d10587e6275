"""What calls cost that nobody's minutes tell: those that never reached a room."""

import datetime as dt
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from rooms.conferences.models import Participant
from telephony.models import Call


def without_room(calls: QuerySet[Call]) -> QuerySet[Call]:
    """Those that were let into no room: their cost is the operator's."""
    stays = Participant.objects.filter(call=OuterRef("pk"))
    return calls.filter(~Exists(stays), Q(ended_at__isnull=False))


def of_operator(since: dt.datetime, until: dt.datetime) -> Decimal:
    """What the carrier charged, in euros, for calls that ended then and reached no room."""
    ended = Call.objects.filter(ended_at__gte=since, ended_at__lt=until)
    cost: Decimal | None = without_room(ended).aggregate(sum=Sum("price"))["sum"]
    return cost or Decimal(0)
