"""The meetings of a room, and what becomes of them when something is done to the room."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.dispatch import receiver
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import User
from rooms.meetings import mailings, planning
from rooms.meetings.models import Mailing, Meeting, MeetingQuerySet, Occurrence
from rooms.models import Room


def coming(room: Room, now: dt.datetime) -> MeetingQuerySet:
    """Those of which a time goes on now or is to come."""
    times = Occurrence.objects.filter(meeting=OuterRef("pk"), cancelled_at=None, ends_at__gt=now)
    return Meeting.objects.filter(Exists(times), room=room, cancelled_at=None)


@transaction.atomic
def rotate_and_invite(room: Room, *, by: User | None) -> int:
    """Give the room a new code and tell everybody invited to its coming meetings.

    Returns to how many. The number of each rises, or calendars would keep the old code. Raises
    Room.DoesNotExist if the room was archived meanwhile.
    """
    now = timezone.now()
    # The new code takes the room's whole row, which who holds a meeting may need: it comes last.
    Room.objects.active().locked().get(pk=room.pk)
    meetings = list(coming(room, now).locked().order_by("pk"))
    changes.rotate_code(room)
    for meeting in meetings:
        Meeting.objects.filter(pk=meeting.pk).update(sequence=F("sequence") + 1, changed_at=now)
        mailings.start(meeting, Mailing.Kind.UPDATE, by=by)
    return len(meetings)


@receiver(changes.room_archived)
def cancel_all(room: Room, **_kwargs: Any) -> None:
    """Nobody can meet in a room that is gone: who was invited is told."""
    for meeting in coming(room, timezone.now()).order_by("pk"):
        planning.cancel(meeting, by=None)
