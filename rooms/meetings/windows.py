"""What of a room's life belongs to one time of a meeting.

What counts is who was in the room at the start or later, until the end, and beyond it for as long
as the same conference goes on. Who came early and stayed counts from when they came. Where two
meetings of a room follow each other, the one takes over where the other leaves off.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Max, Min, Q

from rooms.conferences.models import Conference, Participant
from rooms.meetings import callers
from rooms.meetings.models import Occurrence

MOST_STAYS = 10_000
LONGEST_STAY = dt.timedelta(days=1)  # bounds what is read of a room's past
LONGEST_AFTER = dt.timedelta(days=1)  # whoever joins later came for something else


@dataclass(frozen=True)
class Window:
    """Whoever joins until `closes` came to the occurrence.

    Nothing before `since` or from `until` on counts: another meeting takes place then.
    """

    closes: dt.datetime
    since: dt.datetime | None
    until: dt.datetime | None


def of(occurrence: Occurrence) -> Window:
    """`occurrence` has its meeting and room."""
    room, start, end = occurrence.meeting.room, occurrence.starts_at, occurrence.ends_at
    others = Occurrence.objects.taking_place().filter(meeting__room=room).exclude(pk=occurrence.pk)
    near = others.filter(
        starts_at__gt=start - 2 * LONGEST_STAY, starts_at__lt=end + 2 * LONGEST_AFTER
    )
    found = near.aggregate(
        since=Max("ends_at", filter=Q(ends_at__lte=start)),
        until=Min("starts_at", filter=Q(starts_at__gte=end)),
    )
    since, until = found["since"], found["until"]
    early = callers.early(room)
    closes = end + LONGEST_AFTER
    if until:
        closes = min(closes, max(end, until - early))
    return Window(closes, since, until)


def stays(occurrence: Occurrence, now: dt.datetime) -> list[Participant]:
    """Those of its callers with their invitees, in the order in which they came.

    Each is cut to what counts; do not save them.
    """
    window = of(occurrence)
    # Whoever left before the start was there for something else, or gave up.
    still_there = Q(left_at=None) | Q(left_at__gt=occurrence.starts_at)
    in_time = Q(joined_at__lt=occurrence.ends_at)
    found = Participant.objects.filter(
        still_there,
        in_time | Q(joined_at__lt=window.closes, conference__started_at__lt=occurrence.ends_at),
        room=occurrence.meeting.room_id,
        joined_at__gte=occurrence.starts_at - LONGEST_STAY,
        conference__forgotten_at=None,
    )
    rows = list(found.select_related("invitee").order_by("joined_at", "pk")[:MOST_STAYS])
    for stay in rows:
        if window.since:
            stay.joined_at = max(stay.joined_at, window.since)
        if window.until and window.until <= (stay.left_at or now):
            stay.left_at = window.until
    return sorted(rows, key=lambda stay: stay.joined_at)


def is_forgotten(occurrence: Occurrence) -> bool:
    """Whether somebody was there of whom the account keeps no history any more."""
    forgotten = Conference.objects.filter(
        room=occurrence.meeting.room_id,
        forgotten_at__isnull=False,
        started_at__gte=occurrence.starts_at - LONGEST_STAY,
        started_at__lt=occurrence.ends_at,
        ended_at__gt=occurrence.starts_at,
    )
    return forgotten.exists()
