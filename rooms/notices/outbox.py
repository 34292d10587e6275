"""Puts one thing that is to be told into the outbox, for everybody in an account whom it concerns.

    outbox.record(
        account,
        kind=Notice.Kind.MINUTES_80,
        key=f"minutes_80:{account.pk}:2026-11",
        template="usage/notices/minutes_80.txt",
        context={"used": 8000},
    )

The template's first line is the subject, and the whole of an SMS; the rest is the text. It is
rendered once for each recipient and channel, in their language and time zone, and knows besides
`context`: `account`, `recipient`, `channel`, `membership` (None for the operator) and `site`
(PUBLIC_URL, to be put before `{% url %}`).

Nothing is sent here, and no network is reached: call it in the transaction of what it tells about.
`key` with the recipient is unique, so the same thing is told to nobody twice, whoever records it
how often at the same time.
"""

import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from rooms.accounts.models import Account, Membership, Role, User
from rooms.models import Room
from rooms.notices import preferences
from rooms.notices.models import Notice
from rooms.notices.preferences import EMAIL

MANAGERS = frozenset({Role.OWNER, Role.ADMIN})
EVERYBODY = frozenset(Role)


def record(
    account: Account,
    *,
    kind: str,
    key: str,
    template: str,
    context: Mapping[str, Any],
    roles: Collection[str] = MANAGERS,
    room: Room | None = None,
    to: Iterable[User] | None = None,
) -> int:
    """To the members with these roles who want to know, by the channels that they chose.

    Where `to` is given, to those of them who are members, whatever their role. Returns how many
    notices there had not been before.
    """
    members = Membership.objects.filter(account=account, user__is_active=True)
    members = members.filter(role__in=roles) if to is None else members.filter(user__in=list(to))
    recipients = {one.user: one for one in members.select_related("user").order_by("pk")}
    return _record(account, recipients, kind, key, template, context, room)


def record_for_operator(
    account: Account | None, *, key: str, template: str, context: Mapping[str, Any]
) -> int:
    """By e-mail to whoever runs the service; the account's members never see it.

    Without an account it is about the whole service.
    """
    staff = dict.fromkeys(User.objects.filter(is_staff=True, is_active=True).order_by("pk"))
    return _record(account, staff, Notice.Kind.OPERATOR, key, template, context, None)


def _record(
    account: Account | None,
    recipients: Mapping[User, Membership | None],
    kind: str,
    key: str,
    template: str,
    context: Mapping[str, Any],
    room: Room | None,
) -> int:
    now = timezone.now()
    wished = {
        f"{key}:{user.pk}:{channel}": (user, membership, channel)
        for user, membership in recipients.items()
        for channel in sorted(preferences.wanted(membership, kind) if membership else [EMAIL])
    }
    told = _told(wished)
    notices = [
        Notice(
            account=account,
            room=room,
            recipient=user,
            kind=kind,
            channel=channel,
            address=user.email if channel == EMAIL else user.phone,
            key=unique,
            due_at=preferences.due_at(membership, kind, now) if membership else now,
            **_written(
                user, channel, template, {**context, "account": account, "membership": membership}
            ),
        )
        for unique, (user, membership, channel) in wished.items()
        if unique not in told
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)


def _told(keys: Iterable[str]) -> set[str]:
    """What is told most often again need not be written again to be dropped."""
    return set(Notice.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def _written(user: User, channel: str, template: str, context: dict[str, Any]) -> dict[str, str]:
    """An SMS says no more than the subject."""
    with (
        translation.override(user.language),
        timezone.override(zoneinfo.ZoneInfo(user.time_zone)),
    ):
        words = {**context, "recipient": user, "channel": channel, "site": settings.PUBLIC_URL}
        written = render_to_string(template, words).strip()
    subject, _newline, text = written.partition("\n")
    subject = subject.strip()[:200]
    return {"subject": subject, "text": text.strip() + "\n" if channel == EMAIL else subject}
