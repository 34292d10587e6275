"""The files of recordings: who is given which bytes, how long they are kept, and that they go."""

import datetime as dt
import io
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from rooms import files
from rooms.conferences import recording_files
from rooms.conferences.models import Conference, Recording
from rooms.conferences.recording_files import Told
from rooms.models import Room
from tests.kept_files import WAV, ready

pytestmark = pytest.mark.django_db
Status = Recording.Status
NAME = "recordings/rc_test.wav"
TEN = b"0123456789"


def given(media: Path, **headers: str) -> Any:
    files.keep(NAME, io.BytesIO(TEN))
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    request = RequestFactory().get("/", **named)  # type: ignore[arg-type]
    return files.response(request, NAME, size=len(TEN), content_type="audio/wav")


def test_the_whole_file_is_given(media: Path) -> None:
    answer = given(media)
    assert (answer.status_code, answer.getvalue()) == (200, TEN)
    assert answer["Content-Length"] == "10"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("asked", "bytes_given", "told"),
    [
        ("bytes=0-", TEN, "bytes 0-9/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-100", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", TEN, "bytes 0-9/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
    ],
)
def test_a_range_is_given(media: Path, asked: str, bytes_given: bytes, told: str) -> None:
    answer = given(media, range=asked)
    assert (answer.status_code, answer.getvalue()) == (206, bytes_given)
    assert answer["Content-Range"] == told
    assert answer["Content-Length"] == str(len(bytes_given))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_a_range_that_is_not_there_is_refused(media: Path, asked: str) -> None:
    answer = given(media, range=asked)
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */10")


@pytest.mark.parametrize("asked", ["bytes=4-2", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=x"])
def test_what_cannot_be_read_as_a_range_gives_all(media: Path, asked: str) -> None:
    answer = given(media, range=asked)
    assert (answer.status_code, answer.getvalue()) == (200, TEN)


def test_a_range_of_another_file_gives_all(media: Path) -> None:
    with closing(given(media, range="bytes=0-1", if_range='"other"')) as other:
        assert other.status_code == 200
    with closing(given(media, range="bytes=0-1", if_range=other["ETag"])) as own:
        assert own.status_code == 206


def test_files_are_the_services_alone(media: Path) -> None:
    files.keep(NAME, io.BytesIO(TEN))
    assert (media / NAME).stat().st_mode & 0o777 == 0o600
    assert (media / NAME).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (WAV[:16], "wav"),
        (b"ID3\x04\0\0\0\0\0\0\0\0", "mp3"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"\xff\xf3\x40\xc4", "mp3"),
        (b"RIFF\0\0\0\0AVI LIST", None),
        (b"<html><body>", None),
        (b"\xff\xd8\xff\xe0", None),
        (b"", None),
    ],
)
def test_a_sound_is_known_by_what_it_holds(head: bytes, ending: str | None) -> None:
    found = files.format_of(head)
    assert (found.ending if found else None) == ending


def heard(room: Room, **facts: Any) -> tuple[Conference, Told]:
    now = timezone.now()
    conference = Conference.objects.create(room=room, started_at=now, ended_at=now)
    told = {"carrier_id": "a", "url": "https://x", "started_at": None, "ended_at": None}
    return conference, Told(**{**told, "size": None, **facts})


def test_each_file_goes_to_the_recording_that_began_nearest(room: Room) -> None:
    now = timezone.now()
    conference, told = heard(room, started_at=now - dt.timedelta(minutes=9), ended_at=now)
    rows = [
        Recording.objects.create(
            conference=conference,
            room=room,
            status=Status.FETCHING,
            started_at=now - dt.timedelta(minutes=ago),
            stopped_at=now - dt.timedelta(minutes=ago - 5),
        )
        for ago in (30, 10)
    ]
    found = recording_files.heard(conference.pk, told, now)
    assert found == rows[1]
    assert found
    assert found.seconds == 540
    again = recording_files.heard(conference.pk, told, now)
    assert again is None
    rows[0].refresh_from_db()
    assert rows[0].carrier_id is None


def test_one_that_nobody_knows_of_is_written_down(room: Room) -> None:
    conference, told = heard(room)
    assert recording_files.heard(conference.pk, told, timezone.now())
    assert recording_files.heard("cf_nowhere", told, timezone.now()) is None
    assert Recording.objects.get().status == Status.FETCHING


def test_the_carriers_word_of_the_end_counts_before_ours(room: Room) -> None:
    """The conference goes on, and nobody asked for the end: a full disk at the carrier, say."""
    conference, told = heard(room)
    recording = Recording.objects.create(
        conference=conference, room=room, status=Status.RECORDING, started_at=timezone.now()
    )
    room.recording = recording
    room.save()
    recording_files.heard(conference.pk, told, timezone.now())
    room.refresh_from_db()
    assert room.recording is None


def test_without_a_word_it_has_failed_after_half_an_hour(room: Room) -> None:
    conference, told = heard(room)
    now = timezone.now()
    Recording.objects.create(
        conference=conference, room=room, status=Status.RECORDING, started_at=now
    )
    Recording.objects.filter().end(now)
    assert recording_files.take_next(now + dt.timedelta(minutes=29)) is None
    assert Recording.objects.get().status == Status.FETCHING
    later = now + dt.timedelta(minutes=31)
    assert recording_files.take_next(later) is None
    failed = Recording.objects.get()
    assert (failed.status, failed.error) == (Status.FAILED, "The carrier sent no recording.")
    # It comes after all.
    recording_files.heard(conference.pk, told, later)
    taken = recording_files.take_next(later)
    assert taken == failed
    assert taken
    assert taken.error == ""


def test_a_worker_takes_what_no_other_has(room: Room) -> None:
    conference, told = heard(room)
    now = timezone.now()
    recording_files.heard(conference.pk, told, now)
    assert recording_files.take_next(now)
    assert recording_files.take_next(now) is None
    # It was killed.
    taken = recording_files.take_next(now + recording_files.TAKEN_FOR)
    assert taken
    assert taken.attempts == 2


def test_it_is_tried_with_growing_pauses_for_three_days(room: Room) -> None:
    conference, told = heard(room)
    start = now = timezone.now()
    recording_files.heard(conference.pk, told, now)
    pauses = []
    while taken := recording_files.take_next(now):
        recording_files.not_fetched(taken, "Vonage answered 503", now)
        taken.refresh_from_db()
        if taken.due_at is None:
            break
        pauses.append((taken.due_at - now).total_seconds())
        now = taken.due_at
    assert pauses[:4] == [10, 30, 60, 120]
    assert pauses == sorted(pauses)
    assert dt.timedelta(days=3) < now - start < dt.timedelta(days=3, hours=2)
    failed = Recording.objects.get()
    assert (failed.status, failed.error) == (Status.FAILED, "Vonage answered 503")


def test_a_half_written_file_is_shown_to_nobody_and_replaced(room: Room, media: Path) -> None:
    conference, told = heard(room)
    now = timezone.now()
    recording = recording_files.heard(conference.pk, told, now)
    assert recording
    half = media / "recordings" / f"{recording.pk}.wav"
    half.parent.mkdir(parents=True)
    half.write_bytes(WAV[:100])
    name = recording_files.store(recording, io.BytesIO(WAV), files.WAV)
    assert recording_files.show(recording, name, files.WAV, len(WAV))
    recording.refresh_from_db()
    assert (recording.status, recording.size) == (Status.READY, len(WAV))
    assert half.read_bytes() == WAV
    assert [path.name for path in half.parent.iterdir()] == [half.name]


def test_deleted_is_deleted(room: Room, media: Path) -> None:
    recording = ready(room)
    path = media / recording.file
    assert path.is_file()
    recording_files.delete(recording)
    assert not Recording.objects.kept().exists()
    assert recording_files.erase_deleted() == 1
    assert not path.exists()
    recording.refresh_from_db()
    assert recording.file == ""
    assert recording_files.erase_deleted() == 0


def test_a_deletion_that_was_killed_is_finished(room: Room, media: Path) -> None:
    """The row was marked, the file was erased, and then the worker died."""
    recording = ready(room)
    recording_files.delete(recording)
    (media / recording.file).unlink()
    assert recording_files.erase_deleted() == 1


def test_one_that_is_deleted_while_it_is_fetched_does_not_appear(room: Room, media: Path) -> None:
    conference, told = heard(room)
    now = timezone.now()
    recording = recording_files.heard(conference.pk, told, now)
    assert recording
    name = recording_files.store(recording, io.BytesIO(WAV), files.WAV)
    recording_files.delete(recording)
    assert not recording_files.show(recording, name, files.WAV, len(WAV))
    assert recording_files.take_next(now) is None


def test_each_room_keeps_its_recordings_for_its_own_days(room: Room, media: Path) -> None:
    other = Room.objects.create(account=room.account, name="Other", recording_days=7)
    room.recording_days = 30
    room.save()
    kept = [ready(room, days_ago=29), ready(other, days_ago=6)]
    gone = [ready(room, days_ago=31), ready(other, days_ago=8)]
    assert recording_files.expire(timezone.now()) == 2
    assert set(Recording.objects.kept()) == set(kept)
    recording_files.erase_deleted()
    assert [(media / one.file).exists() for one in (*kept, *gone)] == [True, True, False, False]


def test_a_file_that_cannot_be_erased_keeps_no_other_from_its_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    conference = Conference.objects.create(room=room, started_at=timezone.now())
    for name in ("stuck.wav", "fine.wav"):
        Recording.objects.create(
            conference=conference,
            room=room,
            started_at=timezone.now(),
            deleted_at=timezone.now(),
            file=name,
        )

    def erase(name: str) -> None:
        if name == "stuck.wav":
            raise OSError("no permission")

    monkeypatch.setattr(files, "erase", erase)
    assert recording_files.erase_deleted() == 1
    assert Recording.objects.exclude(file="").get().file == "stuck.wav"
