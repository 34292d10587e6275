"""The softphone page, its own files, and the stream of what happens."""

import asyncio
import json
from importlib.resources import files
from pathlib import PurePosixPath

from aiohttp import web

from carrier.feed import Feed
from carrier.phone_side import problem

# Nothing inline and nothing from elsewhere: the page's script and style are files of its own.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
POLICY += "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STATIC = {".js": "text/javascript", ".css": "text/css"}
FOLDER = files("carrier").joinpath("phone")
HEARTBEAT = 15.0  # seconds between signs of life on the stream


class Page:
    """The handlers of the page."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def routes(self) -> list[web.AbstractRouteDef]:
        """Its paths; they come before the phone side's, which refuses what it does not know."""
        return [
            web.get("/", self.page),
            web.get("/static/{name}", self.static),
            web.get("/phone/stream", self.stream),
        ]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """GET /phone/stream: server-sent events {"kind", …} as they happen."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        queue = self._feed.follow()
        try:
            await response.write(b"retry: 1000\n\n")
            while True:
                try:
                    news = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if news is None:
                    return response
                await response.write(f"data: {json.dumps(news)}\n\n".encode())
        except ConnectionResetError:
            return response  # the page was closed
        finally:
            self._feed.leave(queue)

    async def page(self, request: web.Request) -> web.Response:
        """GET /: the softphone."""
        return _file("index.html", "text/html")

    async def static(self, request: web.Request) -> web.Response:
        """GET /static/{name}: the page's own files."""
        name = request.match_info["name"]
        kind = STATIC.get(PurePosixPath(name).suffix)
        # Compared with the names that are there, so that no path leads elsewhere.
        if kind is None or name not in {file.name for file in FOLDER.iterdir()}:
            return problem(404, "Not found", f"There is no file {name}.")
        return _file(name, kind)


def _file(name: str, content_type: str) -> web.Response:
    text = FOLDER.joinpath(name).read_text(encoding="utf-8")
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return web.Response(text=text, content_type=content_type, charset="utf-8", headers=headers)
