"""Vonage's API as far as these tests need it, over HTTP: it says what it is told to say."""

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit


class Vonage:
    """Answers with `status`, keeps what it was asked by PUT and DELETE, and knows one call.

    `refuses` are words of requests, such as `mute` or `talk`, that are answered with a status of
    their own, and `seconds` is how long each answer to them takes. A call that is placed is kept
    in `placed`, with its uuid; where `drops` is set it is placed, but the connection breaks before
    the answer. Where `calls` is set it knows these and no others, by their uuids, and lists them;
    `looked_up` keeps what it was asked for by GET.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.words: list[tuple[str, str]] = []  # the call, and what was asked of it
        self.done: list[tuple[str, dict[str, Any]]] = []  # what of `asked` was not refused
        self.at: list[float] = []
        self.status = 200
        self.refuses: dict[str, int] = {}
        self.seconds = 0.0
        self.call: dict[str, Any] = {}
        self.calls: dict[str, dict[str, Any]] | None = None
        self.looked_up: list[str] = []
        self.placed: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []  # SMS
        self.drops = False
        vonage = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                vonage.looked_up.append(self.path)
                found = vonage.found(urlsplit(self.path))
                self.send_response(vonage.status if found is not None else 404)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(found or {}).encode())

            def do_PUT(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._asked(body, body.get("action") or self.path.rpartition("/")[2])

            def do_DELETE(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._asked({}, f"stop {self.path.rpartition('/')[2]}")

            def _asked(self, body: dict[str, Any], word: str) -> None:
                vonage.asked.append((self.path, body))
                vonage.words.append((self.path.split("/")[3], word))
                vonage.at.append(time.monotonic())
                time.sleep(vonage.seconds)
                status = vonage.refuses.get(word, vonage.status)
                if status < 400:
                    vonage.done.append((self.path, body))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b"{}")

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if vonage.status >= 400:
                    self.send_response(vonage.status)
                    self.end_headers()
                    return
                if self.path == "/v1/messages":
                    vonage.sent.append(body)
                    self._answer(202, {"message_uuid": str(uuid.uuid4())})
                    return
                placed = {"uuid": uuid.uuid4().hex, "status": "started", "direction": "outbound"}
                vonage.placed.append({**body, **placed})
                if vonage.drops:
                    self.close_connection = True
                    return
                self._answer(201, placed)

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                """Nothing on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def found(self, address: SplitResult) -> dict[str, Any] | None:
        """The answer to a GET: a call, a page of calls, or None for 404."""
        if self.calls is None:
            return self.call
        if address.path != "/v1/calls":
            return self.calls.get(address.path.rpartition("/")[2])
        asked = {key: values[0] for key, values in parse_qs(address.query).items()}
        size, index = int(asked.pop("page_size")), int(asked.pop("record_index"))
        same = [call for call in self.calls.values() if asked.items() <= call.items()]
        return {"count": len(same), "_embedded": {"calls": same[index : index + size]}}
