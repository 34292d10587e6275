"""Phones of the embedded carrier, and a room with a key to the API, for tests of whole calls."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tests.processes.installation import Installation, wait_for

SERVICE = "+15550100"
ENTER_CODE = "Key your room code"
T = TypeVar("T")

# A room with what `FIELDS` say, in an account of its own; its key; and a session on the pages.
MAKE_ROOM = """
import json
from django.contrib.sessions.backends.db import SessionStore
from rooms import changes
from rooms.accounts.models import ApiKey, User
user = User.objects.get(email="demo@example.com")
account = user.memberships.get().account
room = changes.make(account, **json.loads('''FIELDS'''))
_key, secret = ApiKey.make(account, name="line", scopes=["read", "rooms", "control"])
session = SessionStore()
session["_auth_user_id"] = user.pk
session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
session["_auth_user_hash"] = user.get_session_auth_hash()
session.create()
print(json.dumps({"id": room.pk, "code": room.access_code, "host_pin": room.host_pin,
                  "secret": secret, "session": session.session_key}))
"""


def ask(url: str, body: Any = None, method: str = "", **headers: str) -> Any:
    """JSON for JSON; an HTTP error is raised as urllib does."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, data, headers, method=method or None)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or "null")


def at_once(work: Callable[..., T], *about: Iterable[Any]) -> list[T]:
    """What `work` returns for each, done side by side."""
    with ThreadPoolExecutor(16) as hands:
        return list(hands.map(work, *about))


class Phone:
    """A call to the service from `number`, as whoever holds the phone sees it.

    Where a page calls and no phone, `app` is who it is to the carrier, and what it sends along.
    """

    def __init__(
        self, installation: Installation, number: str, app: dict[str, Any] | None = None
    ) -> None:
        self.number = number
        self._calls = f"{installation.phones_url}/phone/calls"
        caller = app or {"from": number}
        self.uuid = str(ask(self._calls, {**caller, "to": SERVICE})["uuid"])
        self._forgotten = 0

    @property
    def seen(self) -> dict[str, Any]:
        """The call as the carrier has it now."""
        return dict(ask(f"{self._calls}/{self.uuid}"))

    @property
    def heard(self) -> str:
        """What was heard since `forget`, or since the beginning."""
        return "\n".join(self.seen["heard"][self._forgotten :])

    def forget(self) -> "Phone":
        """From now on, what was heard before does not count."""
        self._forgotten = len(self.seen["heard"])
        return self

    def key(self, digits: str) -> bool:
        """Whether anything listened."""
        return bool(ask(f"{self._calls}/{self.uuid}/keys", {"digits": digits})["listened"])

    def hears(self, text: str, seconds: float = 60) -> "Phone":
        """Wait until `text` has been heard."""
        try:
            wait_for(text, lambda: text in self.heard, seconds)
        except AssertionError as late:
            raise AssertionError(f"{self.number}: {late}; heard:\n{self.heard}") from late
        return self

    def is_in(self, seconds: float = 45) -> "Phone":
        wait_for(f"{self.number} to be in", lambda: self.seen["conversation"], seconds)
        return self

    def enters(self, *asked: tuple[str, str]) -> "Phone":
        """Key at each question, named by a part of it, and come into a room."""
        for question, digits in asked:
            self.hears(question)
            assert self.key(digits), question
        return self.is_in()

    def shows(self, fact: str, value: Any, seconds: float = 45) -> "Phone":
        """Wait until the carrier has it so: `muted`, `earmuffed`, `waiting`, `recording`."""
        wait_for(f"{self.number}: {fact} {value}", lambda: self.seen[fact] == value, seconds)
        return self

    def is_over(self, seconds: float = 45) -> "Phone":
        wait_for(f"{self.number} to end", lambda: self.seen["ended_at"], seconds)
        return self

    def hang_up(self) -> None:
        ask(f"{self._calls}/{self.uuid}/hangup", {})

    def webhooks(self) -> list[dict[str, Any]]:
        """Every webhook of this call, with how it was answered."""
        exchange = ask(f"{self._calls}/{self.uuid}/exchange")
        return [entry for entry in exchange if entry["kind"] == "webhook"]

    def controls(self) -> list[str]:
        """What the service did to this call, in order."""
        exchange = ask(f"{self._calls}/{self.uuid}/exchange")
        return [entry["control"] for entry in exchange if entry["kind"] == "control"]


class Line:
    """A room of an installation that runs, its API and its phones."""

    def __init__(self, installation: Installation, **fields: Any) -> None:
        self.installation = installation
        code = MAKE_ROOM.replace("FIELDS", json.dumps({"name": "The line", **fields}))
        made = installation.shell(code)
        self.room, self.code, self.host_pin = made["id"], made["code"], made["host_pin"]
        self.session = made["session"]
        self._bearer = f"Bearer {made['secret']}"

    def dial(self, number: str) -> Phone:
        return Phone(self.installation, number)

    def browse(self, name: str, **wishes: Any) -> Phone:
        """A call from a page, which the room's owner lets in under this name."""
        given = self.api(f"rooms/{self.room}/browser_tokens/", {"name": name, **wishes})
        sent = {"join_token": given["join_token"]}
        app = {"from_user": given["user"], "custom_data": sent}
        return Phone(self.installation, name, app)

    def api(self, path: str, body: Any = None, method: str = "") -> Any:
        url = f"{self.installation.url}/api/v1/{path}"
        return ask(url, body, method, Authorization=self._bearer)

    def listed(self, path: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            mark = "&" if "?" in path else "?"
            page = self.api(f"{path}{mark}limit=100{cursor}")
            found += page["data"]
            if not page["next_cursor"]:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    @property
    def conferences(self) -> list[dict[str, Any]]:
        """The room's, the newest first."""
        return self.listed(f"conferences/?room={self.room}")

    def switch(self, **switches: Any) -> None:
        """Set the carrier's switches."""
        ask(f"{self.installation.phones_url}/phone/switches", switches, "PUT")

    @property
    def stats(self) -> dict[str, int]:
        return dict(ask(f"{self.installation.phones_url}/phone/stats"))
