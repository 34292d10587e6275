"""Fetching a file from Vonage (`GET recording_url` with the application's JWT).

Vonage keeps recordings for 30 days. The SDK's own `download_recording` sends the token to whatever
host it is given, writes without a limit, and has no end to its patience.
"""

import time
from typing import IO
from urllib.parse import urlsplit

import requests
from vonage import Auth

from telephony.vonage.client import VonageError

CHUNK = 256 * 1024
TIMEOUT = (5, 30)  # seconds: to connect, and for the next bytes


class TooLarge(VonageError):
    """There are more bytes than may be kept."""


def fetch(
    url: str,
    into: IO[bytes],
    *,
    application_id: str,
    private_key: str,
    most_bytes: int,
    seconds: float,
) -> int:
    """Write the file at `url` to `into`; returns its size in bytes.

    `url` is trusted: the caller has checked its host. Redirects are not followed, since they lead
    elsewhere. Raises VonageError, also where it takes longer than `seconds`, and TooLarge.
    """
    headers = {"Authorization": b"Bearer " + _token(application_id, private_key)}
    deadline = time.monotonic() + seconds
    try:
        with requests.Session() as session:
            session.trust_env = urlsplit(url).scheme == "https"  # as in client.py
            with session.get(
                url, headers=headers, stream=True, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                if answer.status_code != 200:
                    raise VonageError(f"Vonage answered {answer.status_code}", permanent=False)
                return _copied(answer, into, most_bytes, deadline)
    except requests.RequestException as error:
        raise VonageError(
            f"Vonage was not reached: {type(error).__name__}", permanent=False
        ) from error


def _copied(answer: requests.Response, into: IO[bytes], most_bytes: int, deadline: float) -> int:
    size = 0
    for chunk in answer.iter_content(CHUNK):
        size += len(chunk)
        if size > most_bytes:
            raise TooLarge(f"more than {most_bytes} bytes", permanent=True)
        if time.monotonic() > deadline:
            raise VonageError("Vonage sent the file too slowly", permanent=False)
        into.write(chunk)
    promised = answer.headers.get("Content-Length", "")
    if promised.isdecimal() and "Content-Encoding" not in answer.headers and size < int(promised):
        raise VonageError("the file came incomplete", permanent=False)
    return size


def _token(application_id: str, private_key: str) -> bytes:
    auth = Auth(application_id=application_id, private_key=private_key)
    token: bytes = auth.generate_application_jwt()
    return token
