"""A program that listens for webhooks on this machine, and behaves well or as badly as it is told.

    with Receiver() as receiver:
        receiver.then = status(500)
        …
        assert receiver.events() == [...]

It takes every request that arrives whole and in time, and checks none by itself: `verified` does.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook

Then = Callable[["Handler"], None]


@dataclass(frozen=True)
class Got:
    at: float  # of time.monotonic(), when it was read
    headers: dict[str, str]
    body: bytes
    under_way: int  # requests that were being answered then, this among them

    @property
    def event(self) -> str:
        return self.headers["webhook-id"]


class Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver = self.server.receiver
        headers = {name.lower(): value for name, value in self.headers.items()}
        with receiver.lock:
            receiver.under_way += 1
            receiver.got.append(Got(time.monotonic(), headers, body, receiver.under_way))
        try:
            receiver.then(self)
        except OSError:  # the other side went first
            self.close_connection = True
        finally:
            with receiver.lock:
                receiver.under_way -= 1

    def answer(self, status: int, body: bytes = b"ok", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pause(self, seconds: float) -> None:
        """Until then, or until the receiver ends."""
        self.server.receiver.ending.wait(seconds)

    def log_message(self, *_arguments: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, receiver: "Receiver") -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_arguments: Any) -> None:
        pass  # the other side hung up


class Receiver:
    def __init__(self, then: Then | None = None) -> None:
        self.got: list[Got] = []
        self.then: Then = then or status(200)
        self.lock = threading.Lock()
        self.under_way = 0
        self.ending = threading.Event()
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def events(self) -> list[str]:
        return [one.event for one in self.got]

    def verified(self, secret: str) -> list[Any]:
        """What came, by a client of the standard. Raises WebhookVerificationError."""
        return [Webhook(secret).verify(one.body, one.headers) for one in self.got]

    def bodies(self) -> list[Any]:
        return [json.loads(one.body) for one in self.got]


def status(code: int, body: bytes = b"ok", **headers: str) -> Then:
    return lambda handler: handler.answer(code, body, **headers)


def slow(seconds: float, code: int = 200) -> Then:
    """An answer, late."""

    def then(handler: Handler) -> None:
        handler.pause(seconds)
        handler.answer(code)

    return then


def hang(handler: Handler) -> None:
    handler.pause(60)
    handler.close_connection = True


def drip(beginning: bytes, every: float = 0.05) -> Then:
    """`beginning`, and then one byte after another for ever."""

    def then(handler: Handler) -> None:
        handler.wfile.write(beginning)
        while not handler.server.receiver.ending.is_set():
            handler.wfile.write(b"x")
            handler.pause(every)

    return then


def flood(beginning: bytes) -> Then:
    """`beginning`, and then as much as is taken."""

    def then(handler: Handler) -> None:
        handler.wfile.write(beginning)
        while not handler.server.receiver.ending.is_set():
            handler.wfile.write(b"x" * 65536)

    return then


def raw(content: bytes) -> Then:
    """These bytes and no more."""

    def then(handler: Handler) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return then
