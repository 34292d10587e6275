"""Which notices a member wants, by which channel and when: the one place that says so.

What is not listed here is about money, safety or the operator's service: it comes by e-mail,
always and at once.
"""

import datetime as dt
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.accounts.models import Membership
from rooms.notices import quiet, unsubscribe
from rooms.notices.models import Notice

Kind = Notice.Kind
EMAIL, SMS = str(Notice.Channel.EMAIL), str(Notice.Channel.SMS)
CHANNELS = (EMAIL, SMS)


@dataclass(frozen=True)
class Choice:
    """Kinds of notices that are chosen together, by `name`.

    `preset` is what counts until a member chooses. What is `urgent` does not wait for quiet hours
    to end.
    """

    name: str
    label: str | Promise
    kinds: tuple[str, ...]
    hint: str | Promise = ""
    preset: frozenset[str] = frozenset({EMAIL})
    urgent: bool = False


CHOICES = (
    Choice("presence", gettext_lazy("Somebody joins or leaves a room"), (Kind.PRESENCE,)),
    Choice(
        "waiting",
        gettext_lazy("People wait for me in a meeting"),
        (Kind.WAITING,),
        gettext_lazy("Also in quiet hours."),
        urgent=True,
    ),
    Choice("missed", gettext_lazy("Nobody came to a meeting"), (Kind.MISSED,)),
    Choice("report", gettext_lazy("Report after a meeting"), (Kind.REPORT,)),
    Choice("recording_ready", gettext_lazy("A recording is ready"), (Kind.RECORDING_READY,)),
    Choice("refused", gettext_lazy("Callers were turned away"), (Kind.REFUSED,)),
    Choice(
        "minutes",
        gettext_lazy("Minutes are running out"),
        (Kind.MINUTES_80, Kind.MINUTES_100),
        gettext_lazy("That all are used is told by e-mail in any case."),
    ),
)
BY_NAME = {choice.name: choice for choice in CHOICES}
_BY_KIND = {str(kind): choice for choice in CHOICES for kind in choice.kinds}
# Callers may be turned away from now on: that is told whatever was chosen, and at once.
TOLD_ANYWAY = frozenset({str(Kind.MINUTES_100)})


def chosen(membership: Membership, choice: Choice) -> set[str]:
    """The channels that the member chose, whether or not they have a phone."""
    return set(membership.notice_channels.get(choice.name, choice.preset))


def wanted(membership: Membership, kind: str) -> set[str]:
    """The channels by which the member is to be told; `membership` has its user."""
    choice = _BY_KIND.get(kind)
    if choice is None:
        return {EMAIL}
    channels = chosen(membership, choice)
    if kind in TOLD_ANYWAY:
        channels.add(EMAIL)
    return channels if membership.user.phone else channels - {SMS}


def due_at(membership: Membership, kind: str, now: dt.datetime) -> dt.datetime:
    """When the member is to be told of what happened `now`; `membership` has its user."""
    choice = _BY_KIND.get(kind)
    hours = quiet.hours(membership.quiet_from, membership.quiet_until)
    if hours is None or choice is None or choice.urgent or kind in TOLD_ANYWAY:
        return now
    around = hours.around(now, zoneinfo.ZoneInfo(membership.user.time_zone))
    return around[1] if around else now


@transaction.atomic
def save(membership: Membership, channels: Mapping[str, Collection[str]], **fields: Any) -> None:
    """Set the `channels` of these choices by name, and other fields; the rest stays as it is.

    What waits to be sent and is not wanted any more is not sent.
    """
    locked = Membership.objects.select_for_update().get(pk=membership.pk)
    membership.notice_channels = {
        **locked.notice_channels,
        **{name: [one for one in CHANNELS if one in wish] for name, wish in channels.items()},
    }
    for field, value in fields.items():
        setattr(membership, field, value)
    membership.save(update_fields=["notice_channels", *fields])
    for name, wish in channels.items():
        _drop(membership, BY_NAME[name], [one for one in CHANNELS if one not in wish])


def _drop(membership: Membership, choice: Choice, channels: list[str]) -> None:
    waiting = Notice.objects.filter(
        account=membership.account_id,
        recipient=membership.user_id,
        kind__in=set(choice.kinds) - TOLD_ANYWAY,
        channel__in=channels,
        status=Notice.Status.PENDING,
    )
    waiting.update(status=Notice.Status.SKIPPED, error=_("You turned these notices off."))


def unsubscribe_url(notice: Notice) -> str:
    """Where the member turns off what `notice` is one of; "" for what comes in any case."""
    choice = _BY_KIND.get(notice.kind)
    if choice is None or notice.kind in TOLD_ANYWAY or notice.channel != EMAIL:
        return ""
    mine = Membership.objects.filter(account=notice.account_id, user=notice.recipient_id)
    membership = mine.first() if notice.recipient_id else None
    return url_for_member(membership, notice.kind) if membership else ""


def url_for_member(membership: Membership, kind: str) -> str:
    """Where the member turns off this kind of notice, and those chosen with it, by e-mail."""
    return unsubscribe.url(f"{membership.pk}.{_BY_KIND[kind].name}")


@unsubscribe.offers("mb")
def _offer(what: str) -> unsubscribe.Offer | None:
    pk, _dot, name = what.partition(".")
    choice = BY_NAME.get(name)
    found = Membership.objects.select_related("user", "account")
    membership = found.filter(pk=pk, user__is_active=True).first()
    if choice is None or membership is None:
        return None

    def turn_off() -> None:
        save(membership, {choice.name: chosen(membership, choice) - {EMAIL}})

    user = membership.user
    with translation.override(user.language):
        what = _("E-mails “%(what)s” from %(account)s")
        what %= {"what": choice.label, "account": membership.account}
    return unsubscribe.Offer(
        what=what,
        address=user.email,
        language=user.language,
        is_on=EMAIL in chosen(membership, choice),
        turn_off=turn_off,
        page=reverse("notices:wanted"),
    )
