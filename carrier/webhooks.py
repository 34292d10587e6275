"""One signed webhook: Vonage's timeouts, one more attempt, and what came back."""

import asyncio
import hashlib
import json
import ssl
import time
import uuid as uuids
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import aiohttp
import jwt
from yarl import URL

from carrier.call import Entry
from carrier.settings import Settings

# Vonage support, "What happens if the NCCO download request fails": these are tried once more,
# as is a connection that fails or is too slow; any other answer is final.
RETRIED = frozenset({429, 503, 504})
LARGEST_ANSWER = 256 * 1024  # bytes


class Recorder(Protocol):
    """What a webhook is about, a call or a message, and where its delivery is written down."""

    def record(self, kind: str, **facts: object) -> Entry:
        """Add an entry."""

    def amend(self, entry: Entry, **facts: object) -> None:
        """Say more about an entry."""


@dataclass(frozen=True)
class Hook:
    """A webhook to deliver. `purpose` is answer, input, event, receipt or fallback."""

    purpose: str
    label: str
    url: str
    body: dict[str, Any]
    method: str = "POST"


@dataclass(frozen=True)
class Result:
    """How a delivery ended. `problem` is None when it was answered with 2xx."""

    status: int | None = None
    problem: str | None = None
    retryable: bool = False
    content_type: str = ""
    body: bytes = b""

    def json(self) -> object:
        """The answer as JSON; None when it is not."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return parsed


@dataclass(frozen=True)
class Request:
    """A hook as it goes over the wire, signed."""

    method: str
    url: str
    content: bytes | None
    headers: dict[str, str]


def sign(hook: Hook, settings: Settings) -> Request:
    """Sign a hook as Vonage does.

    A JWT (HS256, by the signature secret) whose payload_hash is the SHA-256 of the raw body, or of
    the compact JSON object of the query's parameters, in order, when the method is GET. Source:
    Vonage, "Signed webhooks". The same token goes with every attempt and copy of one delivery.
    """
    if hook.method == "GET":
        query = dict(parse_qsl(urlsplit(hook.url).query, keep_blank_values=True))
        query |= {name: _as_text(value) for name, value in hook.body.items()}
        url = urlunsplit(urlsplit(hook.url)._replace(query=urlencode(query)))
        hashed, content = compact(query), None
    else:
        url, hashed = hook.url, compact(hook.body)
        content = hashed
    claims = {
        "iat": int(time.time()),
        "jti": str(uuids.uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(hashed).hexdigest(),
        "application_id": settings.application_id,
    }
    if settings.api_key:
        claims["api_key"] = settings.api_key
    token = jwt.encode(claims, settings.signature_secret, algorithm="HS256")
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "AnyRoom-Carrier/1"}
    if content is not None:
        headers["Content-Type"] = "application/json"
    return Request(hook.method, url, content, headers)


def compact(value: dict[str, Any]) -> bytes:
    """JSON without spaces, in the order given."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


class Webhooks:
    """Sends webhooks and has it written down what became of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A connection for each request: one that was kept may be half dead, and a delivery over
        # it would look like the product's failure.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            timeout=aiohttp.ClientTimeout(
                total=settings.connect_timeout + settings.answer_timeout,
                sock_connect=settings.connect_timeout,
                sock_read=settings.answer_timeout,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def sign(self, hook: Hook) -> Request:
        """Sign a hook, once for all its attempts and copies."""
        return sign(hook, self._settings)

    async def deliver(self, call: Recorder, hook: Hook, request: Request | None = None) -> Result:
        """Send a hook, once more if Vonage would."""
        request = request or self.sign(hook)
        result = await self.attempt(call, hook, request, 1)
        if result.retryable:
            result = await self.attempt(call, hook, request, 2)
        return result

    async def attempt(
        self, call: Recorder, hook: Hook, request: Request, number: int, copy: bool = False
    ) -> Result:
        """Send a signed request once. `copy` marks the second delivery that a switch asks for."""
        entry = call.record(
            "webhook",
            purpose=hook.purpose,
            label=hook.label,
            method=hook.method,
            url=request.url,
            body=hook.body,
            attempt=number,
            copy=copy,
            done=False,
        )
        began = time.monotonic()
        try:
            result = await self._send(request)
        except asyncio.CancelledError:
            _finish(
                call,
                entry,
                began,
                Result(problem="the call ended or was transferred before it was answered"),
            )
            raise
        _finish(call, entry, began, result)
        return result

    async def _send(self, request: Request) -> Result:
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                data=request.content,
                headers=request.headers,
                allow_redirects=False,
            ) as response:
                body = await response.content.read(LARGEST_ANSWER + 1)
                while len(body) <= LARGEST_ANSWER and not response.content.at_eof():
                    body += await response.content.read(LARGEST_ANSWER + 1 - len(body))
                return _judge(response.status, response.content_type, body)
        except aiohttp.ConnectionTimeoutError:
            limit = self._settings.connect_timeout
            return Result(problem=f"no connection within {limit:g} s", retryable=True)
        except TimeoutError:
            limit = self._settings.answer_timeout
            return Result(problem=f"no answer within {limit:g} s", retryable=True)
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            return Result(problem=f"the certificate was not accepted ({error})")
        except ValueError:  # aiohttp.InvalidURL, or a host name that cannot be one
            return Result(problem="the URL is invalid")
        except aiohttp.ClientConnectorError as error:
            return Result(problem=f"no connection ({error.strerror})", retryable=True)
        except (aiohttp.ClientError, OSError) as error:
            why = str(error) or type(error).__name__
            return Result(problem=f"connection closed ({why})", retryable=True)


def _judge(status: int, content_type: str, body: bytes) -> Result:
    problem = None
    if len(body) > LARGEST_ANSWER:
        problem = f"answered with more than {LARGEST_ANSWER // 1024} KiB"
    elif not 200 <= status < 300:
        problem = f"answered with HTTP {status}"
    return Result(status, problem, status in RETRIED, content_type, body)


def _finish(call: Recorder, entry: Entry, began: float, result: Result) -> None:
    parsed = result.json()
    text = None if parsed is not None else result.body[:2000].decode(errors="replace") or None
    call.amend(
        entry,
        done=True,
        status=result.status,
        answer=parsed,
        answer_text=text,
        ms=round((time.monotonic() - began) * 1000),
        problem=result.problem,
    )
