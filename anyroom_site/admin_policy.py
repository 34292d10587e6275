"""The admin site's own Content-Security-Policy; the rest of the site keeps the strict one.

Its theme (django-unfold) is built on Alpine, which makes functions of texts in attributes and sets
styles on elements. Inline scripts stay forbidden there too, and only staff open these pages.
"""

from collections.abc import Callable

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]
ADMIN = "/admin/"


class AdminPolicyMiddleware:
    """Stands inside CSPMiddleware, which writes the header."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(ADMIN):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": UNSAFE_EVAL,
                "style-src": UNSAFE_INLINE,
            }
        return response
