"""What the carrier tells of recordings, and getting their files from it, over HTTP."""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import jwt
import pytest
from django.conf import settings as configured
from django.core import mail
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.utils import timezone

from rooms import files
from rooms.accounts.models import User
from rooms.conferences import recording_files, sounds
from rooms.conferences.commands import By
from rooms.conferences.models import Conference, Recording
from rooms.conferences.sounds import BuiltIn
from rooms.models import Room
from rooms.notices.models import Notice
from telephony import carrier, controls, conversations, receipts, recorded
from telephony.models import WebhookReceipt
from tests.kept_files import WAV
from tests.on_the_line import enter
from tests.telephony.fake_api import Vonage
from tests.telephony.vonage import new_uuid, post, stamp

pytestmark = pytest.mark.django_db
Status = Recording.Status
Payload = dict[str, Any]


class Files:
    """The carrier's files: answers every GET with `content`, whose length may be told wrongly."""

    def __init__(self) -> None:
        self.content, self.status, self.length = WAV, 200, 0
        self.asked: list[dict[str, str]] = []
        self.before: Callable[[], None] = lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append({"path": self.path, **dict(self.headers)})
                outer.before()
                self.send_response(outer.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", str(outer.length or len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content)

            def log_message(self, *_: Any) -> None:
                """Nothing on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def carriers(settings: Any, media: Path) -> Iterator[Files]:
    files = Files()
    settings.VONAGE_API_URL = files.url
    yield files
    files.server.shutdown()
    files.server.server_close()


@pytest.fixture
def recording(room: Room, bob: User) -> Recording:
    """One that has ended, and of whose file nothing was told yet."""
    end = timezone.now()
    start = end - dt.timedelta(minutes=2)
    conference = Conference.objects.create(
        room=room, started_at=start, ended_at=end, carrier_conversation="CON-1"
    )
    return Recording.objects.create(
        conference=conference,
        room=room,
        status=Status.FETCHING,
        started_by=bob,
        started_at=start,
        stopped_at=end,
        due_at=end + dt.timedelta(minutes=30),
    )


def event(recording: Recording, url: str, **facts: Any) -> Payload:
    uuid = new_uuid()
    return {
        "recording_url": f"{url}/v1/files/{uuid}",
        "recording_uuid": uuid,
        "size": len(WAV),
        "start_time": stamp(recording.started_at),
        "end_time": stamp(recording.started_at + dt.timedelta(seconds=118)),
        "conversation_uuid": "CON-1",
        "timestamp": stamp(timezone.now()),
        **facts,
    }


def tell(recording: Recording, payload: Payload) -> Any:
    return post(f"/telephony/recorded/{conversations.token(recording.conference_id)}", payload)


def fetch() -> int:
    return recorded.fetch_due(until=timezone.now() + dt.timedelta(seconds=30))


def test_the_file_is_fetched_and_told_to_who_started_it(
    recording: Recording, carriers: Files, media: Path, bob: User
) -> None:
    assert tell(recording, event(recording, carriers.url)).status_code == 204
    assert not carriers.asked, "nothing is fetched while the carrier waits for an answer"
    assert fetch() == 1
    recording.refresh_from_db()
    assert (recording.status, recording.seconds) == (Status.READY, 118)
    assert (recording.size, recording.content_type) == (len(WAV), "audio/wav")
    assert (media / recording.file).read_bytes() == WAV
    scheme, _space, token = carriers.asked[0]["Authorization"].partition(" ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (scheme, claims["application_id"]) == ("Bearer", configured.VONAGE_APPLICATION_ID)
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient) == (Notice.Kind.RECORDING_READY, bob)
    assert f"/rooms/{recording.room_id}/recordings/" in notice.text
    assert not mail.outbox


def test_without_who_started_it_the_managers_are_told(
    recording: Recording, carriers: Files, alice: User
) -> None:
    Recording.objects.update(started_by=None)
    tell(recording, event(recording, carriers.url))
    fetch()
    assert [one.recipient for one in Notice.objects.all()] == [alice]


def test_it_may_be_told_twice(recording: Recording, carriers: Files) -> None:
    payload = event(recording, carriers.url)
    for _time in range(2):
        tell(recording, payload)
    assert fetch() == 1
    # Again, later, and not to the letter; and to the application's own address.
    tell(recording, {**payload, "timestamp": stamp(timezone.now())})
    assert post("/telephony/event", payload).status_code == 204
    assert fetch() == 0
    assert Recording.objects.get().status == Status.READY
    assert len(carriers.asked) == Notice.objects.count() == 1


def test_it_may_be_told_at_the_applications_address(recording: Recording, carriers: Files) -> None:
    assert post("/telephony/event", event(recording, carriers.url)).status_code == 204
    fetch()
    assert Recording.objects.get().status == Status.READY


def test_it_may_be_told_before_we_know_that_it_has_ended(
    recording: Recording, carriers: Files
) -> None:
    Recording.objects.update(status=Status.RECORDING, stopped_at=None, due_at=None)
    Conference.objects.update(ended_at=None)
    Room.objects.update(recording=recording, open_conference=recording.conference_id)
    payload = event(recording, carriers.url)
    tell(recording, payload)
    recording.refresh_from_db()
    assert recording.status == Status.FETCHING
    assert recording.stopped_at
    assert stamp(recording.stopped_at) == payload["end_time"]
    assert Room.objects.get(pk=recording.room_id).recording is None


def test_it_may_never_be_told(recording: Recording, carriers: Files) -> None:
    Recording.objects.update(due_at=timezone.now())
    assert fetch() == 0
    recording.refresh_from_db()
    assert recording.error == "The carrier sent no recording."
    tell(recording, event(recording, carriers.url))
    fetch()
    recording.refresh_from_db()
    assert (recording.status, recording.error) == (Status.READY, "")


def test_one_that_was_kept_and_not_acted_on_is_found(
    recording: Recording, carriers: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as killed:
        killed.setattr(recording_files, "heard", dies)
        assert tell(recording, event(recording, carriers.url)).status_code == 204
    assert Recording.objects.get().url == ""
    WebhookReceipt.objects.update(received_at=timezone.now() - dt.timedelta(minutes=1))
    receipts.sweep(timezone.now())
    assert Recording.objects.get().url


@pytest.mark.parametrize(
    "token", ["cf_01jd2k42vn7ex4h1t0y6qs9w0a", "cf_01jd2k42vn7ex4h1t0y6qs9w0a:wrong"]
)
def test_an_address_that_is_not_ours_is_refused(
    recording: Recording, carriers: Files, token: str
) -> None:
    answer = post(f"/telephony/recorded/{token}", event(recording, carriers.url))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_an_unsigned_word_is_refused(recording: Recording, carriers: Files) -> None:
    path = f"/telephony/recorded/{conversations.token(recording.conference_id)}"
    body = json.dumps(event(recording, carriers.url))
    assert Client().post(path, body, content_type="application/json").status_code == 401
    assert Recording.objects.get().url == ""


def test_of_an_unknown_conversation_nothing_follows(recording: Recording, carriers: Files) -> None:
    payload = event(recording, carriers.url, conversation_uuid="CON-2")
    assert post("/telephony/event", payload).status_code == 204
    assert Recording.objects.get().url == ""
    assert WebhookReceipt.objects.get().processed_at


@pytest.mark.parametrize(
    ("api_url", "url", "own"),
    [
        ("https://api.nexmo.com", "https://api.nexmo.com/v1/files/x", True),
        ("https://api.nexmo.com", "https://api-us-1.nexmo.com/v1/files/x", True),
        ("https://api.nexmo.com", "https://api-eu-3.vonage.com/v1/files/x", True),
        ("https://api.nexmo.com", "http://api.nexmo.com/v1/files/x", False),
        ("https://api.nexmo.com", "https://nexmo.com.evil.example/v1/files/x", False),
        ("https://api.nexmo.com", "https://evilnexmo.com/v1/files/x", False),
        ("https://api.nexmo.com", "https://api.nexmo.com@evil.example/v1/files/x", False),
        ("https://api.nexmo.com", "https://evil.example\\.nexmo.com/", False),
        ("https://api.nexmo.com", "https://[", False),
        ("https://api.nexmo.com", "https://169.254.169.254/latest/meta-data", False),
        ("http://127.0.0.1:8010", "http://127.0.0.1:8010/v1/files/x", True),
        ("http://127.0.0.1:8010", "http://127.0.0.1:5432/", False),
        ("http://127.0.0.1:8010", "http://127.0.0.1:8010@evil.example/", False),
        ("http://127.0.0.1:8010", "https://api.nexmo.com/v1/files/x", False),
        ("http://127.0.0.1:8010", "file:///etc/passwd", False),
        ("http://127.0.0.1:8010", "http://[", False),
    ],
)
def test_only_the_carrier_is_asked(settings: Any, api_url: str, url: str, own: bool) -> None:
    settings.VONAGE_API_URL = api_url
    assert carrier.is_its_own(url) is own


def test_no_other_host_is_asked(recording: Recording, carriers: Files, settings: Any) -> None:
    settings.VONAGE_API_URL = "http://127.0.0.1:9"
    tell(recording, event(recording, carriers.url))
    fetch()
    recording.refresh_from_db()
    assert (recording.status, recording.error) == (Status.FAILED, recorded.ELSEWHERE)
    assert not carriers.asked


@contextmanager
def failing(recording: Recording, error: str) -> Iterator[None]:
    """What happens meanwhile fails once with this, and the next try succeeds."""
    yield
    recording.refresh_from_db()
    assert (recording.status, recording.error) == (Status.FETCHING, error)
    assert recording.due_at
    assert recording.due_at > timezone.now()
    Recording.objects.update(due_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"status": 503}, "Vonage answered 503."),
        ({"status": 404}, "Vonage answered 404."),
        ({"status": 302}, "Vonage answered 302."),
        ({"length": 2 * len(WAV)}, "Vonage was not reached: ChunkedEncodingError."),
        ({"content": b"<html>Down for maintenance</html>"}, recorded.NOT_SOUND),
        ({"content": b""}, recorded.EMPTY),
    ],
    ids=["busy", "not yet there", "elsewhere", "broken off", "no sound", "empty"],
)
def test_what_fails_is_tried_again(
    recording: Recording, carriers: Files, change: dict[str, Any], error: str
) -> None:
    tell(recording, event(recording, carriers.url))
    before = {name: getattr(carriers, name) for name in change}
    vars(carriers).update(change)
    with failing(recording, error):
        fetch()
    vars(carriers).update(before)
    fetch()
    assert Recording.objects.get().status == Status.READY


def test_what_is_too_large_is_not_kept(
    recording: Recording, carriers: Files, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_files, "MOST_BYTES", len(WAV) - 1)
    tell(recording, event(recording, carriers.url))
    fetch()
    recording.refresh_from_db()
    assert (recording.status, recording.error) == (Status.FAILED, recorded.TOO_LARGE)
    assert not list(media.rglob("*.wav"))


def test_a_storage_that_fails_holds_up_nothing_else(
    recording: Recording, carriers: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    tell(recording, event(recording, carriers.url))
    with monkeypatch.context() as disk, failing(recording, recorded.NOT_STORED):
        disk.setattr(FileSystemStorage, "_save", full)
        fetch()
    fetch()
    assert Recording.objects.get().status == Status.READY


class Killed(BaseException):
    """As a SIGKILL: nothing of ours runs after it."""


@pytest.mark.parametrize("where", ["stored", "shown"])
def test_a_worker_may_be_killed_anywhere(
    recording: Recording,
    carriers: Files,
    media: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    """Before the row says that the file is there, and in the transaction that tells of it."""

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    tell(recording, event(recording, carriers.url))
    with monkeypatch.context() as killed:
        if where == "stored":
            killed.setattr(recording_files, "show", dies)
        else:
            killed.setattr(recorded, "_tell", dies)
        with pytest.raises(Killed):
            fetch()
    recording.refresh_from_db()
    assert recording.status == Status.FETCHING, "nobody can play it yet"
    assert not Notice.objects.exists()
    assert fetch() == 0, "another worker may still be at it"
    Recording.objects.update(due_at=timezone.now())
    assert fetch() == 1
    recording.refresh_from_db()
    assert (media / recording.file).read_bytes() == WAV
    assert len(list(media.rglob("*.*"))) == Notice.objects.count() == 1


def test_one_that_is_deleted_while_it_is_fetched_leaves_no_file(
    recording: Recording, carriers: Files, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = recording_files.show

    def deleted_first(one: Recording, *facts: Any) -> bool:
        recording_files.delete(one)
        return show(one, *facts)

    monkeypatch.setattr(recording_files, "show", deleted_first)
    tell(recording, event(recording, carriers.url))
    fetch()
    assert not list(media.rglob("*.wav"))
    assert not Notice.objects.exists()


@pytest.mark.parametrize("erased", ["before it is stored", "after"])
def test_a_worker_that_is_killed_leaves_no_file_of_one_that_was_deleted_meanwhile(
    erased: str,
    recording: Recording,
    carriers: Files,
    media: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep = files.keep

    def kept(name: str, content: IO[bytes]) -> None:
        recording_files.delete(recording)
        if erased == "before it is stored":
            recording_files.erase_deleted()
        keep(name, content)
        raise Killed

    monkeypatch.setattr(files, "keep", kept)
    tell(recording, event(recording, carriers.url))
    with pytest.raises(Killed):
        fetch()
    assert list(media.rglob("*.wav"))
    recording_files.erase_deleted()
    assert not list(media.rglob("*.wav"))
    Recording.objects.update(due_at=timezone.now())
    assert recording_files.erase_deleted() == 1, "nobody can be storing it any more"
    assert recording_files.erase_deleted() == 0


def test_an_mp3_is_kept_as_one(recording: Recording, carriers: Files) -> None:
    carriers.content = b"ID3" + bytes(2000)
    tell(recording, event(recording, carriers.url))
    fetch()
    recording.refresh_from_db()
    assert (recording.content_type, recording.file[-4:]) == ("audio/mpeg", ".mp3")


@pytest.mark.parametrize(("url", "loop"), [(sounds.MUSIC.url, 0), ("https://x/sounds/a.wav", 1)])
def test_music_goes_round_and_a_sound_does_not(
    vonage_api: Vonage, room: Room, url: str, loop: int
) -> None:
    enter(room)
    sounds.play(room, BuiltIn("x", "X", url), By())
    controls.carry_out(until=timezone.now() + dt.timedelta(seconds=10))
    assert [body for _path, body in vonage_api.asked] == [{"stream_url": [url], "loop": loop}]
