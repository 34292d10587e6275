"""Recording a conference: starting, stopping, and telling everybody.

    asked for (start) ── RECORD done ──> started ─┐
    the room records from the first (entered) ────┴─> stop … STOP_RECORDING done ──> stopped

What a page or a key asks for is a command (commands.py): the carrier is asked to do it through the
call of one who is in. What the carrier tells of the file afterwards is in recording_files.py.
Everybody is told each time, and RecordingNotice keeps that they were: those who come in hear it
before they enter, those who are in hear it said, for which `recording_started` asks the telephony.
"""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import Signal, receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.conferences import commands
from rooms.conferences.actions import live_room
from rooms.conferences.commands import By, command_ended
from rooms.conferences.models import Command, Participant, Recording, RecordingNotice
from rooms.conferences.models.command import CommandQuerySet
from rooms.conferences.presence import Joined
from rooms.conferences.recording_rules import from_the_first
from rooms.ids import new_id
from rooms.models import Room

# Sent in the transaction of what they tell, with `room`, whose lock is held, `recording`, and
# `participant`, by whose call the carrier was asked.
recording_started = Signal()
recording_stopped = Signal()
# Sent likewise, with `room`, whose lock is held, and `recording`: its file can be had; it was not
# started, or there is no file; it is deleted.
recording_ready = Signal()
recording_failed = Signal()
recording_deleted = Signal()

Kind, Status = Command.Kind, Recording.Status
# What the carrier has not done by then is not wanted any more: people would be told too late.
ASKED_FOR = dt.timedelta(minutes=1)
NOTICE = "recording:"  # what a notice that is said is `about`, and the recording's id


@transaction.atomic
def start(room: Room, by: By) -> Command:
    """Record the conference from now on. Raises ValidationError with a text for people."""
    room = live_room(room)
    if room.recording_id:
        raise ValidationError(_("The call is being recorded already."), code="recording")
    _check_not_stopping(room)
    recording = Recording(
        conference_id=room.open_conference_id,
        room=room,
        started_by=by.user,
        started_by_participant=by.participant,
        started_at=timezone.now(),
    )
    command = _ask(room, recording, Kind.RECORD, by)
    recording.save()
    room.recording = recording
    room.save(update_fields=["recording"])
    return commands.write(room, [command])[0]


@transaction.atomic
def stop(room: Room, by: By) -> Command:
    """Stop recording; what was recorded is kept. Raises ValidationError with a text for people."""
    room = live_room(room)
    if room.recording is None:
        raise ValidationError(_("The call is not being recorded."), code="not_recording")
    pending = _check_not_stopping(room)
    # By the call that is to start it, if it is not started yet: those are asked for in their order.
    starting = pending.filter(kind=Kind.RECORD, participant__left_at=None).first()
    first = starting.participant if starting else None
    command = _ask(room, room.recording, Kind.STOP_RECORDING, by, first)
    return commands.write(room, [command])[0]


def _check_not_stopping(room: Room) -> CommandQuerySet:
    """What is pending in the conference. Raises ValidationError where that is a stop."""
    pending = Command.objects.pending().filter(conference=room.open_conference_id)
    if pending.filter(kind=Kind.STOP_RECORDING).exists():
        raise ValidationError(_("The recording is being stopped already."), code="stopping")
    return pending


def _ask(
    room: Room, recording: Recording, kind: Command.Kind, by: By, stay: Participant | None = None
) -> Command:
    """A command to one who is in, since the recording is of all. Raises ValidationError."""
    there = Participant.objects.filter(room=room, left_at=None, waiting=False)
    free = there.filter(left_why="").order_by("joined_at")
    best = min(free, key=lambda one: (one.held, not one.is_host), default=None)
    if (chosen := stay or best) is None:
        raise ValidationError(_("Nobody is in yet: they wait for a host."), code="nobody")
    about = f"{kind}:{recording.pk}:{new_id('cm')}"
    return commands.new(kind, chosen, about, by, expires_at=timezone.now() + ASKED_FOR)


def entered(joined: Joined, at: dt.datetime) -> None:
    """A caller has heard that the call is recorded, and is sent in; in the entry's transaction.

    The first of a room that records from the first begins the recording. Who waits for a host is
    told, but begins nothing.
    """
    if not joined.recorded:
        return
    room = Room.objects.only("recording_id").get(pk=joined.room_id)
    recording_id = room.recording_id
    if recording_id is None and not joined.waiting:
        recording_id = from_the_first(joined.room_id, joined.conference_id, at).pk
    RecordingNotice.objects.create(
        recording_id=recording_id,
        participant_id=joined.participant_id,
        how=RecordingNotice.How.ENTRY,
        played_at=at,
    )


@receiver(command_ended, dispatch_uid="recordings")
def _command_ended(command: Command, **_sent: Any) -> None:
    match command.kind:
        case Kind.RECORD | Kind.STOP_RECORDING if command.error:
            failed(command)
        case Kind.RECORD:
            started(command)
        case Kind.STOP_RECORDING:
            stopped(command)
        case Kind.SAY if not command.error and command.about.startswith(NOTICE):
            told(command)


# Each of these is called in the transaction in which the command ends, under the room's lock, and
# does nothing the second time.


def started(command: Command) -> None:
    """The carrier records from now on; whoever is in is to be told."""
    recording = _of(command)
    if recording.status != Status.STARTING:
        return
    recording.status, recording.started_at = Status.RECORDING, timezone.now()
    recording.save(update_fields=["status", "started_at"])
    _send(recording_started, recording, command)


def stopped(command: Command) -> None:
    """The carrier has stopped recording."""
    recording = _of(command)
    if not Recording.objects.filter(pk=recording.pk).end(timezone.now()):
        return
    _forget(recording)
    _send(recording_stopped, recording, command)


def _send(signal: Signal, recording: Recording, command: Command) -> None:
    facts = {"room": recording.room, "participant": command.participant}
    signal.send(Recording, recording=recording, **facts)


def failed(command: Command) -> None:
    """The carrier did not do it; somebody else's call is asked where the one has left."""
    recording = _of(command)
    if not recording.goes_on:
        return
    if command.error == commands.GONE and _ask_another(recording, command):
        return
    if command.kind == Kind.RECORD and recording.status == Status.STARTING:
        recording.status, recording.error = Status.FAILED, command.error
        recording.stopped_at = timezone.now()
        recording.save(update_fields=["status", "error", "stopped_at"])
        _forget(recording)
        recording_failed.send(Recording, room=recording.room, recording=recording)
        if command.error == commands.LATE:  # perhaps its answer was: nobody knows that it goes on
            _ask_another(recording, command, Kind.STOP_RECORDING)


def _ask_another(recording: Recording, command: Command, kind: str = "") -> bool:
    """False where nobody is left: the conference ends, and the recording with it."""
    by = By(command.by_user, command.by_participant)
    try:
        again = _ask(recording.room, recording, Kind(kind or command.kind), by)
    except ValidationError:
        return False
    commands.write(recording.room, [again])
    return True


def _forget(recording: Recording) -> None:
    Room.objects.filter(recording=recording).update(recording=None)


def told(command: Command) -> None:
    """The carrier has said the notice to a participant: that is kept."""
    RecordingNotice.objects.get_or_create(
        recording_id=command.about.removeprefix(NOTICE),
        participant_id=command.participant_id,
        defaults={"how": RecordingNotice.How.SAID, "played_at": command.done_at or timezone.now()},
    )


def _of(command: Command) -> Recording:
    return Recording.objects.select_related("room").get(pk=command.about.split(":")[1])
