"""A load generator on raw sockets: requests are made before the clock starts.

Each of a few keep-alive connections has one request under way, as a caller's carrier would; the
cost of this side is about 15 µs a request, so the server is what is measured.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Requests a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole HTTP/1.1 POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def run(port: int, requests: Sequence[bytes], *, connections: int = 8) -> Result:
    """Send every request once; raises RuntimeError on an answer that is not a 200."""
    waiting = iter(requests)
    chooser = selectors.DefaultSelector()
    latencies: list[float] = []
    begin = time.perf_counter()
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _send_next(connection, chooser, waiting)
    while chooser.get_map():
        for key, _events in chooser.select():
            sent_at, received = key.data
            received += key.fileobj.recv(65536)  # type: ignore[union-attr]
            if not _is_whole(received):
                chooser.modify(key.fileobj, selectors.EVENT_READ, (sent_at, received))
                continue
            if not received.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"the server answered: {received[:500]!r}")
            latencies.append(time.perf_counter() - sent_at)
            chooser.unregister(key.fileobj)
            _send_next(key.fileobj, chooser, waiting)  # type: ignore[arg-type]
    taken = time.perf_counter() - begin
    cuts = statistics.quantiles(latencies, n=100)
    return Result(len(requests) / taken, cuts[49] * 1000, cuts[98] * 1000)


def _send_next(
    connection: socket.socket, chooser: selectors.BaseSelector, waiting: Iterator[bytes]
) -> None:
    following = next(waiting, None)
    if following is None:
        connection.close()
        return
    connection.sendall(following)
    chooser.register(connection, selectors.EVENT_READ, (time.perf_counter(), b""))


def _is_whole(received: bytes) -> bool:
    head, gap, body = received.partition(b"\r\n\r\n")
    if not gap:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return body.endswith(b"0\r\n\r\n")  # chunked: granian's way where no length is given
