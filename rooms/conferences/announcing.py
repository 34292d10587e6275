"""Who came and went, gathered for those in the room. What they hear of it is the telephony's part.

Coming and going leave `Room.announce_due_at`; `gather` marks what it hands out, so that each is
told once: write down what is to be said in the same transaction.
"""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from rooms.conferences.models import Conference, Participant
from rooms.models import Room

# From so many in the room on, nobody's name is said; from so many on, nothing is heard.
MOST_FOR_NAMES = 20
MOST_FOR_CHIMES = 50
# What is older is no news any more: it was heard of late, or nobody could be told for a while.
LATE = dt.timedelta(seconds=30)
# Until the carrier says that a caller has arrived in the conversation, or should have said so, the
# greeting is being spoken, and nothing else is to be.
GREETED_AFTER = dt.timedelta(seconds=30)
LATER = dt.timedelta(seconds=3)


class How(enum.Enum):
    """What is heard when somebody comes or goes."""

    NOTHING = enum.auto()
    CHIME = enum.auto()
    NAMES = enum.auto()


@dataclass(frozen=True)
class Batch:
    """What happened in a room since it was last told.

    `about` names it. `left_alone` is who is the only one there, because the others have left.
    """

    about: str
    how: How
    joined: list[Participant] = field(default_factory=list)
    left: list[Participant] = field(default_factory=list)
    listeners: list[Participant] = field(default_factory=list)
    left_alone: Participant | None = None

    def news_for(self, stay: Participant) -> tuple[list[Participant], list[Participant]]:
        """Who joined and who left since `stay` came in, who was told of the others on entering."""
        since = came_in_at(stay)
        joined = [one for one in self.joined if came_in_at(one) > since]
        return joined, [one for one in self.left if one.left_at and one.left_at > since]


def came_in_at(stay: Participant) -> dt.datetime:
    """When they were in the room: who waited, when a host let them in."""
    return stay.admitted_at or stay.joined_at


def arrived(now: dt.datetime) -> Q:
    """Those stays whose callers have heard the greeting."""
    return Q(confirmed_at__isnull=False) | Q(joined_at__lte=now - GREETED_AFTER)


def has_arrived(stay: Participant, now: dt.datetime) -> bool:
    """As `arrived`, of one stay."""
    return stay.confirmed_at is not None or stay.joined_at <= now - GREETED_AFTER


def gather(room: Room, now: dt.datetime) -> Batch | None:
    """What those in the room are to hear, marked as told. The caller holds the lock of `room`.

    None where nobody is there any more, or where nobody can be told yet: it stays due then.
    """
    conference = Conference.objects.filter(pk=room.open_conference_id).first()
    if conference is None:
        Room.objects.filter(pk=room.pk).update(announce_due_at=None)
        return None
    there = Participant.objects.filter(conference=conference, left_at=None, waiting=False)
    inside = list(there)
    came, gone, passed = _untold(conference)
    if len(inside) == 1 and gone and not has_arrived(inside[0], now):
        Room.objects.filter(pk=room.pk).update(announce_due_at=now + LATER)
        return None
    _mark(came, gone, passed)
    Room.objects.filter(pk=room.pk).update(announce_due_at=None)
    came, gone = _without_returned(came, gone)
    listeners = [stay for stay in inside if not stay.held and has_arrived(stay, now)]
    stale = now - LATE
    return Batch(
        about=f"news:{room.live_version}",
        how=_how(room, conference),
        joined=[stay for stay in came if came_in_at(stay) > stale],
        left=[stay for stay in gone if stay.left_at and stay.left_at > stale],
        listeners=listeners,
        left_alone=listeners[0] if len(inside) == 1 and gone and listeners else None,
    )


def _untold(
    conference: Conference,
) -> tuple[list[Participant], list[Participant], list[Participant]]:
    """Who came in, who went, and who did both, or went without having been let in."""
    came, gone, passed = [], [], []
    fresh = Q(join_announced=False, waiting=False) | Q(leave_announced=False, left_at__isnull=False)
    for stay in Participant.objects.filter(fresh, conference=conference):
        if stay.left_at is None:
            came.append(stay)
        elif stay.join_announced and not stay.waiting:
            gone.append(stay)
        else:
            passed.append(stay)
    return came, gone, passed


def _mark(*told: Iterable[Participant]) -> None:
    stays = [stay for some in told for stay in some]
    left = [stay.pk for stay in stays if stay.left_at]
    Participant.objects.filter(pk__in=[stay.pk for stay in stays]).update(join_announced=True)
    Participant.objects.filter(pk__in=left).update(leave_announced=True)


def _without_returned(
    came: list[Participant], gone: list[Participant]
) -> tuple[list[Participant], list[Participant]]:
    """Who dropped out and is back is no news."""
    back = {stay.caller for stay in came} & {stay.caller for stay in gone} - {""}
    return (
        [stay for stay in came if stay.caller not in back],
        [stay for stay in gone if stay.caller not in back],
    )


def _how(room: Room, conference: Conference) -> How:
    off = conference.silenced or room.announcements == Room.Announcements.OFF
    if off or room.people_in > MOST_FOR_CHIMES:
        return How.NOTHING
    if room.people_in > MOST_FOR_NAMES or room.announcements == Room.Announcements.CHIME:
        return How.CHIME
    return How.NAMES
