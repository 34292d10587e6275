"""Rooms with people on the line, for tests of what can be done to them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from rooms.conferences import commands, leaving, presence
from rooms.conferences.models import Command, Participant
from rooms.models import Room

ANA, BEN, CARL = "+34600000011", "+34600000022", "+34600000033"


def enter(room: Room, caller: str = ANA, *, minutes: float = 0, **how: Any) -> Participant:
    """Somebody has entered `minutes` ago; `how` are further arguments of `presence.join`."""
    call = f"call {Participant.objects.count()}"
    at = timezone.now() - dt.timedelta(minutes=minutes)
    with transaction.atomic():
        joined = presence.join(
            call=call, caller=caller, at=at, room_id=room.pk, checked=True, **how
        )
    assert joined
    return Participant.objects.get(pk=joined.participant_id)


def go(stay: Participant) -> None:
    """They hang up."""
    with transaction.atomic():
        room = Room.objects.locked().get(pk=stay.room_id)
        assert leaving.leave(room, call=stay.call, at=timezone.now())


def carry_out(refuse: Callable[[Command], str] = lambda _command: "") -> list[str]:
    """Do what is asked of the carrier, but what `refuse` gives a reason for.

    Returns the kinds of it, without what callers are told about themselves.
    """
    due = list(commands.due(timezone.now()))
    for command in due:
        if why := refuse(command):
            commands.refused(command, why)
        else:
            commands.done(command)
    return [command.kind for command in due if command.rank != Command.Rank.ANSWER]
