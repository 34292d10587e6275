"""The same run on PostgreSQL and Redis: a call, the pushed update, and the notice."""

import json
import subprocess
import sys
import threading
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

import pytest

from tests.processes.installation import ROOT, Installation, wait_for


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
