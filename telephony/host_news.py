"""What is heard when hosts come and go: by those who wait for one, and by those they leave behind.

Where a room ends with its hosts, `Conference.ends_at` says when: everybody is told at once, again
shortly before, and then hung up, unless a host is back. Each word is about that one end, so it is
said once.
"""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from rooms.conferences import actions, commands, leaving
from rooms.conferences.announcing import arrived
from rooms.conferences.models import Command, Conference, Participant
from rooms.models import Room
from telephony.voice import say

Rank = Command.Rank
# Where less is left when the end is first seen, the grace begins anew: nobody was told in time.
TOLD_WITHIN = dt.timedelta(seconds=20)
LAST_WORD = dt.timedelta(seconds=20)  # before the end
LAST_WORD_TAKES = dt.timedelta(seconds=15)
LEFT, LAST, BACK, HERE = "hosts-left:", "hosts-last:", "hosts-back:", "host-here"


def came(room: Room, now: dt.datetime) -> None:
    """Tell those who waited for a host that one is here, and those left behind that one is back.

    The caller holds the lock of `room`.
    """
    if not room.hosts_in or room.open_conference_id is None:
        return
    there = Participant.objects.filter(conference=room.open_conference_id, left_at=None)
    waited = there.filter(
        admitted_at__gt=now - TOLD_WITHIN, join_announced=False, role=Participant.Role.GUEST
    )
    text = say(room.language, "The host is here.")
    _say(room, waited, text, HERE, now, now + TOLD_WITHIN)
    _tell_that_it_goes_on(room, now)


def _tell_that_it_goes_on(room: Room, now: dt.datetime) -> None:
    """To those who heard that it ends; those who did not yet shall not hear it."""
    ended = Command.objects.filter(conference=room.open_conference_id, about__startswith=LEFT)
    recent = ended.filter(created_at__gt=now - 2 * leaving.HOSTS_GRACE)
    told = set(recent.values_list("about", "participant"))
    if not told or ends(room):
        return
    unsaid = Command.objects.pending().filter(conference=room.open_conference_id)
    for about in (LEFT, LAST):
        unsaid.filter(about__startswith=about).update(
            done_at=timezone.now(), error=commands.REPLACED
        )
    heard = set(recent.filter(error="").values_list("about", "participant"))
    text = say(room.language, "The host is back.")
    for about in {about for about, _stay in heard}:
        stays = Participant.objects.filter(
            pk__in=[stay for one, stay in heard if one == about], left_at=None
        ).exclude(role=Participant.Role.HOST)
        _say(room, stays, text, BACK + about.removeprefix(LEFT), now, now + TOLD_WITHIN)


def ends(room: Room) -> bool:
    """Whether the conference ends because its last host has left."""
    return _ends_at(room) is not None


def rooms_that_end() -> list[str]:
    """Those whose last host has left, where that ends the conference."""
    ending = Conference.objects.filter(ended_at=None, ends_at__isnull=False)
    return list(ending.order_by("ends_at").values_list("room", flat=True))


@transaction.atomic
def end(room_id: str, now: dt.datetime) -> bool:
    """Tell those who are left behind, or hang them up once the time is over."""
    room = Room.objects.locked().get(pk=room_id)
    ends_at = _ends_at(room)
    if ends_at is None:
        return False
    left = Command.objects.filter(
        conference=room.open_conference_id, about__startswith=LEFT + _key(ends_at)
    )
    just_left = now + leaving.HOSTS_GRACE - TOLD_WITHIN
    if ends_at < just_left and not left.exists():
        ends_at = now + leaving.HOSTS_GRACE
        Conference.objects.filter(pk=room.open_conference_id).update(ends_at=ends_at)
    stays = Participant.objects.filter(
        arrived(now), conference=room.open_conference_id, left_at=None
    )
    if ends_at >= just_left:
        text = say(room.language, "The host has left. This call ends in two minutes.")
        return _say(room, stays, text, LEFT + _key(ends_at), now, now + TOLD_WITHIN)
    if ends_at - now > LAST_WORD:
        return False
    text = say(room.language, "No host has come back. This call ends in a few seconds.")
    said = _say(room, stays, text, LAST + _key(ends_at), now, max(ends_at, now + LAST_WORD_TAKES))
    return said or (ends_at <= now and _end(room, LAST + _key(ends_at), now))


def _end(room: Room, last_word: str, now: dt.datetime) -> bool:
    """Hang everybody up, unless that was asked for, or the last word is still being said."""
    there = Participant.objects.filter(conference=room.open_conference_id, left_at=None)
    speaking = Command.objects.filter(participant__in=there, about=last_word)
    if speaking.filter(created_at__gt=now - LAST_WORD_TAKES).exists():
        return False
    if not there.exclude(commands__about="end").exists():
        return False
    actions.end(room, commands.SERVICE, why=Participant.LeftWhy.HOSTS_LEFT)
    return True


def _ends_at(room: Room) -> dt.datetime | None:
    open_one = Conference.objects.filter(pk=room.open_conference_id)
    return open_one.values_list("ends_at", flat=True).first()


def _key(ends_at: dt.datetime) -> str:
    return str(int(ends_at.timestamp()))


def _say(
    room: Room,
    stays: QuerySet[Participant],
    text: str,
    about: str,
    now: dt.datetime,
    expires_at: dt.datetime,
) -> bool:
    """Say it to those of `stays` who were not told; False where that is nobody."""
    fresh = list(stays.exclude(commands__about=about))
    if fresh:
        actions.say_to(
            room, fresh, text, about=about, rank=Rank.ANSWER, created_at=now, expires_at=expires_at
        )
    return bool(fresh)
