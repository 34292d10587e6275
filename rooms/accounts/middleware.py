"""Who is asking: their language and time zone, and the account they are working in."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from rooms.accounts import access

GetResponse = Callable[[HttpRequest], HttpResponse]


class LocaleMiddleware:
    """The user's own language and zone; for a stranger, the cookie or what the browser asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = translation.get_language_from_request(request)
        zone = None
        if user.is_authenticated:
            language, zone = user.language, zoneinfo.ZoneInfo(user.time_zone)
        # Put back afterwards: webhooks and tests run on the same thread and choose none.
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class MemberMiddleware:
    """Sets `request.membership`: the user's Membership in the chosen account, or None."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = SimpleLazyObject(  # type: ignore[attr-defined]
            lambda: access.current_membership(request)
        )
        return self.get_response(request)
