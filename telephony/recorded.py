"""Recordings on the line: saying that there is one, and getting its file from the carrier."""

import datetime as dt
import logging
import tempfile
from typing import Any

from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_noop

from rooms import files
from rooms.conferences import actions, recording_files, recordings
from rooms.conferences.models import Command, Conference, Participant, Recording, RecordingNotice
from rooms.conferences.recording_files import Told
from rooms.models import Room
from rooms.notices import outbox
from rooms.notices.models import Notice
from telephony import carrier, voice
from telephony.control_ends import BACK_AGAIN
from telephony.voice import N_
from telephony.vonage.client import VonageError
from telephony.vonage.events import RecordEvent
from telephony.vonage.files import TooLarge, fetch

log = logging.getLogger(__name__)

LONGEST = 20 * 60  # seconds for one file; shorter than it is taken for
STARTED = N_("This call is being recorded.")
STOPPED = N_("The recording has stopped.")
# Kept in English, and translated where they are shown.
TOO_LARGE = gettext_noop("The recording is too large to keep.")
ELSEWHERE = gettext_noop("The carrier named an address that is not its own.")
NOT_SOUND = gettext_noop("What the carrier sent is not a sound.")
EMPTY = gettext_noop("The carrier sent an empty file.")
NOT_STORED = gettext_noop("The file could not be stored.")


@receiver(recordings.recording_started, dispatch_uid="say that it is recorded")
def _say_started(
    room: Room, recording: Recording, participant: Participant | None, **_sent: Any
) -> None:
    """To all but those who heard it when they entered meanwhile."""
    told = RecordingNotice.objects.filter(recording=recording).values_list("participant", flat=True)
    told_before = set(told)
    stays = [stay for stay in actions.there(room) if stay.pk not in told_before]
    about = f"{recordings.NOTICE}{recording.pk}"
    # As news, so that a mute or a hang-up need not wait for it; but it is never too late for it.
    _say(room, stays, participant, STARTED, about, rank=Command.Rank.NEWS)


@receiver(recordings.recording_stopped, dispatch_uid="say that it is not recorded")
def _say_stopped(
    room: Room, recording: Recording, participant: Participant | None, **_sent: Any
) -> None:
    soon = timezone.now() + dt.timedelta(minutes=1)
    about = f"not_{recordings.NOTICE}{recording.pk}"
    _say(room, actions.there(room), participant, STOPPED, about, expires_at=soon)


def _say(
    room: Room,
    stays: list[Participant],
    led_back: Participant | None,
    english: str,
    about: str,
    **fields: Any,
) -> None:
    """Whose call was led back into its conversation for that is told when it is there again."""
    text, later = voice.say(room.language, english), timezone.now() + BACK_AGAIN
    others = [stay for stay in stays if stay != led_back]
    actions.say_to(room, others, text, about=about, **fields)
    if led_back in stays:
        actions.say_to(room, [led_back], text, about=about, due_at=later, **fields)


def apply(event: RecordEvent, conference_id: str, at: dt.datetime) -> None:
    """A recording has ended. Without `conference_id`, the conversation tells which.

    What ended in a conversation that is not known here is left alone.
    """
    if not conference_id:
        known = Conference.objects.exclude(carrier_conversation="")
        found = known.filter(carrier_conversation=event.conversation_uuid).order_by("-started_at")
        conference_id = found.values_list("pk", flat=True).first() or ""
    told = Told(event.uuid, event.url, event.start_time, event.end_time, event.size)
    recording_files.heard(conference_id, told, at)


def fetch_due(*, until: dt.datetime) -> int:
    """Get the files that are due, one by one; returns how many were tried."""
    tried = 0
    while timezone.now() < until and (recording := recording_files.take_next(timezone.now())):
        _fetch(recording)
        tried += 1
    return tried


def _fetch(recording: Recording) -> None:
    try:
        _get(recording)
    except _Refused as error:
        _failed(recording, str(error), final=True)
    except TooLarge:
        _failed(recording, TOO_LARGE, final=True)
    except VonageError as error:
        _failed(recording, f"{error}".rstrip(".") + ".")
    except (
        Exception
    ):  # whatever the storage raises: the next recording is to be fetched all the same
        log.exception("recording %s could not be stored", recording.pk)
        _failed(recording, NOT_STORED)


class _Refused(Exception):
    """It is not to be fetched, now or later."""


def _get(recording: Recording) -> None:
    if not carrier.is_its_own(recording.url):
        raise _Refused(ELSEWHERE)
    # A file without a name: a worker that is killed leaves nothing.
    with tempfile.TemporaryFile() as content:
        size = fetch(
            recording.url,
            content,
            application_id=settings.VONAGE_APPLICATION_ID,
            private_key=settings.VONAGE_PRIVATE_KEY,
            most_bytes=recording_files.MOST_BYTES,
            seconds=LONGEST,
        )
        content.seek(0)
        sound = files.format_of(content.read(16))
        if not size:
            raise VonageError(EMPTY, permanent=False)
        if sound is None:
            raise VonageError(NOT_SOUND, permanent=False)
        content.seek(0)
        name = recording_files.store(recording, content, sound)
    with transaction.atomic():
        shown = recording_files.show(recording, name, sound, size)
        if shown:
            _tell(recording)
    if not shown:
        files.erase(name)


def _tell(recording: Recording) -> None:
    """Whoever started it, by a page or the API; else the managers."""
    by = recording.started_by
    outbox.record(
        recording.room.account,
        kind=Notice.Kind.RECORDING_READY,
        key=f"recording_ready:{recording.pk}",
        template="recordings/notices/ready.txt",
        context={"recording": recording, "room": recording.room},
        room=recording.room,
        to=[by] if by else None,
    )


def _failed(recording: Recording, why: str, *, final: bool = False) -> None:
    log.warning("recording %s was not fetched: %s", recording.pk, why)
    recording_files.not_fetched(recording, why, timezone.now(), final=final)
