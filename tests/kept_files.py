"""Recordings with real files, for tests."""

import datetime as dt
import io
import wave
from typing import Any

from django.utils import timezone

from rooms import files
from rooms.conferences.models import Conference, Recording
from rooms.models import Room


def wav(seconds: float = 1, *, bits: int = 16) -> bytes:
    """A WAV file of silence, one channel, 8000 samples a second."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(bits // 8)
        file.setframerate(8000)
        file.writeframes(bytes(round(seconds * 8000) * bits // 8))
    return content.getvalue()


WAV = wav()


def ready(room: Room, *, days_ago: float = 0, **facts: Any) -> Recording:
    """A recording of a second, which has been fetched."""
    ended = timezone.now() - dt.timedelta(days=days_ago)
    conference = Conference.objects.create(room=room, started_at=ended, ended_at=ended)
    recording = Recording.objects.create(
        conference=conference,
        room=room,
        status=Recording.Status.READY,
        started_at=ended - dt.timedelta(seconds=1),
        stopped_at=ended,
        seconds=1,
        size=len(WAV),
        content_type="audio/wav",
        **facts,
    )
    recording.file = f"recordings/{recording.pk}.wav"
    recording.save()
    files.keep(recording.file, io.BytesIO(WAV))
    return recording
