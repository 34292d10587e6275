"""Who a caller is, as far as the number tells.

For names alone, never for rights: a caller's number can be forged. Who is let in, and as what, is
decided by codes and PINs.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef

from rooms.accounts import people
from rooms.accounts.models import Person, User
from rooms.conferences import live
from rooms.conferences.models import Participant
from rooms.meetings.models import Invitee, Occurrence
from rooms.meetings.models.meeting import LONGEST
from rooms.models import Room

EARLY = dt.timedelta(minutes=15)  # people come so early to a room that is always open


@dataclass(frozen=True)
class Known:
    """Somebody whom an account knows by their number; `invitee` where they are invited."""

    name: str
    invitee: Invitee | None = None


def recognize(room: Room, *, call: str, at: dt.datetime) -> bool:
    """`look_up`, then `give_name`, for who need not care how long the room's lock is held."""
    return give_name(room, call=call, known=look_up(call, at))


def look_up(call: str, at: dt.datetime) -> Known | None:
    """Whose call it is that has arrived; None where nobody knows, or the stay has its name.

    It takes some statements: when a crowd comes in, best before the room's lock is taken.
    """
    stays = Participant.objects.select_related("room", "invitee")
    stay = stays.filter(call=call, left_at=None).first()
    if stay is None or stay.name:
        return None
    return _told(stay) or (_known(stay.room, stay.caller, at) if stay.caller else None)


def give_name(room: Room, *, call: str, known: Known | None) -> bool:
    """Give the stay of `call` its caller's name, unless it has one; False where it gets none.

    Call it in a transaction that holds the room's lock. Open pages of the room show the name.
    """
    if known is None:
        return False
    stays = Participant.objects.filter(room=room, call=call, left_at=None, name="")
    if not stays.update(name=known.name[:100], invitee=known.invitee):
        return False
    Room.objects.filter(pk=room.pk).update(live_version=F("live_version") + 1)
    live.nudge_on_commit(room.pk)
    return True


def early(room: Room) -> dt.timedelta:
    """How long before a meeting people come to it."""
    return EARLY if room.opens_before is None else dt.timedelta(minutes=room.opens_before)


def names(account_id: str, numbers: Iterable[str]) -> dict[str, str]:
    """What the account's people and members are called who have these numbers."""
    wanted = {number for number in numbers if number}
    if not wanted:
        return {}
    members = User.objects.filter(accounts=account_id, phone__in=wanted, is_active=True)
    found = {user.phone: str(user) for user in members.order_by("-pk")}
    return found | people.names(account_id, wanted)


def _told(stay: Participant) -> Known | None:
    """Whom a PIN has told already."""
    invitee = stay.invitee
    return Known(invitee.name or invitee.email, invitee) if invitee else None


def _has(room: Room, number: str) -> bool:
    """Whether anybody has this number who is invited to the room, listed, or a member.

    One statement, which is all that most callers of a crowd cost.
    """
    invited = Invitee.objects.invited().filter(room=OuterRef("pk"), phone=number)
    listed = Person.objects.filter(account=OuterRef("account"), phone=number)
    members = User.objects.filter(accounts=OuterRef("account"), phone=number)
    somebody = Exists(invited) | Exists(listed) | Exists(members)
    return Room.objects.filter(somebody, pk=room.pk).exists()


def _known(room: Room, number: str, at: dt.datetime) -> Known | None:
    if not _has(room, number):
        return None
    now = Occurrence.objects.taking_place().filter(
        meeting__room=room,
        starts_at__gte=at - dt.timedelta(minutes=LONGEST),
        starts_at__lte=at + early(room),
        ends_at__gt=at,
    )
    meetings = set(now.values_list("meeting_id", flat=True))
    there = Invitee.objects.invited().filter(room=room, meeting__cancelled_at=None)
    invitees = list(there.filter(phone=number).order_by("-created_at", "-pk")[:50])
    invitee = the_one(one for one in invitees if one.meeting_id in meetings) or the_one(invitees)
    person = Person.objects.filter(account=room.account_id, phone=number).first()
    member = User.objects.filter(accounts=room.account_id, phone=number, is_active=True).first()
    if invitee is None and meetings:
        emails = [one.email for one in (person, member) if one and one.email]
        invitee = there.filter(meeting__in=meetings, email__in=emails).first()
    names = [one.name for one in (invitee, person, member) if one]
    names += [one.email for one in (invitee, person, member) if one]
    name = next(filter(None, names), "")
    return Known(name, invitee) if name else None


def the_one(invitees: Iterable[Invitee]) -> Invitee | None:
    """The first of them if all are the same person: a line that two people share tells nobody."""
    found = list(invitees)
    people = {one.email or one.name for one in found}
    return found[0] if len(people) == 1 else None
