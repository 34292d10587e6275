"""What the floors below tell by their signals, recorded as events; connected by HooksConfig.

Each receiver runs in the transaction of the change, so an event is there exactly if the change is.
"""

from functools import partial
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from rooms import changes
from rooms.accounts import blocked
from rooms.accounts.models import BlockedNumber
from rooms.conferences import commands, recordings
from rooms.conferences.models import Command, Recording
from rooms.models import Room
from rooms.notices.hooks import conference_news, events, payloads
from rooms.notices.hooks.events import Draft

Kind = Command.Kind
# What a command that was done makes true, and what that is told as.
COMMANDS = {
    Kind.MUTE: "participant.muted",
    Kind.UNMUTE: "participant.unmuted",
    Kind.HOLD: "participant.held",
    Kind.UNHOLD: "participant.unheld",
    Kind.PROMOTE: "participant.promoted",
    Kind.RAISE_HAND: "participant.raised_hand",
    Kind.LOWER_HAND: "participant.lowered_hand",
    Kind.LOCK: "conference.locked",
    Kind.UNLOCK: "conference.unlocked",
}


@receiver(commands.command_ended, dispatch_uid="hooks.commands")
def _command_ended(room: Room, command: Command, changed: bool, **_sent: Any) -> None:
    type = COMMANDS.get(Kind(command.kind))
    if type is None or not changed:
        return
    account_id, stay_id = room.account_id, command.participant_id
    data = (
        partial(payloads.participant, account_id, stay_id)
        if stay_id
        else partial(payloads.conference, account_id, command.conference_id)
    )
    draft = Draft(type, f"{type}:{command.pk}", data, command.done_at or timezone.now())
    conference_news.record(room, command.conference_id, draft, about=stay_id)


@receiver(recordings.recording_started, dispatch_uid="hooks.recording_started")
def _recording_started(room: Room, recording: Recording, **_sent: Any) -> None:
    _of_recording("started", room, recording)


@receiver(recordings.recording_ready, dispatch_uid="hooks.recording_ready")
def _recording_ready(room: Room, recording: Recording, **_sent: Any) -> None:
    _of_recording("ready", room, recording)


@receiver(recordings.recording_failed, dispatch_uid="hooks.recording_failed")
def _recording_failed(room: Room, recording: Recording, **_sent: Any) -> None:
    """One that was not started in time may yet turn out to have been, and its file may fail too."""
    _of_recording("failed", room, recording, "file" if recording.carrier_id else "start")


@receiver(recordings.recording_deleted, dispatch_uid="hooks.recording_deleted")
def _recording_deleted(room: Room, recording: Recording, **_sent: Any) -> None:
    _of_recording("deleted", room, recording)


def _of_recording(what: str, room: Room, recording: Recording, *more: str) -> None:
    type = f"recording.{what}"
    data = partial(payloads.recording, room.account_id, recording.pk)
    draft = Draft(type, ":".join([type, recording.pk, *more]), data)
    conference_news.record(room, recording.conference_id, draft)


@receiver(changes.room_changed, dispatch_uid="hooks.rooms")
def _room_changed(room: Room, what: str, **_sent: Any) -> None:
    """A room is made and archived once; its other changes are told apart by its version."""
    type = f"room.{what}"
    once = what in ("made", "archived")
    version = "" if once else Room.objects.values_list("live_version", flat=True).get(pk=room.pk)
    data = partial(payloads.room, room.account_id, room.pk)
    events.record(room.account_id, type, f"{type}:{room.pk}:{version}", data)


@receiver(blocked.number_blocked, dispatch_uid="hooks.number_blocked")
def _number_blocked(row: BlockedNumber, **_sent: Any) -> None:
    _of_number("number.blocked", row)


@receiver(blocked.number_unblocked, dispatch_uid="hooks.number_unblocked")
def _number_unblocked(row: BlockedNumber, **_sent: Any) -> None:
    _of_number("number.unblocked", row)


def _of_number(type: str, row: BlockedNumber) -> None:
    """What is blocked for the whole service is no account's."""
    if row.account_id:
        data = partial(payloads.blocked, row.account_id, row)
        events.record(row.account_id, type, f"{type}:{row.pk}", data)
