"""A meeting and who was in its room, for tests."""

import datetime as dt
from typing import Any

from django.db.models import F
from django.utils import timezone

from rooms.accounts.models import User
from rooms.conferences.models import Conference, Participant
from rooms.ids import new_id
from rooms.meetings import planning
from rooms.meetings.invitees import Guest, add
from rooms.meetings.models import Invitee, Meeting, Occurrence
from rooms.models import Room

ANA, BEN, CID = "+34600000001", "+34600000002", "+34600000003"
DAY = (timezone.now() + dt.timedelta(days=2)).date()


def at(clock: str, day: int = 0) -> dt.datetime:
    """`10:05` or `10:05:30` in UTC on the meeting's day, or so many days later."""
    time = dt.time.fromisoformat(clock)
    return dt.datetime.combine(DAY + dt.timedelta(days=day), time, dt.UTC)


def planned(room: Room, organizer: User, starts: str = "10:00", **fields: Any) -> Occurrence:
    """The first time of a new meeting of an hour on DAY."""
    fields = {"title": "Weekly", "first_day": DAY, "time_zone": "UTC", "minutes": 60, **fields}
    meeting = planning.plan(room, organizer, starts=dt.time.fromisoformat(starts), **fields)
    return first(meeting)


def first(meeting: Meeting) -> Occurrence:
    times = Occurrence.objects.select_related("meeting__room__account")
    return times.filter(meeting=meeting).earliest("starts_at")


def invited(meeting: Meeting, name: str, phone: str = "", **fields: Any) -> Invitee:
    guest = Guest(name=name, email=f"{name.lower()}@guests.example", phone=phone, **fields)
    (invitee,) = add(meeting, [guest], by=None, tell=False).new
    return invitee


def conference(room: Room, start: str, end: str | None = None, day: int = 0) -> Conference:
    return Conference.objects.create(
        room=room, started_at=at(start, day), ended_at=at(end, day) if end else None
    )


def stay(
    place: Conference, joined: str, left: str | None = None, caller: str = "", **fields: Any
) -> Participant:
    """In this conference; without `left`, somebody who is on the line."""
    if left is None:
        Room.objects.filter(pk=place.room_id).update(
            people_in=F("people_in") + 1, open_conference=place
        )
    return Participant.objects.create(
        conference=place,
        room=place.room,
        call=new_id("pt"),
        caller=caller,
        joined_at=at(joined),
        left_at=at(left) if left else None,
        **fields,
    )
