"""Tells that minutes are running out, and that somebody was turned away."""

import datetime as dt
import zoneinfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from rooms.accounts.models import Account
from rooms.conferences import usage
from rooms.conferences.models import UsageRecord
from rooms.conferences.months import Month
from rooms.models import Room
from rooms.notices import outbox
from rooms.notices.models import Notice

LOOKED_BACK = dt.timedelta(hours=1)  # sweeps may be away for so long


def tell(now: dt.datetime) -> None:
    """Tell the accounts that used 80 or 100 % of what is included, or of their own cap."""
    ended = UsageRecord.objects.filter(account=OuterRef("pk"), ended_at__gte=now - LOOKED_BACK)
    calling = Room.objects.filter(account=OuterRef("pk"), people_in__gt=0)
    for account in Account.objects.filter(Q(Exists(ended)) | Q(Exists(calling))):
        _tell_account(account, now)


def _tell_account(account: Account, now: dt.datetime) -> None:
    month = Month.of(account, now)
    used = usage.seconds_used(account, month, now)
    limits: set[int] = {settings.INCLUDED_MINUTES}
    if account.minutes_cap is not None:
        limits.add(account.minutes_cap)
    for limit in sorted(limits):
        if used >= limit * 60:
            _record(account, month, Notice.Kind.MINUTES_100, limit, used)
        elif used * 100 >= limit * 60 * 80:
            _record(account, month, Notice.Kind.MINUTES_80, limit, used)


def _record(account: Account, month: Month, kind: Notice.Kind, limit: int, used: int) -> None:
    """Once in a month for each limit: a cap that is changed is told of anew."""
    outbox.record(
        account,
        kind=kind,
        key=f"{kind}:{account.pk}:{month}:{limit}",
        template=f"usage/notices/{kind}.txt",
        context={
            "limit": limit,
            "used": used // 60,
            "next_month": month.next.first,
            "closes": limit == account.minutes_cap,
            "included": settings.INCLUDED_MINUTES,
        },
    )


def tell_refused(room: Room, at: dt.datetime) -> None:
    """Tell the organizers, once a day of the account, that somebody was turned away.

    `room` has its account. A caller waits meanwhile, and the transaction is theirs.
    """
    day = at.astimezone(zoneinfo.ZoneInfo(room.account.time_zone)).date()
    outbox.record(
        room.account,
        kind=Notice.Kind.REFUSED,
        key=f"{Notice.Kind.REFUSED}:{room.account_id}:{day}",
        template="usage/notices/refused.txt",
        context={"room": room, "at": at, "used_up": room.account.may_host(at)},
        roles=outbox.EVERYBODY,
        room=room,
    )
