"""Callers who are in rooms, for tests of what they hear."""

import datetime as dt

from django.db import transaction

from rooms.conferences import leaving, presence
from rooms.conferences.models import Command, Participant
from rooms.models import Room
from tests.usage_rows import at

NOON = at("2026-03-15 12:00")


def after(seconds: float = 0, minutes: float = 0) -> dt.datetime:
    """So long after noon."""
    return NOON + dt.timedelta(seconds=seconds, minutes=minutes)


@transaction.atomic
def enter(
    room: Room, number: str, moment: dt.datetime, *, name: str = "", host: bool = False
) -> Participant:
    """Somebody comes in, or waits, and has heard the greeting; the call is named by the moment."""
    call = f"call-{number or 'hidden'}-{moment.timestamp()}-{Participant.objects.count()}"
    joined = presence.join(
        call=call, caller=number, at=moment, room_id=room.pk, checked=True, host=host, name=name
    )
    assert joined
    arrive(room, call, moment)
    return Participant.objects.get(pk=joined.participant_id)


def arrive(room: Room, call: str, moment: dt.datetime) -> None:
    presence.confirm(room, call=call, at=moment)


@transaction.atomic
def go(stay: Participant, moment: dt.datetime) -> None:
    """Somebody leaves."""
    room = Room.objects.locked().select_related("account").get(pk=stay.room_id)
    assert leaving.leave(room, call=stay.call, at=moment)


def said(stay: Participant) -> list[str]:
    """What is to be said to them, in order."""
    words = Command.objects.filter(participant=stay, kind=Command.Kind.SAY)
    return list(words.order_by("created_at", "pk").values_list("text", flat=True))


def played(stay: Participant) -> list[str]:
    """The sounds that they are to hear, without their folder."""
    sounds = Command.objects.filter(participant=stay, kind=Command.Kind.PLAY)
    urls = sounds.order_by("created_at").values_list("sound_url", flat=True)
    return [url.rpartition("/")[2] for url in urls]


def ended(stay: Participant) -> list[str]:
    """Why they are to be hung up."""
    return list(
        Command.objects.filter(participant=stay, kind=Command.Kind.REMOVE).values_list(
            "why", flat=True
        )
    )
