"""`python -m anyroom_site.assistant`: the tools for an assistant on this machine.

ANYROOM_URL says where AnyRoom is, ANYROOM_KEY is an API key with the scopes that the assistant may
use.
"""

import os
import sys
from urllib.parse import urlsplit

from anyroom_site.assistant import server


def main() -> None:
    url, key = os.environ.get("ANYROOM_URL", ""), os.environ.get("ANYROOM_KEY", "")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        sys.exit(
            "ANYROOM_URL is not set: set it to AnyRoom's address, as https://rooms.example.com"
        )
    if not key.startswith("ark_") or not key.isascii():
        sys.exit("ANYROOM_KEY is not set: set it to an API key, ark_…; owners and admins make them")
    server.make(url, key).run()


if __name__ == "__main__":
    main()
