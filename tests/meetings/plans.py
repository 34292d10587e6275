"""Meetings and invitees for tests, made as the pages make them."""

import datetime as dt
import re
from html import unescape
from typing import Any

from django.utils import timezone

from rooms.accounts.models import User
from rooms.meetings import invitees, planning
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Meeting
from rooms.models import Room


def plan(room: Room, organizer: User, *, hours: float = 1, **fields: Any) -> Meeting:
    """A meeting that starts in so many hours, to the minute, in UTC unless `fields` say else."""
    start = (timezone.now() + dt.timedelta(hours=hours)).replace(second=0, microsecond=0)
    when = {"first_day": start.date(), "starts": start.time(), "time_zone": "UTC"}
    return planning.plan(room, organizer, **{"title": "Budget", **when, **fields})


def invite(meeting: Meeting, name: str, **fields: str) -> Invitee:
    guest = Guest(name=name, email=f"{name.lower()}@example.org", **fields)
    return invitees.add(meeting, [guest], by=None).new[0]


def address(invitee: Invitee, part: str = "") -> str:
    return f"/i/{invitee.token}/{part}"


def text(response: Any) -> str:
    """What is there to be read, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.content.decode())).split())
