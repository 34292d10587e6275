"""Recordings of conversations: made while people talk, kept on disk, fetched by the product."""

import asyncio
import logging
import tempfile
import time
import uuid as uuids
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carrier import events, wav
from carrier.call import Call, Entry
from carrier.deliveries import Deliveries
from carrier.ncco_check import Action
from carrier.settings import Settings

log = logging.getLogger("carrier")


@dataclass(eq=False)
class Recording:
    """One recording. Its webhook is written down with the call whose entry began it."""

    MARKS = 2000

    conversation_uuid: str
    call: Call
    event_url: str | None
    event_method: str
    uuid: str = field(default_factory=lambda: str(uuids.uuid4()))
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended_at: datetime | None = None
    tones: list[float] = field(default_factory=list)
    retries: tuple[float, ...] = ()
    _began: float = field(default_factory=time.monotonic)

    def mark(self) -> None:
        """Somebody came or went: a soft tone is heard there."""
        if len(self.tones) < self.MARKS:
            self.tones.append(self.seconds)

    @property
    def seconds(self) -> float:
        """How long it has gone on."""
        return time.monotonic() - self._began

    def record(self, kind: str, **facts: object) -> Entry:
        """Its webhook is on its way."""
        return self.call.record(kind, **facts)

    def amend(self, entry: Entry, **facts: object) -> None:
        """How its webhook was answered."""
        self.call.amend(entry, **facts)


class Recordings:
    """Those that run, and the files of those that are done.

    Files stay in the folder of the settings for 30 days, also when the carrier is started anew
    (Vonage keeps them as long); where no folder is set, until the carrier stops.
    """

    KEPT = 1000  # files
    DAYS = 30

    def __init__(self, settings: Settings, out: Deliveries) -> None:
        self._settings = settings
        self._out = out
        self._own: tempfile.TemporaryDirectory[str] | None = None
        if settings.recordings and settings.recordings.is_dir():
            self._clear(settings.recordings)

    def start(self, conversation_uuid: str, call: Call, action: Action) -> Recording:
        """A call enters with "record": true. The action says where it is told, if it does."""
        url = action.get("eventUrl", [None])[0]
        recording = Recording(conversation_uuid, call, url, action.get("eventMethod", "POST"))
        recording.mark()
        call.record("note", code="recording", text="The conversation is being recorded.")
        return recording

    def stop(self, recording: Recording) -> None:
        """It ends: the file is written, and then told."""
        recording.ended_at = datetime.now(UTC)
        self._out.spawn(self._save(recording, recording.seconds))

    def file(self, uuid: str) -> Path | None:
        """The file of a recording; None when there is none, or no more."""
        try:
            path = self._folder() / f"{uuids.UUID(uuid)}.wav"
        except ValueError:
            return None
        return path if path.is_file() and not _old(path, time.time()) else None

    def close(self) -> None:
        """The carrier stops: a folder of its own goes with it."""
        if self._own:
            self._own.cleanup()

    async def _save(self, recording: Recording, seconds: float) -> None:
        try:
            size = await asyncio.to_thread(self._write, self._folder(), recording, seconds)
        except OSError as error:
            log.warning("recording %s cannot be kept: %s", recording.uuid, error)
            text = "The recording cannot be kept."
            recording.record("note", code="not_kept", text=text, problem=str(error))
            return
        self._out.emit(recording, self._told(recording, size))
        self._out.finish(recording)

    def _write(self, folder: Path, recording: Recording, seconds: float) -> int:
        self._clear(folder)
        part = folder / f"{recording.uuid}.part"
        size = wav.write(part, seconds, recording.tones)
        part.rename(folder / f"{recording.uuid}.wav")
        return size

    def _folder(self) -> Path:
        if self._settings.recordings:
            self._settings.recordings.mkdir(parents=True, exist_ok=True)
            return self._settings.recordings
        if self._own is None:
            self._own = tempfile.TemporaryDirectory(prefix="carrier-recordings-")
        return Path(self._own.name)

    def _clear(self, folder: Path) -> None:
        """Delete what is too old, and the oldest of what is too much.

        That may be a file that was being written when the carrier was killed.
        """
        newest = sorted((*folder.glob("*.wav"), *folder.glob("*.part")), key=_made, reverse=True)
        now = time.time()
        for number, path in enumerate(newest, 1):
            if number >= self.KEPT or _old(path, now):
                path.unlink(missing_ok=True)

    def _told(self, recording: Recording, size: int) -> dict[str, Any]:
        url = f"{self._settings.region_url}/v1/files/{recording.uuid}"
        return events.recorded(recording, url, size)


def _made(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # deleted meanwhile
        return 0.0


def _old(path: Path, now: float) -> bool:
    return now - _made(path) > Recordings.DAYS * 86_400
