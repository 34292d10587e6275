"""The tools at `/mcp`, for assistants that are not on this machine: an ASGI process of its own.

    granian --interface asgi --port 8030 anyroom_site.assistant.hosted:application

Each message comes with `Authorization: Bearer ark_…`, which is passed on to the API and kept
nowhere. There are no sessions and no open streams, so that any of several processes may answer.
"""

import hashlib
import os
import re
import time
from collections import OrderedDict
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx2
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyroom_site.settings")

from django.conf import settings

from anyroom_site.assistant import server
from anyroom_site.parent import end_with_parent

LARGEST = 256 * 1024  # bytes of a message: a list of 200 invitees is a tenth of it
KNOWN_FOR = 60.0  # seconds; each tool call is checked by the API itself in any case
MOST_KNOWN = 10_000
KEY = re.compile(r"bearer +ark_[\w-]{1,200}", re.ASCII | re.IGNORECASE)
REALM = 'Bearer realm="AnyRoom"'
PASSED_ON = ("Content-Type", "WWW-Authenticate", "Retry-After")
end_with_parent()


def security() -> TransportSecuritySettings:
    """A page that somebody is lured to cannot talk to us under another host's name."""
    public = urlsplit(settings.PUBLIC_URL)
    hosts = [public.hostname or "", *settings.ALLOWED_HOSTS]
    local = [f"http://{host}:*" for host in server.LOOPBACK] if settings.EMBEDDED else []
    return TransportSecuritySettings(
        enable_dns_rebinding_protection="*" not in hosts,
        allowed_hosts=[name for host in hosts for name in (host, f"{host}:*")],
        allowed_origins=[settings.PUBLIC_URL, *local],
    )


class Door:
    """Lets in who brings a key that works; the rest is the SDK's."""

    def __init__(self, inside: ASGIApp, url: str) -> None:
        self._inside = inside
        self._client = server.client_of(url)
        self._known: OrderedDict[bytes, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._inside)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        if scope["path"].rstrip("/") != "/mcp":
            return _problem(404, "not-found", "The assistant is at /mcp.")
        if scope["method"] != "POST":
            # No streams are offered, and no sessions that could be ended.
            return _problem(405, "method-not-allowed", "Send a POST.", Allow="POST")
        bearer = Headers(scope=scope).get("authorization", "")
        if not KEY.fullmatch(bearer):
            text = "Send a key in the header: “Authorization: Bearer ark_…”."
            return _problem(401, "unauthenticated", text, **{"WWW-Authenticate": REALM})
        return await self._refusal_of(bearer)

    async def _refusal_of(self, bearer: str) -> Response | None:
        """The API says whether a key works; for a minute that is remembered by its hash."""
        digest, now = hashlib.sha256(bearer.encode()).digest(), time.monotonic()
        if self._known.get(digest, 0.0) > now:
            return None
        try:
            answer = await self._client.get("account/", headers={"Authorization": bearer})
        except httpx2.TransportError:
            return _problem(503, "internal", "AnyRoom does not answer. Try again in a moment.")
        if answer.status_code not in (200, 403):  # 403: a key that works, and may not read
            kept = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
            return Response(answer.content, answer.status_code, kept)
        self._known[digest] = now + KNOWN_FOR
        self._known.move_to_end(digest)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return None


def _problem(status: int, kind: str, detail: str, **headers: str) -> Response:
    """In the shape of the API's problems."""
    title = HTTPStatus(status).phrase
    body = {"type": f"/api/v1/problems/{kind}", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, "application/problem+json")


def _application() -> Door:
    url = settings.ASSISTANT_API_URL
    inside = server.make(url).streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=LARGEST,
        transport_security=security(),
    )
    return Door(inside, url)


application = _application()
