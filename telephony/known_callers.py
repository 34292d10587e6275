"""Callers whose number says which room they want: they press 1 instead of keying its code.

Numbers can be forged, so this is worth no more than the code: a PIN is asked for as usual, nobody
becomes a host by it, and nobody is led back who was removed. Only rooms that want it are offered.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rooms.accounts.models import Membership, Person
from rooms.conferences.models import Command, Participant
from rooms.meetings import callers
from rooms.meetings.models import Invitee, Occurrence
from rooms.meetings.models.meeting import LONGEST
from rooms.models import MOST_BEFORE, Room
from telephony.steps import Offer

BACK_WITHIN = dt.timedelta(minutes=10)
KEPT_OUT = dt.timedelta(hours=24)  # after a removal
LeftWhy = Participant.LeftWhy
DROPPED = (LeftWhy.HUNG_UP, LeftWhy.LOST, LeftWhy.MOVED)


@dataclass(frozen=True)
class Known:
    """The room that a caller is offered."""

    room_id: str
    room_name: str
    offer: Offer


def find(caller: str, at: dt.datetime, account_id: str = "") -> Known | None:
    """Which room a 1 leads to for the number `caller` (E.164), if one alone suggests itself.

    First the one that they dropped out of; then the one whose meeting is on, to which they are
    invited; then one of an account whose people or members they are among. Of several, the one
    where people are. With `account_id`, its rooms alone. At most three statements.
    """
    rooms = Room.objects.active().filter(known_callers=True, locked=False).order_by()
    if account_id:
        rooms = rooms.filter(account=account_id)
    rooms = rooms.exclude(pk__in=_removed(caller, at).values("room"))
    if back := _left(caller, at, rooms):
        return Known(back.pk, back.name, Offer.BACK)
    room = _the_one(_invited(caller, at, rooms)) or _the_one(_listed(caller, rooms))
    return Known(room.pk, room.name, Offer.ENTER) if room else None


def still(room: Room, caller: str, at: dt.datetime) -> bool:
    """Whether an offer that was made at the beginning of this call holds."""
    return room.known_callers and not _removed(caller, at).filter(room=room).exists()


def may_be_host(room: Room, caller: str, at: dt.datetime) -> bool:
    """Whether the number is a member's, or was a host's lately: they are asked for the PIN."""
    hosts = _stays(caller, at).filter(room=room, role=Participant.Role.HOST)
    return _members(caller).filter(account=room.account_id).exists() or hosts.exists()


def _stays(caller: str, at: dt.datetime) -> QuerySet[Participant]:
    return Participant.objects.filter(caller=caller, joined_at__gte=at - KEPT_OUT).order_by()


def _removed(caller: str, at: dt.datetime) -> QuerySet[Participant]:
    """Who was removed, or hung up while that was being done."""
    asked = Command.objects.filter(participant=OuterRef("pk"), why=LeftWhy.REMOVED)
    return _stays(caller, at).filter(Q(left_why=LeftWhy.REMOVED) | Exists(asked))


def _left(caller: str, at: dt.datetime, rooms: QuerySet[Room]) -> Room | None:
    """The room that they left last, and not long ago, where the same conference goes on."""
    stays = _stays(caller, at).filter(
        left_at__gte=at - BACK_WITHIN,
        left_why__in=DROPPED,
        room__in=rooms,
        room__open_conference=F("conference"),
    )
    stay = stays.select_related("room").order_by("-left_at").first()
    return stay.room if stay else None


def _invited(caller: str, at: dt.datetime, rooms: QuerySet[Room]) -> list[Room]:
    """Rooms with a meeting now, or open for one already, to which the number is invited."""
    people = Invitee.objects.invited().filter(phone=caller).order_by()
    now = Occurrence.objects.taking_place().filter(
        meeting__in=people.values("meeting"),
        meeting__room__in=rooms,
        starts_at__gte=at - dt.timedelta(minutes=LONGEST),
        starts_at__lte=at + dt.timedelta(minutes=MOST_BEFORE),
        ends_at__gt=at,
    )
    found = [(one.starts_at, one.meeting.room) for one in now.select_related("meeting__room")]
    return [room for starts_at, room in found if starts_at - callers.early(room) <= at]


def _listed(caller: str, rooms: QuerySet[Room]) -> list[Room]:
    """Rooms of the accounts on whose people list the number is, or whose member has it."""
    persons = Person.objects.filter(phone=caller).order_by().values("account")
    known = persons.union(_members(caller).values("account"))
    return list(rooms.filter(account__in=known)[:50])


def _members(caller: str) -> QuerySet[Membership]:
    return Membership.objects.filter(user__phone=caller, user__is_active=True).order_by()


def _the_one(rooms: Iterable[Room]) -> Room | None:
    """The only one, or the only one where people are."""
    found = list({room.pk: room for room in rooms}.values())
    if len(found) > 1:
        found = [room for room in found if room.open_conference_id]
    return found[0] if len(found) == 1 else None
