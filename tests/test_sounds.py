"""Sounds: what may be uploaded, who hears them, and that they are played to all who are in."""

import wave
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anyroom_site import make_sounds
from rooms.accounts.models import Account, User
from rooms.conferences import sounds
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Sound
from rooms.models import Room
from tests.api_client import Api, codes, slug
from tests.kept_files import WAV, wav
from tests.on_the_line import ANA, BEN, carry_out, enter

pytestmark = pytest.mark.django_db
MP3 = b"ID3\x04" + bytes(500)
BOUNDARY = "a-boundary"


def file(content: bytes = WAV, name: str = "gong.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def gong(account: Account, alice: User, media: Path) -> Sound:
    return sounds.upload(account, "Gong", file(), alice)


def upload(client: Client, content: bytes = WAV, **fields: Any) -> Any:
    return client.post("/sounds/", {"name": "Gong", "file": file(content), **fields})


def test_a_member_uploads_and_hears_one(media: Path, bob_client: Client) -> None:
    assert upload(bob_client)["Location"] == "/sounds/"
    sound = Sound.objects.get()
    assert (sound.name, sound.content_type, sound.size) == ("Gong", "audio/wav", len(WAV))
    assert (media / sound.file).read_bytes() == WAV
    text = bob_client.get("/sounds/").content.decode()
    assert f'src="/sounds/{sound.pk}/file/"' in text
    assert sound.token not in text
    assert bob_client.get(f"/sounds/{sound.pk}/file/").getvalue() == WAV


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"<html>not a sound</html>", "Choose a WAV or an MP3 file."),
        (wav(bits=8), "Phones play WAV files of 16 bits only."),
        (WAV[:20], "Phones play WAV files of 16 bits only."),
        (wav(0), "Phones play WAV files of 16 bits only."),
    ],
    ids=["no sound", "8 bits", "broken off", "empty"],
)
def test_what_a_phone_cannot_play_is_refused(
    media: Path, bob_client: Client, content: bytes, error: str
) -> None:
    answer = upload(bob_client, content)
    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert not Sound.objects.exists()
    assert not list(media.rglob("*.*"))


def test_a_large_file_is_refused(media: Path, account: Account) -> None:
    large = file(MP3 + bytes(sounds.MOST_BYTES))
    with pytest.raises(ValidationError) as refused:
        sounds.upload(account, "Large", large, None)
    assert refused.value.message_dict == {"file": ["Choose a file of 10 MB at most."]}


def test_a_name_is_one_line(media: Path, bob_client: Client) -> None:
    assert upload(bob_client, name="").status_code == 422
    assert upload(bob_client, name="x" * 101).status_code == 422
    upload(bob_client, name="  Two \n words ")
    assert Sound.objects.get().name == "Two words"


def test_an_account_has_so_many(
    media: Path, gong: Sound, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sounds, "MOST_SOUNDS", 1)
    with pytest.raises(ValidationError, match="There are 1 sounds already"):
        sounds.upload(account, "Another", file(), None)
    sounds.delete(gong)
    sounds.upload(account, "Another", file(), None)


def test_the_carrier_fetches_it_without_a_key(gong: Sound, client: Client) -> None:
    url = sounds.url(gong)
    path = url.removeprefix("http://localhost:8000")
    assert path == f"/sounds/{gong.token}.wav"
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
    assert answer.getvalue() == WAV
    assert not answer.cookies
    assert len(gong.token) == 32
    assert client.get(f"/sounds/{'x' * 32}.wav").status_code == 404


def test_an_outsider_finds_nothing(gong: Sound, charlie_client: Client, room: Room) -> None:
    assert "Gong" not in charlie_client.get("/sounds/").content.decode()
    for where in (f"/sounds/{gong.pk}/file/", f"/sounds/{gong.pk}/delete/"):
        assert charlie_client.get(where).status_code == 404
    assert charlie_client.post(f"/sounds/{gong.pk}/delete/").status_code == 404
    for where in ("play/", "play/stop/"):
        answer = charlie_client.post(f"/rooms/{room.pk}/{where}", {"sound": "music"})
        assert answer.status_code == 404
    assert Sound.objects.kept().exists()


def test_a_stranger_logs_in_first(gong: Sound, client: Client) -> None:
    for where in ("/sounds/", f"/sounds/{gong.pk}/file/", f"/sounds/{gong.pk}/delete/"):
        assert client.get(where)["Location"].startswith("/accounts/login/")


def test_deleted_is_deleted(gong: Sound, media: Path, bob_client: Client, client: Client) -> None:
    assert "Delete “Gong”?" in bob_client.get(f"/sounds/{gong.pk}/delete/").content.decode()
    bob_client.post(f"/sounds/{gong.pk}/delete/")
    assert client.get(f"/sounds/{gong.token}.wav").status_code == 404
    assert sounds.erase_deleted() == 1
    assert not (media / gong.file).exists()
    assert not Sound.objects.exists()


def test_it_is_played_to_those_who_are_in(gong: Sound, room: Room, bob: User) -> None:
    people = {enter(room, ANA), enter(room, BEN)}
    written = sounds.play(room, gong, By(user=bob))
    assert {one.participant for one in written} == people
    assert {one.sound_url for one in written} == {sounds.url(gong)}
    again = sounds.play(room, sounds.MUSIC, By(user=bob))
    assert carry_out() == ["play", "play"], "a sound that was not played yet gives way"
    assert {one.sound_url for one in again} == {sounds.MUSIC.url}
    sounds.stop(room, By(user=bob))
    assert carry_out() == ["stop", "stop"]


def test_who_waits_has_music_already(gong: Sound, room: Room) -> None:
    room.waits_for_host = True
    room.save()
    enter(room)
    with pytest.raises(ValidationError, match="Nobody is in yet"):
        sounds.play(room, gong, By())


def test_the_panel_plays_and_stops(gong: Sound, room: Room, bob_client: Client) -> None:
    shown = {"conference": enter(room).conference_id}
    text = bob_client.get(f"/rooms/{room.pk}/").content.decode()
    assert f'<option value="{gong.pk}">Gong</option>' in text
    assert '<option value="music">Music</option>' in text
    headers = {"HX-Request": "true"}
    play = {"sound": gong.pk, **shown}
    played = bob_client.post(f"/rooms/{room.pk}/play/", play, headers=headers)
    assert "It is being played to 1." in played.content.decode()
    stopped = bob_client.post(f"/rooms/{room.pk}/play/stop/", shown, headers=headers)
    assert "What was playing is being stopped." in stopped.content.decode()
    assert [one.kind for one in Command.objects.order_by("created_at")] == ["play", "stop"]


def test_the_panel_says_why_not(gong: Sound, room: Room, bob_client: Client) -> None:
    headers = {"HX-Request": "true"}
    path = f"/rooms/{room.pk}/play/"
    nobody = bob_client.post(path, {"sound": "music", "conference": ""}, headers=headers)
    assert (nobody.status_code, "Nobody is on the line." in nobody.content.decode()) == (422, True)
    enter(room)
    sounds.delete(gong)
    gone = bob_client.post(path, {"sound": gong.pk}, headers=headers)
    assert "There is no such sound any more." in gone.content.decode()
    assert not Command.objects.exists()


def test_another_accounts_sound_is_none(gong: Sound, charlie: User) -> None:
    with pytest.raises(ValidationError):
        sounds.find(charlie.accounts.get(), gong.pk)


def form(**fields: bytes) -> bytes:
    """A body of multipart/form-data."""
    parts = []
    for name, value in fields.items():
        named = f'name="{name}"' + ('; filename="x"' if name == "file" else "")
        parts.append(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {named}\r\n\r\n".encode())
        parts.append(value + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def test_the_api_uploads_lists_and_deletes(media: Path, account: Account) -> None:
    api = Api(account, "read", "control")
    made = api.post("sounds/", form(name=b"Gong", file=MP3), **FORM)
    assert made.status_code == 201
    sound = made.json()
    assert (sound["name"], sound["content_type"], sound["size"]) == ("Gong", "audio/mpeg", len(MP3))
    assert set(sound) == {"id", "name", "content_type", "size", "created_at"}
    assert api.get("sounds/").json()["data"] == [sound]
    assert api.get(f"sounds/{sound['id']}").json() == sound
    assert api.delete(f"sounds/{sound['id']}").status_code == 204
    assert slug(api.get(f"sounds/{sound['id']}")) == "not-found"


def test_an_upload_is_made_once(media: Path, account: Account) -> None:
    api, body = Api(account), form(name=b"Gong", file=WAV)
    first = api.post("sounds/", body, **FORM, Idempotency_Key="once")
    again = api.post("sounds/", body, **FORM, Idempotency_Key="once")
    assert first.json() == again.json()
    assert Sound.objects.count() == 1


def test_the_api_takes_ten_megabytes_and_no_more(media: Path, account: Account) -> None:
    api = Api(account)
    just = MP3 + bytes(sounds.MOST_BYTES - len(MP3))
    assert api.post("sounds/", form(name=b"Long", file=just), **FORM).status_code == 201
    over = api.post("sounds/", form(name=b"Longer", file=just + b"x"), **FORM)
    assert codes(over) == {"/file": "too_large"}
    far_over = api.post("sounds/", form(name=b"Longest", file=just + bytes(10**6)), **FORM)
    assert slug(far_over) == "too-large"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"name": b"Gong"}, {"/file": "required"}),
        ({"file": WAV}, {"/name": "required"}),
        ({"name": b"Gong", "file": b"text"}, {"/file": "not_sound"}),
        ({"name": b"Gong", "file": WAV, "loud": b"1"}, {"/loud": "unknown"}),
    ],
)
def test_the_api_says_what_is_wrong(
    media: Path, account: Account, fields: dict[str, bytes], errors: dict[str, str]
) -> None:
    assert codes(Api(account).post("sounds/", form(**fields), **FORM)) == errors


def test_the_api_takes_no_json_as_a_sound(account: Account) -> None:
    assert slug(Api(account).post("sounds/", {"name": "x"})) == "unsupported-media-type"


def test_the_api_plays(gong: Sound, room: Room, account: Account, charlie: User) -> None:
    stay = enter(room)
    api, path = Api(account, "control"), f"conferences/{stay.conference_id}"
    played = api.post(f"{path}/play", {"sound": gong.pk})
    assert played.status_code == 202
    [command] = played.json()["data"]
    assert (command["kind"], command["participant"]) == ("play", stay.pk)
    assert sounds.url(gong) not in played.content.decode()
    assert api.post(f"{path}/stop_playing").status_code == 202
    assert codes(api.post(f"{path}/play", {"sound": "so_none"})) == {"/sound": "not_found"}
    assert slug(Api(account, "read").post(f"{path}/play", {"sound": "music"})) == "missing-scope"
    theirs = Api(charlie.accounts.get())
    assert slug(theirs.post(f"{path}/play", {"sound": "music"})) == "not-found"


@pytest.mark.parametrize(
    ("name", "low", "high"), [("hold", 20, 30), ("joined", 0, 1), ("left", 0, 1)]
)
def test_the_built_in_sounds_are_what_a_phone_plays(name: str, low: int, high: int) -> None:
    path = make_sounds.FOLDER / f"{name}.wav"
    assert path.stat().st_size <= 500_000
    with wave.open(str(path)) as sound:
        shape = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
        assert shape == (1, 2, 8000)
        assert low < sound.getnframes() / 8000 <= high


def test_the_built_in_sounds_are_made_by_their_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = make_sounds.FOLDER
    monkeypatch.setattr(make_sounds, "FOLDER", tmp_path)
    make_sounds.main()
    for path in kept.glob("*.wav"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
