"""The live process, as a process: who may listen, how soon they hear, and that it ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from anyroom_site import live_watch
from rooms.conferences import presence
from rooms.models import Room

pytestmark = pytest.mark.django_db(transaction=True)


def _database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Live:
    def __init__(self) -> None:
        self.port = _free_port()
        self.listeners: list[Listener] = []
        command = f"granian --interface asgi --host 127.0.0.1 --port {self.port}"
        command += " --workers-kill-timeout 1s --backpressure 20000 anyroom_site.live:application"
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.process = subprocess.Popen(
            command.split(),
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": _database_url(), "PATH": path},
        )
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.process.kill()
        self.process.wait()
        pytest.fail("the live process did not start")

    def open(self, room: Room, client: Client | None, origin: str = "") -> "Listener":
        self.listeners.append(Listener(self.port, f"/live/rooms/{room.pk}", client, origin))
        return self.listeners[-1]

    def stop(self) -> float:
        """Seconds from SIGTERM to the end."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        return time.monotonic() - begun


class Listener:
    """One stream, read from a bare socket so that nothing hides when its bytes came."""

    def __init__(self, port: int, path: str, client: Client | None, origin: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
        if client:
            lines.append(f"Cookie: a=b; sessionid={client.cookies['sessionid'].value}")
        if origin:
            lines.append(f"Origin: {origin}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while line := self.file.readline().strip().decode():
            name, _colon, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    def next_version(self) -> int:
        while line := self.file.readline():
            if line.startswith(b"data: "):
                return int(line[6:])
        pytest.fail("the stream ended")

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def live(transactional_db: None) -> Iterator[Live]:
    process = Live()
    yield process
    process.stop()
    for listener in process.listeners:
        listener.close()


def _join(room: Room, call: str) -> int:
    with transaction.atomic():
        presence.join(call=call, caller="+34600123456", at=timezone.now(), room_id=room.pk)
    return Room.objects.get(pk=room.pk).live_version


def test_members_hear_of_a_change_within_a_second(
    live: Live, room: Room, alice_client: Client, bob_client: Client
) -> None:
    listeners = [live.open(room, alice_client), live.open(room, bob_client)]
    assert [one.status for one in listeners] == [200, 200]
    assert listeners[0].headers["content-type"] == "text/event-stream"
    assert [one.next_version() for one in listeners] == [0, 0]
    for call in ("call-1", "call-2", "call-3"):
        version = _join(room, call)
        begun = time.monotonic()
        assert [one.next_version() for one in listeners] == [version, version]
        assert time.monotonic() - begun < 1


def test_who_connects_late_hears_the_present_version_at_once(
    live: Live, room: Room, alice_client: Client
) -> None:
    version = _join(room, "call-1")
    listener = live.open(room, alice_client)
    assert listener.next_version() == version > 0


def test_a_change_of_one_room_is_not_told_to_another(
    live: Live, room: Room, alice_client: Client
) -> None:
    other = Room.objects.create(account=room.account, name="Other")
    listener = live.open(room, alice_client)
    assert listener.next_version() == 0
    _join(other, "call-1")
    listener.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        listener.next_version()


def test_strangers_outsiders_and_the_locked_out_hear_nothing(
    live: Live, room: Room, alice: Any, alice_client: Client, charlie_client: Client
) -> None:
    assert live.open(room, None).status == 403
    assert live.open(room, charlie_client).status == 404
    assert live.open(Room(pk="rm_none"), charlie_client).status == 404
    assert live.open(room, alice_client).status == 200
    alice.set_password("another one altogether")
    alice.save()
    assert live.open(room, alice_client).status == 403


def test_only_pages_of_the_site_may_listen(live: Live, room: Room, alice_client: Client) -> None:
    origin = f"http://127.0.0.1:{settings.PORT}"
    allowed = live.open(room, alice_client, origin)
    assert allowed.status == 200
    assert allowed.headers["access-control-allow-origin"] == origin
    assert allowed.headers["access-control-allow-credentials"] == "true"
    refused = live.open(room, alice_client, "https://evil.example")
    assert refused.status == 403
    assert "access-control-allow-origin" not in refused.headers


def test_it_ends_soon_on_sigterm_with_streams_open(
    live: Live, room: Room, alice_client: Client
) -> None:
    listeners = [live.open(room, alice_client) for _ in range(20)]
    assert [one.next_version() for one in listeners] == [0] * 20
    assert live.stop() < 5
    assert live.process.returncode == 0


def test_a_lost_message_heals(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "")
    monkeypatch.setattr(live_watch, "CHECK_ALL_EVERY", 0.3)
    monkeypatch.setattr(live_watch.Watcher, "_data_has_changed", lambda _watcher: False)

    async def heard() -> int | None:
        watcher = live_watch.Watcher()
        with watcher.stream(room.pk) as stream:
            stream.tell(0)
            assert await stream.next() == 0
            await asyncio.get_running_loop().run_in_executor(None, _join_and_close, room)
            async with asyncio.timeout(3):
                version = await stream.next()
            await watcher._in_thread(live_watch._close)
        return version

    assert asyncio.run(heard()) == Room.objects.get().live_version > 0


def _join_and_close(room: Room) -> None:
    _join(room, "call-1")
    connection.close()
