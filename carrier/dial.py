"""A call from the terminal: dials through a running carrier and prints what is heard."""

import argparse
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

PAUSE = 0.05  # seconds between looks at the call
ENDED = frozenset({"completed", "rejected", "cancelled"})


class NoCarrierError(Exception):
    """Nothing answers at the carrier's URL, or it refuses what is asked; the text says what."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `dial` can be told."""
    parser.add_argument("--from", dest="caller", required=True, help="a number, or anonymous")
    parser.add_argument("--to", required=True, help="the number to call")
    parser.add_argument(
        "--keys",
        action="append",
        default=[],
        help="digits to key when the call waits for them; once for each prompt",
    )
    parser.add_argument("--stay", type=float, default=5, help="seconds in the conversation (5)")
    parser.add_argument("--limit", type=float, default=120, help="seconds at most in all (120)")


def run(options: argparse.Namespace) -> int:
    """Make the call; 0 if it came into a conversation, 1 otherwise."""
    try:
        carrier = Remote(os.environ.get("CARRIER_URL") or _local())
        return Dialler(carrier, options).run()
    except NoCarrierError as error:
        print(f"dial: {error}", file=sys.stderr)
        return 1


def _local() -> str:
    return f"http://127.0.0.1:{os.environ.get('CARRIER_PORT') or 8010}"


class Remote:
    """The phone side of a running carrier, over HTTP."""

    def __init__(self, url: str) -> None:
        """`url` is where the carrier is. Raises NoCarrierError when it is not http(s)."""
        if not url.startswith(("http://", "https://")):
            raise NoCarrierError(f"CARRIER_URL is {url!r}: give an absolute http or https URL.")
        self._url = url.rstrip("/")

    def ask(self, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        """GET, or POST when there is a body; the answer.

        Raises:
            NoCarrierError: there is no carrier, or it refuses.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        try:
            request = urllib.request.Request(self._url + path, data, headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            raise NoCarrierError(_detail(error)) from None
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


class Dialler:
    """One call, followed until it ends."""

    def __init__(self, carrier: Remote, options: argparse.Namespace) -> None:
        self._carrier = carrier
        self._options = options
        self._keys = list(options.keys)
        self._heard = 0
        self._status = ""
        self._keyed_inputs = 0
        self._joined_at: float | None = None

    def run(self) -> int:
        """Dial, key, stay and hang up; 0 if the call came into a conversation."""
        start = {"from": self._options.caller, "to": self._options.to}
        path = f"/phone/calls/{self._carrier.ask('/phone/calls', start)['uuid']}"
        until = time.monotonic() + self._options.limit
        try:
            while self._follow(path) and time.monotonic() < until:
                time.sleep(PAUSE)
        except KeyboardInterrupt:
            print("— interrupted", flush=True)
        self._show(self._carrier.ask(f"{path}/hangup", {}))
        return 0 if self._joined_at is not None else 1

    def _follow(self, path: str) -> bool:
        """Look at the call once, and key if it waits; whether to look again."""
        call = self._carrier.ask(path)
        self._show(call)
        if call["status"] in ENDED:
            return False
        if self._joined_at is not None:
            stayed = time.monotonic() - self._joined_at
            return stayed < float(self._options.stay)
        if call["waiting_for_input"] and call["inputs"] > self._keyed_inputs and self._keys:
            self._keyed_inputs = call["inputs"]
            digits = self._keys.pop(0)
            print(f"> {digits}", flush=True)
            self._carrier.ask(f"{path}/keys", {"digits": digits})
        return True

    def _show(self, call: dict[str, Any]) -> None:
        if call["status"] not in ENDED:
            self._show_status(call["status"])
        for text in call["heard"][self._heard :]:
            print(text, flush=True)
        self._heard = len(call["heard"])
        if call["joined"] is not None and self._joined_at is None:
            self._joined_at = time.monotonic()
            print(f"— in the conversation {call['joined']}", flush=True)
        self._show_status(call["status"])

    def _show_status(self, status: str) -> None:
        if status != self._status:
            self._status = status
            print(f"— {status}", flush=True)
