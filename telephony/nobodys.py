"""Calls whose caller is nobody any more: erased, or forgotten with their account's history.

The row of a call stays, with its times and its price.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from rooms.accounts.models import Account
from rooms.conferences.models import Participant
from rooms.ids import new_id
from rooms.models import Room
from telephony.models import Call, MovedCall, WebhookReceipt


def telling() -> QuerySet[Call]:
    """Calls that tell of somebody; `caller` of one that we placed is a number of our own."""
    outbound = Q(direction="outbound")
    numbers = Q(outbound & ~Q(dialled="")) | Q(~outbound & ~Q(caller=""))
    return Call.objects.filter(numbers | ~Q(steps={}))


def blank(calls: Iterable[str]) -> None:
    """Take out who called, what was keyed and what was said."""
    rows = Call.objects.filter(pk__in=calls)
    rows.filter(direction="outbound").update(dialled="", steps={}, problem="")
    rows.exclude(direction="outbound").update(caller="", steps={}, problem="")


def blank_receipts(ids: Iterable[str]) -> int:
    """Of what the carrier told of these calls or SMS. That it came stays: a repeat does nothing."""
    found = WebhookReceipt.objects.filter(call__in=ids).exclude(call="").exclude(body={})
    return found.update(
        body={}, error="", processed_at=Coalesce("processed_at", Value(timezone.now()))
    )


def shared(account: Account, calls: Iterable[str]) -> frozenset[str]:
    """Which of these calls were in a room of another account as well."""
    led = Call.objects.filter(pk__in=calls).exclude(account=None).exclude(account=account)
    moved = MovedCall.objects.filter(call__in=calls).exclude(account=account)
    stays = Participant.objects.filter(call__in=calls).exclude(room__account=account)
    rows = (led.values_list("pk", flat=True), moved.values_list("call", flat=True))
    return frozenset([*rows[0], *rows[1], *stays.values_list("call", flat=True)])


def leave_to_others(account: Account, stays: Iterable[str], calls: Iterable[str]) -> None:
    """The account's share of shared calls goes: they are found from these stays no more."""
    mine = Participant.objects.filter(pk__in=stays, call__in=calls)
    for pk in list(mine.values_list("pk", flat=True)):
        Participant.objects.filter(pk=pk).update(call=new_id("cl"))
    MovedCall.objects.filter(account=account, call__in=calls).delete()
    rows = Call.objects.filter(pk__in=calls)
    rows.filter(account=account).update(account=None, room=None)
    rooms = set(Room.objects.filter(account=account).values_list("pk", flat=True))
    for call in rows.select_for_update():
        call.steps = {n: step for n, step in call.steps.items() if step.get("room") not in rooms}
        call.save(update_fields=["steps"])
