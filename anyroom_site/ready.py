"""Waits until everything of `make run` answers, then says how to get in. Starts no Django."""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 60  # seconds
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine, no proxy


def main() -> None:
    assistant = os.environ.get("ASSISTANT_PORT", "8030")
    addresses = {
        "the site": f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz",
        "the live updates": f"http://127.0.0.1:{os.environ.get('LIVE_PORT', '8020')}/",
        "the carrier": f"http://127.0.0.1:{os.environ.get('CARRIER_PORT', '8010')}/",
        "the assistant": f"http://127.0.0.1:{assistant}/",
    }
    end = time.monotonic() + PATIENCE
    for name, address in addresses.items():
        while not _answers(address):
            if time.monotonic() > end:
                sys.exit(f"AnyRoom is not ready: {name} at {address} does not answer.")
            time.sleep(0.1)
    welcome = (Path(os.environ["ANYROOM_HOME"]) / "welcome.txt").read_text().strip()
    port = os.environ.get("CARRIER_PORT", "8010")
    told = (
        "AnyRoom is running.",
        welcome,
        f"Phones to dial with: http://localhost:{port}",
        f"Assistants (MCP) connect to: http://localhost:{assistant}/mcp",
        "Ctrl-C stops it.",
    )
    line = "-" * 72
    print("", line, *told, line, "", sep="\n", flush=True)


def _answers(address: str) -> bool:
    try:
        with DIRECT.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return error.code < 500  # some have no page, but are there to say so
    except OSError:
        return False


if __name__ == "__main__":
    main()
