"""An SMS from the terminal to the product."""

import argparse

from carrier import terminal
from carrier.terminal import Remote


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `text` can be told."""
    parser.add_argument("--from", dest="sender", required=True, help="the number of the phone")
    parser.add_argument("--to", required=True, help="the number to send it to")
    parser.add_argument("--text", required=True, help="what it says")
    terminal.add_url(parser)


def run(options: argparse.Namespace) -> int:
    """Send it; 0 if the carrier took it."""
    return terminal.run("text", lambda carrier: _send(carrier, options), options)


def _send(carrier: Remote, options: argparse.Namespace) -> int:
    body = {"from": options.sender, "to": options.to, "text": options.text}
    print(f"— sent, {carrier.ask('/phone/messages', body)['message_uuid']}", flush=True)
    return 0
