"""The recordings on a room's pages: who may see, hear and delete them."""

import datetime as dt
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import User
from rooms.conferences import recording_files
from rooms.conferences.models import Conference, Recording
from rooms.models import Room
from tests.kept_files import WAV, ready
from tests.on_the_line import ANA, enter

pytestmark = pytest.mark.django_db
Status = Recording.Status


def page(client: Client, room: Room) -> str:
    answer = client.get(f"/rooms/{room.pk}/recordings/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def address(recording: Recording, end: str = "file/") -> str:
    return f"/rooms/{recording.room_id}/recordings/{recording.pk}/{end}"


def with_status(room: Room, status: str, **facts: object) -> Recording:
    now = timezone.now()
    conference = Conference.objects.create(room=room, started_at=now, ended_at=now)
    return Recording.objects.create(
        conference=conference, room=room, status=status, started_at=now, **facts
    )


def test_a_member_hears_them(room: Room, media: Path, alice: User, bob_client: Client) -> None:
    recording = ready(room, started_by=alice)
    text = page(bob_client, room)
    assert f'src="{address(recording)}"' in text
    assert "Alice" in text
    assert "0:01" in text
    heard = bob_client.get(address(recording))
    assert (heard.status_code, heard.getvalue()) == (200, WAV)
    assert (heard["Content-Type"], heard["Cache-Control"]) == ("audio/wav", "private, no-store")
    assert "Content-Disposition" not in heard
    part = bob_client.get(address(recording), headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.getvalue()) == (206, b"RIFF")
    head = bob_client.head(address(recording))
    assert (head["Content-Length"], head.getvalue()) == (str(len(WAV)), b"")


def test_it_is_downloaded_under_a_name_that_says_what_it_is(
    room: Room, media: Path, bob_client: Client
) -> None:
    recording = ready(room)
    saved = bob_client.get(address(recording) + "?download=1")
    day = timezone.localtime(recording.started_at).strftime("%Y-%m-%d-%H%M")
    assert saved["Content-Disposition"] == f'attachment; filename="standup-{day}.wav"'
    assert saved.getvalue() == WAV


def test_an_outsider_finds_nothing(
    room: Room, media: Path, charlie_client: Client, charlie: User
) -> None:
    recording = ready(room)
    own = Room.objects.create(account=charlie.accounts.get(), name="Own")
    for where in (
        f"/rooms/{room.pk}/recordings/",
        address(recording, ""),
        address(recording),
        address(recording, "delete/"),
        f"/rooms/{own.pk}/recordings/{recording.pk}/file/",
        f"/rooms/{own.pk}/recordings/{recording.pk}/delete/",
    ):
        assert charlie_client.get(where).status_code == 404, where
        assert charlie_client.post(where).status_code in (404, 405), where
    assert Recording.objects.kept().count() == 1


def test_a_stranger_is_asked_to_log_in(room: Room, media: Path, client: Client) -> None:
    recording = ready(room)
    for where in (f"/rooms/{room.pk}/recordings/", address(recording), address(recording, "")):
        answer = client.get(where)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")


def test_the_player_is_allowed_by_the_policy(room: Room, bob_client: Client) -> None:
    policy = bob_client.get(f"/rooms/{room.pk}/recordings/")["Content-Security-Policy"]
    assert "media-src 'self'" in policy


def test_an_empty_page_says_how_to_begin(room: Room, bob_client: Client) -> None:
    assert "Press “Record”" in page(bob_client, room)
    room.records = True
    room.save()
    assert "recorded from the first caller on" in page(bob_client, room)


def test_it_is_seen_how_far_each_is(room: Room, bob_client: Client) -> None:
    starter = enter(room, ANA, name="Ana")
    going = with_status(room, Status.RECORDING, from_the_first=True)
    fetching = with_status(room, Status.FETCHING, started_by_participant=starter, error="Busy.")
    failed = with_status(room, Status.FAILED, error=recording_files.NONE_CAME)
    text = page(bob_client, room)
    assert "the room, from the first" in text
    assert "The last try failed: Busy. It is tried again." in text
    assert "The carrier sent no recording." in text
    assert "Ana" in text
    for one in (going, fetching):
        assert f'hx-get="{address(one, "")}"' in text
        assert f'id="{one.pk}"' in bob_client.get(address(one, "")).content.decode()
    assert f'hx-get="{address(failed, "")}"' not in text
    assert "<audio" not in text
    assert bob_client.get(address(failed)).status_code == 404


def test_it_is_deleted_after_it_was_asked_once(room: Room, media: Path, bob_client: Client) -> None:
    recording = ready(room)
    asked = bob_client.get(address(recording, "delete/"))
    assert "It does not come back." in asked.content.decode()
    assert Recording.objects.kept().exists()
    answer = bob_client.post(address(recording, "delete/"), follow=True)
    assert "The recording is deleted." in answer.content.decode()
    assert bob_client.get(address(recording)).status_code == 404
    recording_files.erase_deleted()
    assert not (media / recording.file).exists()
    assert bob_client.post(address(recording, "delete/")).status_code == 404


def test_one_that_goes_on_is_stopped_first(room: Room, bob_client: Client) -> None:
    recording = with_status(room, Status.RECORDING)
    answer = bob_client.post(address(recording, "delete/"), follow=True)
    assert "Stop the recording first." in answer.content.decode()
    assert Recording.objects.kept().exists()


def test_a_file_that_has_gone_is_not_found(room: Room, media: Path, bob_client: Client) -> None:
    recording = ready(room)
    (media / recording.file).unlink()
    assert bob_client.get(address(recording)).status_code == 404


def test_many_take_as_many_statements_as_few(
    room: Room,
    bob_client: Client,
    django_assert_max_num_queries: object,
) -> None:
    stay = enter(room, ANA)
    for _one in range(30):
        with_status(room, Status.FETCHING, started_by_participant=stay)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert "Page 1 of 2" in page(bob_client, room)


def test_an_archived_room_keeps_them(room: Room, media: Path, bob_client: Client) -> None:
    recording = ready(room)
    Room.objects.update(archived_at=timezone.now(), access_code=None)
    assert address(recording) in page(bob_client, room)
    assert f"/rooms/{room.pk}/recordings/" in bob_client.get(f"/rooms/{room.pk}/").content.decode()


def test_dates_are_told_in_the_members_zone(room: Room, bob: User, bob_client: Client) -> None:
    bob.time_zone = "Asia/Tokyo"
    bob.save()
    at = dt.datetime(2026, 3, 4, 20, 30, tzinfo=dt.UTC)
    one = with_status(room, Status.FAILED, error="x")
    Recording.objects.filter(pk=one.pk).update(started_at=at)
    assert "05:30" in page(bob_client, room)
