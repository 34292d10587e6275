"""The same run on PostgreSQL and Redis: a call, the pushed update, and the notice."""

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.processes.installation import ROOT, Installation, wait_for
from tests.suite import POSTGRES, REDIS

DATABASE = "anyroom_run_test"


def _server() -> str | None:
    """The PostgreSQL server's address, where it and Redis answer."""
    address = os.environ.get("TEST_DATABASE_URL") or POSTGRES
    try:
        psycopg.connect(address, connect_timeout=3).close()
        redis.Redis.from_url(os.environ.get("TEST_REDIS_URL") or REDIS).ping()
    except (psycopg.Error, redis.RedisError):
        return None
    return address


@pytest.fixture
def on_servers(tmp_path: Path) -> Iterator[Installation]:
    server = _server()
    if server is None:
        pytest.skip("PostgreSQL or Redis is not reachable")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    queue = (os.environ.get("TEST_REDIS_URL") or REDIS).rpartition("/")[0] + "/8"
    redis.Redis.from_url(queue).flushdb()
    address = server.rpartition("/")[0] + f"/{DATABASE}"
    made = Installation(
        tmp_path / "home", DATABASE_URL=address, REDIS_URL=queue, CARRIER_SPEECH_RATE="200"
    )
    try:
        yield made
    finally:
        made.stop()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


class Person:
    """Somebody who is logged in on the site, without a browser."""

    def __init__(self, installation: Installation) -> None:
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        session = installation.shell(
            "import json; from django.contrib.sessions.backends.db import SessionStore;"
            "from rooms.accounts.models import User;"
            "user = User.objects.get(email='demo@example.com'); store = SessionStore();"
            "store['_auth_user_id'] = user.pk;"
            "store['_auth_user_backend'] = 'django.contrib.auth.backends.ModelBackend';"
            "store['_auth_user_hash'] = user.get_session_auth_hash(); store.create();"
            "print(json.dumps(store.session_key))"
        )
        self.opener.addheaders = [("Cookie", f"sessionid={session}")]


@pytest.mark.timeout(180)
def test_a_call_on_postgresql_and_redis(on_servers: Installation) -> None:
    on_servers.run().wait_until_ready()
    demo: dict[str, Any] = json.loads(on_servers.manage("demo", "--json"))
    room = on_servers.shell(
        "import json; from rooms.models import Room; print(json.dumps(Room.objects.get().pk))"
    )
    told: list[str] = []
    address = f"http://localhost:{on_servers.ports['LIVE_PORT']}/live/rooms/{room}"
    stream = Person(on_servers).opener.open(address, timeout=60)

    def listen() -> None:
        for line in stream:
            if line.startswith(b"data:"):
                told.append(line.decode().split()[1])

    threading.Thread(target=listen, daemon=True).start()
    wait_for("the first version", lambda: told)
    command = [sys.executable, "-m", "carrier", "dial", "--from", "+15550123", "--to", "+15550100"]
    done = subprocess.run(
        [*command, "--keys", f"{demo['rooms'][0]['access_code']}#", "--stay", "1"],
        cwd=ROOT,
        env=on_servers.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    wait_for("a join and a leave to be pushed", lambda: len(told) >= 3)
    mail = on_servers.home / "mail"

    def told_of_it() -> bool:
        return any(b"1 left" in one.read_bytes() for one in mail.glob("*.eml"))

    wait_for("the notice", told_of_it, 60)
