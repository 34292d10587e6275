"""The live process: streams of server-sent events that say when a room has changed.

`GET /live/rooms/<id>` answers a member of the room's account with `Room.live_version`, at once
and whenever it rises; what has changed, the page asks the site. Start it with

    granian --interface asgi --workers-kill-timeout 1s --backpressure 20000 \\
        --port 8020 anyroom_site.live:application

where backpressure is how many streams may be open (granian's default would be about a thousand)
and the kill timeout cuts those that are open at the end: their pages open them again.
"""

import asyncio
import contextlib
import os
import random
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyroom_site.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user  # noqa: E402
from django.db import Error, connection  # noqa: E402
from django.http import HttpRequest  # noqa: E402

from anyroom_site.live_watch import Stream, Watcher  # noqa: E402
from anyroom_site.parent import end_with_parent  # noqa: E402
from rooms.models import Room  # noqa: E402

HEARTBEAT = 15.0
LONGEST = 300.0  # a stream ends after about this long, so that its rights are checked anew

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_PATH = re.compile(r"/live/rooms/([a-z0-9_]{1,40})")
_session_store = import_module(settings.SESSION_ENGINE).SessionStore
_checks = ThreadPoolExecutor(4, "check")
_watcher = Watcher()
end_with_parent()


class Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            await _serve(scope, headers, receive, send)
        except Refused as refused:
            await _refuse(refused.status, _cors(headers), send)


async def _serve(scope: Message, headers: dict[str, str], receive: Receive, send: Send) -> None:
    path = _PATH.fullmatch(scope["path"])
    if path is None:
        raise Refused(404)
    if scope["method"] != "GET":
        raise Refused(405)
    if headers.get("origin", settings.PUBLIC_URL) not in allowed_origins():
        raise Refused(403)
    room_id, session_key = path[1], _session_key(headers.get("cookie", ""))
    loop = asyncio.get_running_loop()
    # Watched before it is read, so that no change falls between the two.
    with _watcher.stream(room_id) as stream:
        version = await loop.run_in_executor(_checks, version_for, session_key, room_id)
        stream.tell(version)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                    *_cors(headers),
                ],
            }
        )
        await _stream(stream, receive, send)


async def _stream(stream: Stream, receive: Receive, send: Send) -> None:
    """Tell versions until the page is gone or the stream is old."""
    gone = asyncio.create_task(_end_when_gone(stream, receive))
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST * random.uniform(0.8, 1.2)  # noqa: S311 (not all at once)
    await _send_body(send, b"retry: 1000\n\n", more=True)
    try:
        while not stream.ended and (left := end - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(HEARTBEAT, left)):
                    version = await stream.next()
            except TimeoutError:
                await _send_body(send, b": still here\n\n", more=True)
            else:
                if version is not None:
                    body = f"event: changed\ndata: {version}\n\n"
                    await _send_body(send, body.encode(), more=True)
        await _send_body(send, b"", more=False)
    finally:
        gone.cancel()


async def _end_when_gone(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def version_for(session_key: str, room_id: str) -> int:
    """The room's version, if the session's user is a member of its account; else Refused."""
    request = HttpRequest()
    request.session = _session_store(session_key)
    try:
        user = get_user(request)
        if not user.is_authenticated:
            raise Refused(403)
        room = Room.objects.filter(pk=room_id, account__memberships__user=user)
        version = room.values_list("live_version", flat=True).first()
    except Error as error:
        connection.close()  # the thread's next check opens a new one
        raise Refused(503) from error
    if version is None:
        raise Refused(404)
    return version


def _session_key(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def allowed_origins() -> set[str]:
    """Where pages that open a stream come from."""
    hosts = ("localhost", "127.0.0.1") if settings.EMBEDDED else ()
    return {settings.PUBLIC_URL, *(f"http://{host}:{settings.PORT}" for host in hosts)}


def _cors(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    origin = headers.get("origin", "")
    if origin not in allowed_origins():
        return [(b"vary", b"Origin")]
    return [
        (b"vary", b"Origin"),
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-credentials", b"true"),
    ]


async def _refuse(status: int, headers: list[tuple[bytes, bytes]], send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await _send_body(send, b"", more=False)


async def _send_body(send: Send, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    _watcher.end_all()
    with contextlib.suppress(Exception):
        await send({"type": "lifespan.shutdown.complete"})
