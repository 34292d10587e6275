"""A room that records from the first, through all processes, into a store that speaks S3."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import object_store
from tests.object_store import Store
from tests.processes.installation import ROOT, Installation, wait_for


@pytest.fixture
def store() -> Iterator[Store]:
    with object_store.running() as one:
        yield one


@pytest.fixture
def recorded(tmp_path: Path, store: Store) -> Iterator[Installation]:
    made = Installation(tmp_path / "home", RECORDINGS_URL=store.url, CARRIER_SPEECH_RATE="200")
    try:
        yield made
    finally:
        made.stop()


class Api:
    def __init__(self, installation: Installation) -> None:
        self.root = f"{installation.url}/api/v1/"
        self.secret = installation.shell(
            "import json; from rooms.accounts.models import Account, ApiKey;"
            "_key, secret = ApiKey.make(Account.objects.get(), name='t', scopes=['read','control',"
            "'rooms']); print(json.dumps(secret))"
        )

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
        request = urllib.request.Request(
            self.root + path,
            None if body is None else json.dumps(body).encode(),
            {
                "Authorization": f"Bearer {self.secret}",
                "Content-Type": "application/json",
                **headers,
            },
            method=method,
        )
        return urllib.request.urlopen(request, timeout=10)

    def get(self, path: str) -> Any:
        return json.load(self.ask(path))


@pytest.mark.timeout(240)
def test_from_the_first_word_to_the_last_byte(recorded: Installation, store: Store) -> None:
    recorded.run().wait_until_ready()
    api = Api(recorded)
    [room] = api.get("rooms/")["data"]
    api.ask(f"rooms/{room['id']}/", "PATCH", {"records": True})
    command = [sys.executable, "-m", "carrier", "dial", "--from", "+15550123", "--to", "+15550100"]
    done = subprocess.run(
        [*command, "--keys", f"{room['access_code']}#", "--stay", "3"],
        cwd=ROOT,
        env=recorded.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "This call is recorded." in done.stdout

    def ready() -> Any:
        listed = api.get("recordings/")["data"]
        return [one for one in listed if one["status"] == "ready"]

    [recording] = wait_for("the recording", ready, 90)
    assert recording["from_the_first"] is True
    assert recording["seconds"] >= 2
    [name] = store.names()
    assert name == f"recordings/{recording['id']}.wav"

    path = f"recordings/{recording['id']}"
    whole = api.ask(f"{path}/file").read()
    assert len(whole) == recording["size"] > 2 * 8000 * 2
    assert (whole[:4], whole[8:12]) == (b"RIFF", b"WAVE")
    part = api.ask(f"{path}/file", Range="bytes=8-11")
    assert (part.status, part.read()) == (206, b"WAVE")

    assert proof(recorded) == [["entry", recording["id"], True]]

    mail = recorded.home / "mail"

    def told() -> bool:
        return any(b"is ready" in one.read_bytes() for one in mail.glob("*.eml"))

    wait_for("the notice", told, 60)
    api.ask(path, "DELETE")
    with pytest.raises(urllib.error.HTTPError) as gone:
        api.ask(f"{path}/file")
    assert gone.value.code == 404
    gone.value.close()
    wait_for("the file to go", lambda: not store.names(), 90)

    in_mid_call(recorded, api, room)
    for sound in ("hold", "joined", "left"):
        with urllib.request.urlopen(f"{recorded.url}/static/sounds/{sound}.wav") as answer:
            assert (answer.headers["Content-Type"], answer.read(4)) == ("audio/wav", b"RIFF")


def proof(recorded: Installation) -> Any:
    return recorded.shell(
        "import json; from rooms.conferences.models import RecordingNotice as N;"
        "print(json.dumps([(n.how, n.recording_id, n.participant.confirmed_at is not None)"
        " for n in N.objects.order_by('played_at')]))"
    )


def in_mid_call(recorded: Installation, api: Api, room: dict[str, Any]) -> None:
    """Two people talk; it is recorded for a while, and both hear when that begins and ends."""
    api.ask(f"rooms/{room['id']}/", "PATCH", {"records": False})
    phones = [Phone(recorded, f"+1555012{n}", room["access_code"]) for n in (4, 5)]
    [conference] = [one for one in api.get("conferences/")["data"] if not one["ended_at"]]
    path = f"conferences/{conference['id']}"
    for ask, words in (
        ("record", "This call is being recorded."),
        ("stop_recording", "The recording has stopped."),
    ):
        assert api.ask(f"{path}/{ask}", "POST", {}).status == 202
        for phone in phones:
            phone.wait_to_hear(words)

    def one_is_ready() -> Any:
        listed = api.get(f"recordings/?conference={conference['id']}")["data"]
        return [one for one in listed if one["status"] == "ready"]

    [recording] = wait_for("the second recording", one_is_ready, 60)
    told = [how for how, of, _confirmed in proof(recorded) if of == recording["id"]]
    assert told == ["said", "said"]
    for phone in phones:
        assert phone.state["conversation"], "nobody was cut off by that"
        phone.ask("hangup", {})


class Phone:
    """A phone that has keyed the code and is in."""

    def __init__(self, recorded: Installation, number: str, code: str) -> None:
        self._url = f"{recorded.phones_url}/phone/calls"
        self._url += "/" + self.ask("", {"from": number, "to": "+15550100"})["uuid"]
        wait_for("the question", lambda: self.state["heard"])
        self.ask("keys", {"digits": f"{code}#"})
        wait_for("the way in", lambda: self.state["conversation"])

    def ask(self, what: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}/{what}".rstrip("/"), data, headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.loads(answer.read() or b"null")

    @property
    def state(self) -> Any:
        return self.ask("")

    def wait_to_hear(self, words: str) -> None:
        wait_for(words, lambda: words in self.heard, 40)

    @property
    def heard(self) -> str:
        return " ".join(str(one) for one in self.state["heard"])
