"""Stays that ended and stays that are open, for tests of minutes."""

import datetime as dt
from decimal import Decimal

from django.db.models import F

from rooms.conferences.models import Conference, Participant, UsageRecord
from rooms.ids import new_id
from rooms.models import Room


def at(text: str) -> dt.datetime:
    """A moment in UTC, written as `2026-03-31 23:50`."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def ended(
    room: Room, start: str, end: str, cost: Decimal | None = None, call: str = ""
) -> UsageRecord:
    """A stay that is over, with its record."""
    conference = Conference.objects.create(room=room, started_at=at(start), ended_at=at(end))
    stay = Participant.objects.create(
        conference=conference,
        room=room,
        call=call or new_id("pt"),
        joined_at=at(start),
        left_at=at(end),
    )
    return UsageRecord.objects.create(
        participant=stay,
        account=room.account,
        room=room,
        started_at=at(start),
        ended_at=at(end),
        seconds=round((at(end) - at(start)).total_seconds()),
        carrier_cost=cost,
    )


def going_on(room: Room, start: str, call: str = "") -> Participant:
    """A stay of somebody who is on the line."""
    conference, _made = Conference.objects.get_or_create(
        room=room, ended_at=None, defaults={"started_at": at(start)}
    )
    Room.objects.filter(pk=room.pk).update(people_in=F("people_in") + 1, open_conference=conference)
    return Participant.objects.create(
        conference=conference, room=room, call=call or new_id("pt"), joined_at=at(start)
    )
