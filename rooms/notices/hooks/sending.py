"""One request to an endpoint, and what came of it. No database, so that threads may send.

A receiver may be slow, rude or hostile, and its owner may have named any address:

- it is asked at an address on the public internet (addresses.py). The name is looked up once, and
  what was found is both checked and connected to, so that it cannot lead elsewhere a moment later;
- a redirect is not followed, and no proxy, `.netrc` or certificate store of the environment counts;
- after TIME_LIMIT the connection is cut, whatever still drips in;
- of the answer no more than MOST_READ bytes are read, and the first MOST_KEPT are kept.

What went wrong is told in few words that say nothing of our own network: a name that leads to a
private address reads as one that leads nowhere.
"""

import datetime as dt
import email.utils
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import requests
from django.conf import settings
from django.utils import timezone

from rooms.notices.hooks import refusals, secrets
from rooms.notices.hooks.events import body_of
from rooms.notices.hooks.models import WebhookEndpoint, WebhookEvent
from rooms.notices.hooks.sockets import Deadline, Session

log = logging.getLogger(__name__)

USER_AGENT = "AnyRoom-Webhooks/1.0"
CONNECT_WITHIN = 5.0  # seconds, and once more for TLS
TIME_LIMIT = 15.0  # seconds for all of it
MOST_READ = 64 * 1024
MOST_KEPT = 4 * 1024
MOST_HEADERS = 40
LONGEST_HEADER = 500
# Who answers with these may say when to come again.
BUSY = frozenset({429, 503})
GONE = 410


@dataclass(frozen=True)
class Request:
    """`why_not` is a refusal where it cannot be sent."""

    url: str
    headers: dict[str, str]
    body: str
    why_not: str = ""


@dataclass(frozen=True)
class Answer:
    """`status` is None where there was none, and `error` says why then (in English, see refusals).

    Whatever came can be stored: there is no NUL in it.
    """

    at: dt.datetime
    milliseconds: int = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    error: str = ""

    @property
    def took_it(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == GONE

    @property
    def come_again(self) -> dt.datetime | None:
        """When a busy receiver wants to be asked again, if it says so."""
        said = {name.lower(): value for name, value in self.headers.items()}.get("retry-after")
        if said is None or self.status not in BUSY:
            return None
        try:
            if said.isascii() and said.isdecimal():
                return self.at + dt.timedelta(seconds=int(said))
            return email.utils.parsedate_to_datetime(said).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            return None


def request_for(endpoint: WebhookEndpoint, event: WebhookEvent, at: dt.datetime) -> Request:
    body = body_of(event)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "webhook-id": event.pk,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    try:
        headers["webhook-signature"] = secrets.signatures(endpoint, event.pk, body, at)
    except secrets.Unreadable:
        return Request(endpoint.url, headers, body, refusals.UNREADABLE)
    return Request(endpoint.url, headers, body)


def post(request: Request) -> Answer:
    """Send it once. Whatever happens is an answer."""
    at, begin = timezone.now(), time.monotonic()
    if request.why_not:
        return Answer(at, error=request.why_not)
    with Deadline(TIME_LIMIT) as deadline:
        try:
            status, headers, body = _exchange(request, deadline)
        except Exception as error:
            why = refusals.TOO_SLOW if deadline.is_over else refusals.why(error)
            if why == refusals.OURS:
                log.exception("a webhook to %s could not be sent", request.url)
            # How long it took to be refused would tell names of our own network from no names.
            took = 0 if why == refusals.NOT_PUBLIC else _since(begin)
            return Answer(at, took, error=why)
    redirected = refusals.REDIRECT if 300 <= status < 400 else ""
    return Answer(at, _since(begin), status, headers, body, redirected)


def _exchange(request: Request, deadline: Deadline) -> tuple[int, dict[str, str], str]:
    public_only = not settings.WEBHOOKS_ALLOW_PRIVATE
    with (
        Session(deadline, public_only=public_only, user_agent=USER_AGENT) as session,
        session.post(
            request.url,
            data=request.body.encode(),
            headers=request.headers,
            timeout=(CONNECT_WITHIN, TIME_LIMIT),
            stream=True,
        ) as response,
    ):
        deadline.check()  # headers that were cut off look as if they were all
        return response.status_code, _headers(response.headers), _beginning(response)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    some = list(headers.items())[:MOST_HEADERS]
    return {_storable(name)[:100]: _storable(value)[:LONGEST_HEADER] for name, value in some}


def _beginning(response: requests.Response) -> str:
    """The status has come, and it counts; a body that breaks off changes nothing."""
    read = bytearray()
    with suppress(Exception):
        for piece in _pieces(response):
            read += piece
    return _storable(bytes(read[:MOST_KEPT]).decode("utf-8", "replace"))


def _pieces(response: requests.Response) -> Iterable[bytes]:
    """As they came: nothing is unpacked, which could make much of little."""
    left = MOST_READ
    while left and (piece := response.raw.read1(left, decode_content=False)):
        yield piece
        left -= len(piece)


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _since(begin: float) -> int:
    return round((time.monotonic() - begin) * 1000)
