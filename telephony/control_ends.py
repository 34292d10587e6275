"""What follows once the carrier has done, or refused, what was asked of a call.

All of it is in the transaction that writes the end of the command down, under the room's lock.
"""

import datetime as dt
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from rooms.conferences import actions, commands, leaving
from rooms.conferences.commands import command_ended
from rooms.conferences.models import Command, Participant
from rooms.models import Room
from telephony.voice import N_, say

Kind = Command.Kind
ANSWER_WITHIN = dt.timedelta(seconds=15)
# A call that was led back into its conversation needs so long to be there.
BACK_AGAIN = dt.timedelta(seconds=2)
LED_BACK = (Kind.BEGIN, Kind.RECORD, Kind.STOP_RECORDING)

MUTED = N_("You are muted.")
MUTED_BY_OTHERS = N_("You have been muted. Press star 6 to be heard again.")
HEARD = N_("You can be heard again.")
BACK = N_("You are back in the call.")
BACK_AND_MUTED = N_("You are back in the call, and muted. Press star 6 to be heard.")
DID_NOT_WORK = N_("That did not work. Please try again.")


def answer(room: Room, stay: Participant, text: str, *, about: str) -> None:
    """Tell one caller privately, soon or not at all. The caller holds the lock of `room`."""
    expires_at = timezone.now() + ANSWER_WITHIN
    rank = Command.Rank.ANSWER
    actions.say_to(room, [stay], text, about=about, rank=rank, expires_at=expires_at)


@receiver(command_ended, dispatch_uid="telephony.control_ends")
def ended(room: Room, command: Command, **_sent: Any) -> None:
    stay = command.participant
    if stay is None or stay.left_at is not None:
        return
    if text := _told(command, stay):
        answer(room, stay, say(room.language, text), about=f"told:{command.pk}")
    if command.error:
        return
    if command.kind == Kind.MOVE:
        now = timezone.now()
        leaving.leave(room, call=stay.call, at=now, why=Participant.LeftWhy.MOVED)
    elif command.kind in LED_BACK and stay.held:  # the music has stopped
        wished = Command.objects.pending().filter(participant=stay)
        if wished.filter(kind__in=(Kind.HOLD, Kind.UNHOLD)).exists():
            return  # what was asked for meanwhile is newer than what was before
        about, due_at = f"hold:{command.pk}", timezone.now() + BACK_AGAIN
        commands.write(room, [commands.new(Kind.HOLD, stay, about, due_at=due_at)])


def _told(command: Command, stay: Participant) -> str:
    """What the caller hears of it, in English; "" is nothing."""
    own = command.by_participant_id == stay.pk
    if command.error:
        asked = own and command.kind in (Kind.MUTE, Kind.UNMUTE, Kind.MOVE)
        return DID_NOT_WORK if asked and command.error != commands.GONE else ""
    match command.kind:
        case Kind.MUTE:
            return MUTED if own else MUTED_BY_OTHERS
        case Kind.UNMUTE if not stay.held:
            return HEARD
        case Kind.UNHOLD:
            return BACK_AND_MUTED if stay.muted else BACK
    return ""
