"""After a recording has stopped, nothing begins another one unseen.

Who comes in while a conference is recorded is given a script that says so, and hears the greeting
first. If it is stopped meanwhile, that script makes the carrier record again. So does one of who
waited and was let in at the same moment. Such a call is led in anew, by a script that stops it.
"""

from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from rooms.conferences import commands
from rooms.conferences.commands import command_ended
from rooms.conferences.models import Command, Participant, Recording, RecordingNotice
from rooms.conferences.recordings import recording_stopped
from rooms.models import Room

Kind = Command.Kind
UNSEEN = ":unseen"  # what these commands are about ends so


def arrived(room: Room, *, call: str) -> None:
    """The carrier says that the call is in the room, whose lock the caller holds."""
    if room.recording_id is None:
        _stop(room, _told_on_entering(room).filter(participant__call=call))


@receiver(recording_stopped, dispatch_uid="recording that was begun again")
def _stopped(room: Room, recording: Recording, **_sent: Any) -> None:
    """Who arrived since that was asked for has perhaps begun another after it."""
    asked = Command.objects.filter(
        conference=recording.conference_id, kind=Kind.STOP_RECORDING, about__contains=recording.pk
    )
    since = asked.order_by("-created_at").values_list("created_at", flat=True).first()
    if since:
        told = _told_on_entering(room).filter(recording=recording)
        _stop(room, told.filter(participant__confirmed_at__gte=since))


@receiver(command_ended, dispatch_uid="recording that was not stopped for all")
def _ended(room: Room, command: Command, **_sent: Any) -> None:
    stay = command.participant
    fresh = Room.objects.only("recording_id").get(pk=room.pk)
    if stay is None or fresh.recording_id is not None:
        return
    if command.kind == Kind.BEGIN and not command.error:
        stopped = Recording.objects.filter(
            conference=command.conference_id, stopped_at__gte=command.created_at
        )
        if last := stopped.first():
            _ask(room, stay, last.pk)
    elif command.about.endswith(UNSEEN) and command.error == commands.GONE:
        there = Participant.objects.filter(room=room, left_at=None, waiting=False, left_why="")
        if another := there.order_by("held", "joined_at").first():
            _ask(room, another, command.about.split(":")[1])


def _told_on_entering(room: Room) -> QuerySet[RecordingNotice]:
    """Those on the line whose own script said to record, by a recording that is over."""
    there = RecordingNotice.objects.filter(
        participant__room=room, participant__left_at=None, recording__stopped_at__isnull=False
    )
    # Who waits begins no recording, nor does their script once they are let in.
    return there.filter(
        how=RecordingNotice.How.ENTRY, participant__waiting=False, participant__admitted_at=None
    )


def _stop(room: Room, told: QuerySet[RecordingNotice]) -> None:
    if notice := told.select_related("participant").first():
        _ask(room, notice.participant, notice.recording_id or "")


def _ask(room: Room, stay: Participant, recording_id: str) -> None:
    """By each call at most once; it never comes too late, since nobody knows what is recorded."""
    about = f"{Kind.STOP_RECORDING}:{recording_id}{UNSEEN}"
    commands.write(room, [commands.new(Kind.STOP_RECORDING, stay, about)])
