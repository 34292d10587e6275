"""A phone in the terminal: a call through a running carrier, keyed when asked, shown as heard."""

import argparse
import contextlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

PAUSE = 0.05  # seconds between looks at the call


class NoCarrierError(Exception):
    """Nothing answers at the carrier's URL, or it refuses what is asked; the text says what."""


class ConflictError(NoCarrierError):
    """The call is not as it was when it was looked at: it has ended, or was picked up elsewhere."""


class Remote:
    """The phone side of a running carrier, over HTTP."""

    def __init__(self, url: str) -> None:
        """`url` is where the carrier is. Raises NoCarrierError when it is not http(s)."""
        if not url.startswith(("http://", "https://")):
            raise NoCarrierError(f"The URL is {url!r}: give an absolute http or https URL.")
        self._url = url.rstrip("/")

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET, or POST when there is a body; the answer.

        Raises:
            NoCarrierError: there is no carrier, or it refuses; a ConflictError where it is a 409.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        try:
            request = urllib.request.Request(self._url + path, data, headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            kind = ConflictError if error.code == HTTPStatus.CONFLICT else NoCarrierError
            raise kind(_detail(error)) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise NoCarrierError(
                f"no carrier at {self._url} ({reason}); start one, or set CARRIER_URL."
            ) from None


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the carrier answered with HTTP {error.code}."


class Follower:
    """One call: shows what is heard, and keys what was prepared when the call waits for it."""

    def __init__(self, carrier: Remote, uuid: str, keys: list[str]) -> None:
        self.joined_at: float | None = None
        self._carrier = carrier
        self._path = f"/phone/calls/{uuid}"
        self._keys = list(keys)
        self._keyed_inputs = 0
        self._heard = 0
        self._status = ""

    def follow(self, enough: Callable[[], bool]) -> None:
        """Until the call ends, there is enough of it, or Ctrl-C; then hang up."""
        try:
            while self._look() and not enough():
                time.sleep(PAUSE)
        except KeyboardInterrupt:
            print("— interrupted", flush=True)
        self._show(self._carrier.ask(f"{self._path}/hangup", {}))

    def _look(self) -> bool:
        """Look at the call once, and key if it waits; whether it goes on."""
        call = self._carrier.ask(self._path)
        self._show(call)
        asks = call["waiting_for_input"] and call["inputs"] > self._keyed_inputs
        if asks and self._keys and self.joined_at is None:
            self._keyed_inputs = call["inputs"]
            digits = self._keys.pop(0)
            print(f"> {digits}", flush=True)
            with contextlib.suppress(ConflictError):  # it has ended meanwhile
                self._carrier.ask(f"{self._path}/keys", {"digits": digits})
        return call["ended_at"] is None

    def _show(self, call: dict[str, Any]) -> None:
        if call["ended_at"] is None:
            self._show_status(call["status"])
        for text in call["heard"][self._heard :]:
            print(text, flush=True)
        self._heard = len(call["heard"])
        if call["joined"] is not None and self.joined_at is None:
            self.joined_at = time.monotonic()
            print(f"— in the conversation {call['joined']}", flush=True)
        self._show_status(call["status"])

    def _show_status(self, status: str) -> None:
        if status != self._status:
            self._status = status
            print(f"— {status}", flush=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every phone in the terminal can be told."""
    parser.add_argument(
        "--keys",
        action="append",
        default=[],
        help="digits to key when the call waits for them; once for each prompt",
    )
    add_url(parser)


def add_url(parser: argparse.ArgumentParser) -> None:
    """Which carrier is meant."""
    parser.add_argument(
        "--url", help="where the carrier is (CARRIER_URL, else this machine's CARRIER_PORT)"
    )


def run(command: str, use: Callable[[Remote], int], options: argparse.Namespace) -> int:
    """Run a command with the carrier that the options mean; what goes wrong is told in a line."""
    try:
        return use(Remote(options.url or os.environ.get("CARRIER_URL") or _local()))
    except NoCarrierError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1


def _local() -> str:
    return f"http://127.0.0.1:{os.environ.get('CARRIER_PORT') or 8010}"
