"""The ledger of what is asked of conferences: written here, carried out by the telephony.

A command is written in the transaction of whoever asks, who holds the room's lock. The telephony
hears of it when that has committed (`commands_written`), asks the carrier for what `due` returns,
and says what became of it: `done` moves the state, `refused` keeps the reason. Both hold the
room's lock and do nothing where the command has its end already.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext_noop

from rooms.accounts.models import User
from rooms.conferences import live
from rooms.conferences.models import Command, Participant
from rooms.conferences.models.command import CommandQuerySet
from rooms.models import Room

# Sent with `room_id` once commands of this room are committed, for whoever carries them out.
commands_written = Signal()
# Sent with `room`, whose lock is held, and `command` in the transaction in which that was done, or
# was refused (`command.error`); `changed` says whether the state is another one since.
command_ended = Signal()

Kind = Command.Kind
# A newer command of a group takes the place of an older one that is still pending.
GROUPS = ({Kind.MUTE, Kind.UNMUTE}, {Kind.HOLD, Kind.UNHOLD}, {Kind.PLAY, Kind.STOP})
# What open pages of the room show.
SHOWN = frozenset(Kind) - {Kind.SAY, Kind.PLAY, Kind.STOP}
# What an announcement that somebody asked for is about begins with this.
ANNOUNCEMENT = "say"
# Kept in English, and translated where they are shown.
REPLACED = gettext_noop("Something newer was asked for.")
GONE = gettext_noop("The caller had left.")
LATE = gettext_noop("It was too late to do it.")


@dataclasses.dataclass(frozen=True)
class By:
    """Who asks: a member on a page or by the API, a participant by keys; neither: the service."""

    user: User | None = None
    participant: Participant | None = None


SERVICE = By()


def new(
    kind: Kind, participant: Participant | None, about: str, by: By = SERVICE, **fields: object
) -> Command:
    """A command that is not written yet; `participant` may be None with `conference_id` given."""
    if participant is not None:
        fields["conference_id"] = participant.conference_id
    return Command(
        kind=kind,
        participant=participant,
        about=about,
        by_user=by.user,
        by_participant=by.participant,
        **fields,
    )


def write(room: Room, commands: Iterable[Command], *, changed: bool = True) -> list[Command]:
    """Write commands for participants of `room`, whose lock the caller holds.

    One about the same thing that was written before is not written again. `changed` is said of
    those that are done already.
    """
    written = list(commands)
    _replace(written)
    Command.objects.bulk_create(written, ignore_conflicts=True)
    if any(command.kind in SHOWN or _announces(command) for command in written):
        show(room)
    if any(command.done_at is None for command in written):
        transaction.on_commit(lambda: commands_written.send(Command, room_id=room.pk))
    for command in written:
        if command.done_at is not None:
            command_ended.send(Command, room=room, command=command, changed=changed)
    return written


def _replace(fresh: list[Command]) -> None:
    for group in GROUPS:
        people = [one.participant_id for one in fresh if one.kind in group]
        if people:
            older = Command.objects.pending().filter(participant__in=people, kind__in=group)
            older.update(done_at=timezone.now(), error=REPLACED)


def _announces(command: Command) -> bool:
    return command.kind == Kind.SAY and command.about.startswith(f"{ANNOUNCEMENT}_")


def _is_said(command: Command) -> bool:
    """Whether an announcement has been said to all: pages are told once, not for each caller."""
    others = Command.objects.pending().filter(conference=command.conference_id, about=command.about)
    return _announces(command) and not others.exists()


def show(room: Room) -> None:
    """Open pages of the room show it anew."""
    Room.objects.filter(pk=room.pk).update(live_version=F("live_version") + 1)
    live.nudge_on_commit(room.pk)


@transaction.atomic
def done(command: Command) -> None:
    """The carrier did it: the state is so from now on."""
    room, fresh = _locked(command)
    if fresh is None:
        return
    stay = fresh.participant
    changed = stay is not None and stay.left_at is None and _apply(fresh, stay)
    _end(room, fresh, "", changed=changed)


@transaction.atomic
def refused(command: Command, why: str) -> None:
    """It will not be done; `why` is fit to be shown to an organizer."""
    room, fresh = _locked(command)
    if fresh is not None:
        _end(room, fresh, why[:300])


def _locked(command: Command) -> tuple[Room, Command | None]:
    room = Room.objects.locked().get(conferences=command.conference_id)
    commands = Command.objects.select_for_update(of=("self",)).select_related("participant")
    return room, commands.pending().filter(pk=command.pk).first()


def _apply(command: Command, stay: Participant) -> bool:
    """Whether the participant is in another state since."""
    before = stay.muted, stay.held, stay.left_why
    match command.kind:
        case Kind.MUTE | Kind.UNMUTE:
            stay.muted = command.kind == Kind.MUTE
        case Kind.HOLD | Kind.UNHOLD:
            stay.held = command.kind == Kind.HOLD
        case Kind.REMOVE:
            stay.left_why = stay.left_why or command.why
        case _:
            return False
    stay.save(update_fields=["muted", "held", "left_why"])
    return before != (stay.muted, stay.held, stay.left_why)


def _end(room: Room, command: Command, error: str, *, changed: bool = False) -> None:
    command.done_at, command.error = timezone.now(), error
    command.save(update_fields=["done_at", "error"])
    command_ended.send(Command, room=room, command=command, changed=changed)
    if command.kind in SHOWN or _is_said(command):
        show(room)


def tidy(before: dt.datetime) -> int:
    """Forget what was said and played until then: many rows, of which nothing follows any more."""
    heard = Command.objects.filter(kind__in=(Kind.SAY, Kind.PLAY, Kind.STOP), done_at__lt=before)
    return heard.delete()[0]


def due(now: dt.datetime) -> CommandQuerySet:
    """Those that a carrier is to be asked for now, in their order."""
    return Command.objects.pending().filter(due_at__lte=now).order_by("rank", "due_at", "pk")
