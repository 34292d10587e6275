"""When a room lets callers in: always, or around the times of its meetings."""

import datetime as dt
from dataclasses import dataclass

from rooms.conferences.models import Conference
from rooms.meetings.models import Meeting, Occurrence
from rooms.models import Room


@dataclass(frozen=True)
class Opening:
    """Whether callers are let in now; the rest is for telling those who are not.

    `opens_at` is when they are let in for the next time, which begins at `starts_at`; both have
    passed while it goes on, and are None where none is planned. `ended_at` is when the last time
    was over, None if there was none. `time_zone` is that of the meeting they speak of.
    """

    open: bool
    opens_at: dt.datetime | None = None
    starts_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    time_zone: str = ""


def state(room: Room, now: dt.datetime, meeting: Meeting | None = None) -> Opening:
    """Whether `room` lets callers in now, or those who are invited to `meeting` alone.

    A room with `opens_before` does from so many minutes before a time of a meeting until its end.
    Those who talk beyond the end are joined by who dropped out or is late, until the last one has
    left. `room` was read after its last change.
    """
    if room.opens_before is None:
        return Opening(open=True)
    planned = Occurrence.objects.taking_place().select_related("meeting")
    planned = planned.filter(meeting=meeting) if meeting else planned.filter(meeting__room=room)
    # All of one room open equally long before they start: the first to start opens first.
    coming = planned.filter(ends_at__gt=now).order_by("starts_at", "id").first()
    last = planned.filter(ends_at__lte=now).order_by("-ends_at", "-id").first()
    opens_at = opens_for(room, coming) if coming else None
    within = opens_at is not None and opens_at <= now
    told = coming or last
    return Opening(
        open=within or _goes_on(room, last, meeting),
        opens_at=opens_at,
        starts_at=coming.starts_at if coming else None,
        ended_at=last.ends_at if last else None,
        time_zone=told.meeting.time_zone if told else "",
    )


def opens_for(room: Room, occurrence: Occurrence) -> dt.datetime:
    """From when callers are let in to this one time; `room` has `opens_before`."""
    return occurrence.starts_at - dt.timedelta(minutes=room.opens_before or 0)


def _goes_on(room: Room, last: Occurrence | None, meeting: Meeting | None) -> bool:
    """Whether people still talk who were let in; for a meeting, whether at its time."""
    if room.open_conference_id is None:
        return False
    if meeting is None:
        return True
    talking = Conference.objects.filter(pk=room.open_conference_id)
    return last is not None and talking.filter(started_at__lt=last.ends_at).exists()
