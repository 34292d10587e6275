"""The files of recordings: told of by the carrier, fetched, kept for so many days, deleted.

The row has a file's name before that is stored, and is READY after: who is killed in between leaves
a file that the next try replaces, or that is erased if the recording is deleted. A deletion marks
the row first, and then erases the file, until it is gone for good.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rooms import files
from rooms.conferences import commands
from rooms.conferences.models import Conference, Recording
from rooms.conferences.models.recording import RecordingQuerySet
from rooms.conferences.recordings import recording_deleted, recording_failed, recording_ready
from rooms.models import Room

Status = Recording.Status
TAKEN_FOR = dt.timedelta(minutes=30)  # longer than a worker may take for one file
TRIED_FOR = dt.timedelta(days=3)
PAUSES = (10, 30, 60, 120, 300, 600, 1800, 3600)  # seconds between tries; the last one again
MOST_BYTES = 2 * 1024**3
NONE_CAME = gettext_noop("The carrier sent no recording.")


@dataclass(frozen=True)
class Told:
    """What the carrier told of a recording that has ended; `size` in bytes, None where not told."""

    carrier_id: str
    url: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    size: int | None


@transaction.atomic
def heard(conference_id: str, told: Told, at: dt.datetime) -> Recording | None:
    """A recording of the conference has ended, whether or not we asked for that; its file is due.

    None where that was told before, or there is no such conference. One that nobody here knows of
    is written down too: people were recorded.
    """
    conference = Conference.objects.filter(pk=conference_id).first()
    if conference is None:
        return None
    room = Room.objects.locked().get(pk=conference.room_id)
    if Recording.objects.filter(carrier_id=told.carrier_id).exists():
        return None
    recording = _meant(conference, told) or Recording(
        conference=conference, room=room, started_at=told.started_at or at
    )
    recording.carrier_id, recording.url, recording.size = told.carrier_id, told.url, told.size
    recording.heard_at = recording.due_at = at
    recording.status, recording.error = Status.FETCHING, ""
    recording.stopped_at = recording.stopped_at or told.ended_at or at
    if told.started_at and told.ended_at:
        recording.seconds = max(0, round((told.ended_at - told.started_at).total_seconds()))
    recording.save()
    Room.objects.filter(pk=room.pk, recording=recording).update(recording=None)
    commands.show(room)
    return recording


def _meant(conference: Conference, told: Told) -> Recording | None:
    """The one without a file that began nearest to the time that was told, or the oldest."""
    waiting = Recording.objects.select_for_update().filter(conference=conference, carrier_id=None)
    begun = list(waiting.order_by("started_at", "pk"))
    moment = told.started_at
    if moment is None:
        return begun[0] if begun else None
    return min(begun, key=lambda one: abs(one.started_at - moment), default=None)


def take_next(now: dt.datetime) -> Recording | None:
    """The next file that is due to be fetched, taken: nobody else takes it for a while."""
    give_up(now)
    due = Recording.objects.kept().filter(status=Status.FETCHING, due_at__lte=now).exclude(url="")
    for pk in due.order_by("due_at").values_list("pk", flat=True)[:20]:
        ahead = {"due_at": now + TAKEN_FOR, "attempts": F("attempts") + 1}
        if due.filter(pk=pk).update(**ahead):
            related = Recording.objects.select_related("room__account", "started_by")
            return related.get(pk=pk)
    return None


def give_up(now: dt.datetime) -> int:
    """End the waiting for files of which the carrier has told nothing; returns for how many."""
    late = Recording.objects.filter(status=Status.FETCHING, url="", due_at__lte=now)
    changes = {"status": Status.FAILED, "error": NONE_CAME, "due_at": None}
    return _each(late, recording_failed, changes)


def _each(rows: RecordingQuerySet, signal: Signal, changes: Mapping[str, Any]) -> int:
    """Change each of `rows` in a transaction of its own; returns how many were still among them."""
    found = list(rows.order_by().values_list("pk", "room"))
    return sum(_change(rows.filter(pk=pk), room_id, signal, changes) for pk, room_id in found)


@transaction.atomic
def _change(
    row: RecordingQuerySet, room_id: str, signal: Signal, changes: Mapping[str, Any]
) -> bool:
    """Change the one that is in `row`, if it still is, and tell so, under the lock of its room."""
    room = Room.objects.locked().get(pk=room_id)
    recording = row.first()
    if recording is None or not row.update(**changes):
        return False
    signal.send(Recording, room=room, recording=recording)
    return True


def store(recording: Recording, content: IO[bytes], sound: files.Format) -> str:
    """Put what was fetched into the storage; it is not played yet. Returns its name there.

    `content` is at its beginning. Raises what the storage raises.
    """
    name = f"recordings/{recording.pk}.{sound.ending}"
    Recording.objects.filter(pk=recording.pk).update(file=name)
    files.keep(name, content)
    return name


def show(recording: Recording, name: str, sound: files.Format, size: int) -> bool:
    """The recording can be played from now on; False where it was deleted meanwhile."""
    facts = {"file": name, "content_type": sound.content_type, "size": size, "url": ""}
    fetching = Recording.objects.kept().filter(pk=recording.pk, status=Status.FETCHING)
    changes = {"status": Status.READY, "due_at": None, "error": "", **facts}
    return _change(fetching, recording.room_id, recording_ready, changes)


def not_fetched(recording: Recording, why: str, now: dt.datetime, *, final: bool = False) -> None:
    """Try again later, or for three days at most; `why` is fit to be shown to an organizer."""
    fetching = Recording.objects.filter(pk=recording.pk, status=Status.FETCHING)
    if final or now > (recording.heard_at or now) + TRIED_FOR:
        changes = {"status": Status.FAILED, "due_at": None, "error": why[:300]}
        _change(fetching, recording.room_id, recording_failed, changes)
        return
    pause = PAUSES[min(max(recording.attempts, 1), len(PAUSES)) - 1]
    fetching.update(due_at=now + dt.timedelta(seconds=pause), error=why[:300])


def delete(recording: Recording) -> None:
    """Delete for good. Raises ValidationError while it is being recorded."""
    if recording.goes_on:
        raise ValidationError(_("Stop the recording first."), code="recording")
    kept = Recording.objects.kept().filter(pk=recording.pk)
    _change(kept, recording.room_id, recording_deleted, {"deleted_at": timezone.now()})


def erase_deleted() -> int:
    """Erase the files of what was deleted; returns how many. What fails is tried again later."""
    gone = Recording.objects.exclude(deleted_at=None).exclude(file="")
    erased = 0
    for pk, name in gone.order_by("?").values_list("pk", "file")[:500]:
        if files.erased(name):  # one that fails keeps no other from its end
            # Whoever fetches it may be storing it now: until their time is over it is erased again.
            taken = Q(status=Status.FETCHING, due_at__gt=timezone.now())
            erased += Recording.objects.filter(~taken, pk=pk).update(file="", url="")
    return erased


def expire(now: dt.datetime) -> int:
    """Delete what is older than its room keeps recordings; returns how many."""
    kept = Recording.objects.kept().filter(status=Status.READY)
    count = 0
    for days in kept.order_by().values_list("room__recording_days", flat=True).distinct():
        old = kept.filter(room__recording_days=days, stopped_at__lt=now - dt.timedelta(days=days))
        count += _each(old, recording_deleted, {"deleted_at": now})
    return count
