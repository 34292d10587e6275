"""Files in an S3-compatible store, over HTTP, and what its address may look like."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory

from anyroom_site.environment import Environment
from rooms import files
from rooms.conferences import recording_files
from rooms.models import Room
from tests import object_store
from tests.kept_files import WAV, ready
from tests.object_store import Store


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with object_store.running() as one:
        yield one


@pytest.fixture
def in_store(store: Store, settings: Any) -> Store:
    environment = Environment({"RECORDINGS_URL": store.url})
    found = environment.file_store("RECORDINGS_URL", Path("/nowhere"))
    environment.finish()
    settings.STORAGES = {**settings.STORAGES, "recordings": found}
    return store


def given(name: str, size: int, asked: str) -> Any:
    request = RequestFactory().get("/", HTTP_RANGE=asked)
    return files.response(request, name, size=size, content_type="audio/wav")


def test_a_large_file_is_kept_and_given_in_parts(in_store: Store) -> None:
    content = os.urandom(20_000_000)  # more than one part of an upload
    files.keep("recordings/large.wav", io.BytesIO(content))
    assert "recordings/large.wav" in in_store.names()
    whole = given("recordings/large.wav", len(content), "")
    assert b"".join(whole.streaming_content) == content
    part = given("recordings/large.wav", len(content), "bytes=15000000-15000009")
    assert (part.status_code, part.getvalue()) == (206, content[15_000_000:15_000_010])
    files.keep("recordings/large.wav", io.BytesIO(WAV))
    assert given("recordings/large.wav", len(WAV), "").getvalue() == WAV
    files.erase("recordings/large.wav")
    files.erase("recordings/large.wav")
    assert "recordings/large.wav" not in in_store.names()


@pytest.mark.django_db
def test_a_member_hears_and_deletes_it(in_store: Store, room: Room, bob_client: Client) -> None:
    recording = ready(room)
    path = f"/rooms/{room.pk}/recordings/{recording.pk}"
    heard = bob_client.get(f"{path}/file/")
    assert heard.getvalue() == WAV
    page = bob_client.get(f"/rooms/{room.pk}/recordings/").content.decode()
    assert object_store.BUCKET not in page, "no address of the store is given away"
    bob_client.post(f"{path}/delete/")
    assert recording.file in in_store.names()
    recording_files.erase_deleted()
    assert recording.file not in in_store.names()


@pytest.mark.django_db
def test_a_file_that_the_store_has_lost_is_not_found(
    in_store: Store, room: Room, bob_client: Client
) -> None:
    recording = ready(room)
    files.erase(recording.file)
    path = f"/rooms/{room.pk}/recordings/{recording.pk}/file/"
    assert bob_client.get(path).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "s3://host/bucket",
        "s3://KEY:SECRET@host",
        "s3://KEY:SECRET@host/bucket/folder",
        "https://KEY:SECRET@host/bucket",
        "bucket",
    ],
)
def test_another_address_stops_the_start(address: str) -> None:
    environment = Environment({"RECORDINGS_URL": address})
    environment.file_store("RECORDINGS_URL", Path("/nowhere"))
    with pytest.raises(ImproperlyConfigured, match="RECORDINGS_URL does not name a bucket"):
        environment.finish()


def test_without_an_address_it_is_a_folder() -> None:
    environment = Environment({})
    found = environment.file_store("RECORDINGS_URL", Path("/srv/media"))
    environment.finish()
    assert found["OPTIONS"]["location"] == "/srv/media"  # type: ignore[index]


def test_an_address_with_tls_is_the_rule() -> None:
    environment = Environment({"X": "s3://KEY:SE%2FCRET@s3.example.com/files?region=nl-1"})
    options: Any = environment.file_store("X", Path("/nowhere"))["OPTIONS"]
    assert options["endpoint_url"] == "https://s3.example.com"
    assert (options["secret_key"], options["region_name"]) == ("SE/CRET", "nl-1")
