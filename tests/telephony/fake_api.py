"""Vonage's API as far as these tests need it, over HTTP: it says what it is told to say."""

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Vonage:
    """Answers with `status`, keeps what it was asked by PUT, and knows one call.

    A call that is placed is kept in `placed`, with its uuid; where `drops` is set it is placed, but
    the connection breaks before the answer.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.at: list[float] = []
        self.status = 200
        self.call: dict[str, Any] = {}
        self.placed: list[dict[str, Any]] = []
        self.drops = False
        vonage = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(vonage.status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(vonage.call).encode())

            def do_PUT(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                vonage.asked.append((self.path, body))
                vonage.at.append(time.monotonic())
                self.send_response(vonage.status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b"{}")

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if vonage.status >= 400:
                    self.send_response(vonage.status)
                    self.end_headers()
                    return
                placed = {"uuid": uuid.uuid4().hex, "status": "started", "direction": "outbound"}
                vonage.placed.append({**body, **placed})
                if vonage.drops:
                    self.close_connection = True
                    return
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(placed).encode())

            def log_message(self, *_: Any) -> None:
                """Nothing on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
