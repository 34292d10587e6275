"""Every address of the site has a guard: somebody decided who may come in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from rooms.accounts.api_auth import LoggedIn, MayUse

GUARDS = {"public", "logged_in", "member", "manager", "owner", "webhook"}
# Whole applications that guard their own pages.
GUARDED_ELSEWHERE = ("django.contrib.admin", "allauth")


def addresses(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


def module(view: Any) -> str:
    view = getattr(view, "view_class", view)
    return str(getattr(view, "__module__", ""))


OURS = [
    (path, entry)
    for path, entry in addresses()
    if not module(entry.callback).startswith(GUARDED_ELSEWHERE)
    and not path.startswith(("admin/", "accounts/"))
]


def test_there_are_addresses() -> None:
    assert len(OURS) > 25


@pytest.mark.parametrize("entry", [entry for _, entry in OURS], ids=[path for path, _ in OURS])
def test_every_address_is_guarded(entry: URLPattern) -> None:
    view = entry.callback
    api = getattr(view, "cls", None) or getattr(view, "view_class", None)
    by_permission = (
        api and issubclass(api, APIView) and {MayUse, LoggedIn} & {*api.permission_classes}
    )
    assert by_permission or getattr(view, "guard", None) in GUARDS, f"{view} is open to anybody"
