"""Recordings on the API."""

from pathlib import Path

import pytest
from django.utils import timezone

from rooms.accounts.models import Account, User
from rooms.conferences import recording_files
from rooms.conferences.models import Conference, Recording
from rooms.models import Room
from tests.api_client import Api, Person, slug
from tests.kept_files import WAV, ready

pytestmark = pytest.mark.django_db


def test_they_are_listed_and_read(room: Room, media: Path, account: Account, alice: User) -> None:
    old, new = ready(room, days_ago=2), ready(room, days_ago=1, started_by=alice)
    other = ready(Room.objects.create(account=account, name="Other"))
    api = Api(account, "read")
    listed = api.get("recordings/").json()["data"]
    assert [one["id"] for one in listed] == [other.pk, new.pk, old.pk]
    assert listed[1] == {
        "id": new.pk,
        "conference": new.conference_id,
        "room": room.pk,
        "status": "ready",
        "from_the_first": False,
        "started_by": alice.pk,
        "started_at": listed[1]["started_at"],
        "stopped_at": listed[1]["stopped_at"],
        "seconds": 1,
        "size": len(WAV),
        "content_type": "audio/wav",
        "error": "",
    }
    of_room = api.get(f"recordings/?room={room.pk}").json()["data"]
    assert [one["id"] for one in of_room] == [new.pk, old.pk]
    of_conference = api.get(f"recordings/?conference={old.conference_id}").json()["data"]
    assert [one["id"] for one in of_conference] == [old.pk]
    assert api.get(f"recordings/{old.pk}").json()["id"] == old.pk


@pytest.mark.parametrize("query", ["room=rm_01jd2k42vn7ex4h1t0y6qs9w0a", "conference=x", "room=x"])
def test_a_filter_that_names_nothing_is_not_found(account: Account, query: str) -> None:
    assert slug(Api(account).get(f"recordings/?{query}")) == "not-found"


def test_another_accounts_room_is_not_found(
    room: Room, media: Path, charlie: User, account: Account
) -> None:
    recording = ready(room)
    theirs = Api(charlie.accounts.get())
    for path in (
        f"recordings/?room={room.pk}",
        f"recordings/?conference={recording.conference_id}",
        f"recordings/{recording.pk}",
        f"recordings/{recording.pk}/file",
    ):
        assert slug(theirs.get(path)) == "not-found", path
    assert slug(theirs.delete(f"recordings/{recording.pk}")) == "not-found"


def test_hearing_and_deleting_need_the_scope_control(
    room: Room, media: Path, account: Account
) -> None:
    recording = ready(room)
    reads = Api(account, "read", "rooms")
    assert slug(reads.get(f"recordings/{recording.pk}/file")) == "missing-scope"
    assert slug(reads.delete(f"recordings/{recording.pk}")) == "missing-scope"
    assert Recording.objects.kept().exists()


def test_the_file_is_given_with_ranges(room: Room, media: Path, account: Account) -> None:
    recording = ready(room)
    api = Api(account, "control")
    whole = api.get(f"recordings/{recording.pk}/file")
    assert (whole.status_code, whole.getvalue()) == (200, WAV)
    assert whole["Content-Disposition"].startswith("attachment")
    assert whole["Cache-Control"] == "private, no-store"
    part = api.get(f"recordings/{recording.pk}/file", Range="bytes=8-11")
    assert (part.status_code, part.getvalue()) == (206, b"WAVE")
    beyond = api.get(f"recordings/{recording.pk}/file", Range="bytes=99999999-")
    assert beyond.status_code == 416


def test_a_member_hears_it_by_login(room: Room, media: Path, bob: User) -> None:
    recording = ready(room)
    assert Person(bob).get(f"recordings/{recording.pk}/file").getvalue() == WAV


def test_it_is_deleted(room: Room, media: Path, account: Account) -> None:
    recording = ready(room)
    api = Api(account, "control", "read")
    assert api.delete(f"recordings/{recording.pk}").status_code == 204
    assert slug(api.get(f"recordings/{recording.pk}")) == "not-found"
    recording_files.erase_deleted()
    assert not (media / recording.file).exists()


def test_one_that_goes_on_is_a_conflict(room: Room, account: Account) -> None:
    now = timezone.now()
    recording = Recording.objects.create(
        conference=Conference.objects.create(room=room, started_at=now),
        room=room,
        status="recording",
        started_at=now,
    )
    api = Api(account, "control")
    assert slug(api.delete(f"recordings/{recording.pk}")) == "conflict"
    assert slug(api.get(f"recordings/{recording.pk}/file")) == "not-found"


def test_it_takes_no_changes(room: Room, media: Path, account: Account) -> None:
    recording = ready(room)
    api = Api(account)
    assert slug(api.patch(f"recordings/{recording.pk}", {"size": 1})) == "method-not-allowed"
    assert slug(api.post("recordings/", {})) == "method-not-allowed"
