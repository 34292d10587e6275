"""A call from the terminal: dials through a running carrier and prints what is heard."""

import argparse
import time

from carrier import terminal
from carrier.terminal import Follower, Remote


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `dial` can be told."""
    parser.add_argument("--from", dest="caller", required=True, help="a number, or anonymous")
    parser.add_argument("--to", required=True, help="the number to call")
    terminal.add_arguments(parser)
    parser.add_argument("--stay", type=float, default=5, help="seconds in the conversation (5)")
    parser.add_argument("--limit", type=float, default=120, help="seconds at most in all (120)")


def run(options: argparse.Namespace) -> int:
    """Make the call; 0 if it came into a conversation, 1 otherwise."""
    return terminal.run("dial", lambda carrier: _dial(carrier, options), options)


def _dial(carrier: Remote, options: argparse.Namespace) -> int:
    numbers = {"from": options.caller, "to": options.to}
    call = Follower(carrier, carrier.ask("/phone/calls", numbers)["uuid"], options.keys)
    until = time.monotonic() + options.limit

    def enough() -> bool:
        now = time.monotonic()
        return now >= until or (call.joined_at is not None and now - call.joined_at >= options.stay)

    call.follow(enough)
    return 0 if call.joined_at is not None else 1
