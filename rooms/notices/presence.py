"""Who joined and left a room, told to the organizers who want to know, gathered in one notice.

A notice that waits, because its reader wants them every hour or has quiet hours, takes in what
happens meanwhile.
"""

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.accounts import people
from rooms.accounts.models import Membership
from rooms.conferences.models import Participant
from rooms.models import Room
from rooms.notices import preferences
from rooms.notices.hooks import conference_news
from rooms.notices.models import Notice
from rooms.phones import masked

MOST_MOVES = 300  # in one notice that waits; the next ones make another


@dataclass(frozen=True)
class Move:
    """One line of a notice: somebody joined or left; `name` is "" where it is not known."""

    at: dt.datetime
    joined: bool
    caller: str
    name: str = ""

    @property
    def who(self) -> str:
        number = masked(self.caller)
        if self.name:
            return f"{self.name} ({number})" if number else self.name
        return number or _("a caller without a number")

    def to_keep(self) -> list[Any]:
        return [self.at.isoformat(), self.joined, self.caller, self.name]

    @classmethod
    def kept(cls, at: str, joined: bool, caller: str, name: str) -> Self:
        return cls(dt.datetime.fromisoformat(at), joined, caller, name)


def collect(now: dt.datetime) -> int:
    """Turn what is due into notices; returns for how many rooms."""
    due = list(Room.objects.filter(presence_due_at__lte=now).values_list("pk", flat=True)[:500])
    return sum(_collect_room(room_id, now) for room_id in due)


@transaction.atomic
def _collect_room(room_id: str, now: dt.datetime) -> bool:
    """The told marks and the notices are one transaction: told once, whatever is killed when."""
    room = Room.objects.locked().filter(pk=room_id, presence_due_at__lte=now).first()
    if room is None:
        return False
    conference_news.flush(room)  # what is marked as told it does not look at any more
    stays = Participant.objects.filter(room=room).filter(
        Q(join_told=False) | Q(leave_told=False, left_at__isnull=False)
    )
    known = people.names(room.account_id, (stay.caller for stay in stays))
    moves = []
    for stay in stays:
        name = stay.name or known.get(stay.caller, "")
        if not stay.join_told:
            moves.append(Move(stay.joined_at, True, stay.caller, name))
        if stay.left_at and not stay.leave_told:
            moves.append(Move(stay.left_at, False, stay.caller, name))
        stay.join_told, stay.leave_told = True, stay.left_at is not None
    Participant.objects.bulk_update(stays, ["join_told", "leave_told"], batch_size=500)
    moves.sort(key=lambda move: move.at)
    if moves:
        _tell(room, moves, now)
    Room.objects.filter(pk=room.pk).update(presence_due_at=None)
    return True


def _tell(room: Room, moves: list[Move], now: dt.datetime) -> None:
    found = Membership.objects.filter(account=room.account_id, user__is_active=True)
    members = list(found.select_related("user").order_by("pk"))
    kind = Notice.Kind.PRESENCE
    dues = [
        preferences.due_at(member, kind, now + dt.timedelta(minutes=member.presence_minutes))
        for member in members
    ]
    waiting = _waiting(room, now) if any(due_at > now for due_at in dues) else {}
    fresh = []
    for member, due_at in zip(members, dues, strict=True):
        for channel in sorted(preferences.wanted(member, kind)):
            there = waiting.get((member.user_id, channel)) if due_at > now else None
            if there is None or not _add(there, room, moves, member):
                live = due_at <= now
                fresh.append(_notice(room, moves, member, channel, due_at, live=live))
    Notice.objects.bulk_create(fresh)


def _waiting(room: Room, now: dt.datetime) -> dict[tuple[str | None, str], Notice]:
    """The notices about this room that nobody sends yet, by recipient and channel."""
    found = Notice.objects.filter(
        account=room.account_id,
        room=room,
        kind=Notice.Kind.PRESENCE,
        status=Notice.Status.PENDING,
        attempts=0,
        due_at__gt=now,
    )
    return {(one.recipient_id, one.channel): one for one in found.order_by("due_at")}


def _add(notice: Notice, room: Room, moves: list[Move], member: Membership) -> bool:
    """Put `moves` into a notice that waits; False where it is full, or being sent by now."""
    before = [Move.kept(*fields) for fields in notice.facts.get("moves", [])]
    if not before or len(before) >= MOST_MOVES:
        return False
    written = _written(room, [*before, *moves], member, notice.channel, live=False)
    mine = Notice.objects.filter(pk=notice.pk, status=Notice.Status.PENDING, attempts=0)
    return bool(mine.update(**written))


def _notice(
    room: Room,
    moves: list[Move],
    member: Membership,
    channel: str,
    due_at: dt.datetime,
    *,
    live: bool,
) -> Notice:
    user = member.user
    return Notice(
        account_id=room.account_id,
        room=room,
        recipient=user,
        kind=Notice.Kind.PRESENCE,
        channel=channel,
        address=user.email if channel == Notice.Channel.EMAIL else user.phone,
        key=f"presence:{room.pk}:{room.live_version}:{user.pk}:{channel}",
        due_at=timezone.now() if live else due_at,
        **_written(room, moves, member, channel, live=live),
    )


def _written(
    room: Room, moves: list[Move], member: Membership, channel: str, *, live: bool
) -> dict[str, Any]:
    """Subject, text and facts; how many are on the line is told where it is read at once."""
    user = member.user
    zone = zoneinfo.ZoneInfo(user.time_zone)
    with translation.override(user.language), timezone.override(zone):
        days = {timezone.localdate(move.at) for move in moves}
        context = {
            "room": room,
            "moves": moves,
            "summary": summary(moves),
            "live": live,
            "several_days": len(days) > 1,
            "url": f"{settings.PUBLIC_URL}/rooms/{room.pk}/",
            "settings_url": settings.PUBLIC_URL + reverse("notices:wanted"),
            "zone": user.time_zone,
        }
        name = "email" if channel == Notice.Channel.EMAIL else "sms"
        return {
            "subject": f"{room.name}: {summary(moves)}"[:200],
            "text": render_to_string(f"notices/presence_{name}.txt", context).strip(),
            "facts": {"moves": [move.to_keep() for move in moves]},
        }


def summary(moves: list[Move]) -> str:
    """As "+34 ••• 56 joined", or "3 joined, 1 left" where there are several."""
    if len(moves) == 1:
        joined = _("%(who)s joined") if moves[0].joined else _("%(who)s left")
        return joined % {"who": moves[0].who}
    joins = sum(move.joined for move in moves)
    leaves = len(moves) - joins
    parts = []
    if joins:
        parts.append(ngettext("%(n)d joined", "%(n)d joined", joins) % {"n": joins})
    if leaves:
        parts.append(ngettext("%(n)d left", "%(n)d left", leaves) % {"n": leaves})
    return ", ".join(parts)
