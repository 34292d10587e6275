"""Who joined and left a room, told to the organizers who want to know, gathered in one notice."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.accounts.models import Membership
from rooms.conferences.models import Participant
from rooms.models import Room
from rooms.notices.models import Notice
from rooms.phones import masked


@dataclass(frozen=True)
class Move:
    """One line of a notice: somebody joined or left."""

    at: dt.datetime
    joined: bool
    caller: str

    @property
    def who(self) -> str:
        return masked(self.caller) or _("a caller without a number")


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
    stays = Participant.objects.filter(room=room).filter(
        Q(join_told=False) | Q(leave_told=False, left_at__isnull=False)
    )
    moves = []
    for stay in stays:
        if not stay.join_told:
            moves.append(Move(stay.joined_at, True, stay.caller))
        if stay.left_at and not stay.leave_told:
            moves.append(Move(stay.left_at, False, stay.caller))
        stay.join_told, stay.leave_told = True, stay.left_at is not None
    Participant.objects.bulk_update(stays, ["join_told", "leave_told"], batch_size=500)
    moves.sort(key=lambda move: move.at)
    if moves:
        Notice.objects.bulk_create(_notices(room, moves))
    Room.objects.filter(pk=room.pk).update(presence_due_at=None)
    return True


def _notices(room: Room, moves: list[Move]) -> list[Notice]:
    batch = f"presence:{room.pk}:{room.live_version}"
    notices = []
    members = Membership.objects.filter(account=room.account_id).select_related("user")
    for member in members.filter(user__is_active=True):
        if member.presence_by_email:
            notices.append(_notice(room, moves, member, Notice.Channel.EMAIL, batch))
        if member.presence_by_sms and member.user.phone:
            notices.append(_notice(room, moves, member, Notice.Channel.SMS, batch))
    return notices


def _notice(
    room: Room, moves: list[Move], member: Membership, channel: Notice.Channel, batch: str
) -> Notice:
    user = member.user
    by_email = channel == Notice.Channel.EMAIL
    zone = zoneinfo.ZoneInfo(user.time_zone)
    with translation.override(user.language), timezone.override(zone):
        context = {
            "room": room,
            "moves": moves,
            "summary": summary(moves),
            "url": f"{settings.PUBLIC_URL}/rooms/{room.pk}/",
            "settings_url": f"{settings.PUBLIC_URL}/notices/",
            "zone": user.time_zone,
        }
        template = "notices/presence_email.txt" if by_email else "notices/presence_sms.txt"
        return Notice(
            account_id=room.account_id,
            room=room,
            recipient=user,
            kind=Notice.Kind.PRESENCE,
            channel=channel,
            address=user.email if by_email else user.phone,
            key=f"{batch}:{user.pk}:{channel}",
            subject=f"{room.name}: {summary(moves)}"[:200],
            text=render_to_string(template, context).strip(),
        )


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
