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
        if user.is_authenticated:
            translation.activate(user.language)
            timezone.activate(zoneinfo.ZoneInfo(user.time_zone))
        else:
            translation.activate(translation.get_language_from_request(request))
            timezone.deactivate()
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
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
