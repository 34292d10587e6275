"""The site as a WSGI server has it, in the process and the transaction of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from anyroom_site.wsgi import application


@contextmanager
def one_connection() -> Iterator[None]:
    """As with Django's own test client, a request's end leaves the test's transaction open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def get(path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """The status and the body of the answer."""
    request: Any = RequestFactory().get(path, headers=headers)
    statuses: list[str] = []
    parts = application(request.environ, lambda status, _headers: statuses.append(status))
    body = b"".join(parts)
    parts.close()  # type: ignore[attr-defined]
    return int(statuses[0].split()[0]), body
