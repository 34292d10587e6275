"""A phone in the terminal that is called: waits for a call, picks up and prints what is heard."""

import argparse
import time
from urllib.parse import urlencode

from carrier import terminal
from carrier.terminal import ConflictError, Follower, Remote

PAUSE = 0.2  # seconds between looks at who calls


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `answer` can be told."""
    parser.add_argument("--number", required=True, help="the number of this phone")
    terminal.add_arguments(parser)
    parser.add_argument(
        "--timeout", type=float, default=120, help="seconds to wait until it rings (120)"
    )
    parser.add_argument("--machine", action="store_true", help="a voicemail picks up")


def run(options: argparse.Namespace) -> int:
    """Wait, pick up and stay until somebody hangs up; 0 if it was called, 1 otherwise."""
    return terminal.run("answer", lambda carrier: _answer(carrier, options), options)


def _answer(carrier: Remote, options: argparse.Namespace) -> int:
    try:
        uuid = _picked_up(carrier, options)
    except KeyboardInterrupt:
        print("— interrupted", flush=True)
        return 1
    if uuid is None:
        print(f"— nobody called {options.number}", flush=True)
        return 1
    Follower(carrier, uuid, options.keys).follow(lambda: False)
    return 0


def _picked_up(carrier: Remote, options: argparse.Namespace) -> str | None:
    """The uuid of the first call that rings here; None when none does in time."""
    calls = f"/phone/calls?{urlencode({'number': options.number})}"
    until = time.monotonic() + options.timeout
    while True:
        for call in carrier.ask(calls):
            if call["direction"] == "outbound" and call["status"] == "ringing":
                print(f"— {call['from']} calls", flush=True)
                if _took(carrier, call["uuid"], options.machine):
                    return str(call["uuid"])
        if time.monotonic() >= until:
            return None
        time.sleep(PAUSE)


def _took(carrier: Remote, uuid: str, machine: bool) -> bool:
    try:
        carrier.ask(f"/phone/calls/{uuid}/answer", {"machine": machine})
    except ConflictError:
        return False  # it was picked up elsewhere, or rings no more
    return True
