"""The site for a WSGI server (granian).

A caller waits on the webhooks, and the usual middleware alone costs two thirds of a bare view's
throughput, so those paths get a handler of their own with none; their guard is the signature. The
probes go the same way, because those who ask them know no host name.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from anyroom_site.parent import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyroom_site.settings")

WITHOUT_MIDDLEWARE = (
    "/telephony/answer",
    "/telephony/input/",
    "/telephony/keys/",
    "/telephony/event",
    "/telephony/recorded/",
    "/telephony/outbound/",
    "/telephony/message",  # and what becomes of ours, message-status
    "/telephony/fallback",
    "/healthz",
    "/readyz",
    "/metrics",
)


class BareHandler(WSGIHandler):
    """Django's handler without middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(
            self._get_response  # type: ignore[attr-defined]
        )


end_with_parent()
_site = get_wsgi_application()
_bare = BareHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Requests to a webhook or a probe skip the middleware; all others take it."""
    if environ["PATH_INFO"].startswith(WITHOUT_MIDDLEWARE):
        return _bare(environ, start_response)
    return _site(environ, start_response)
