"""Who may see a page. Every view carries one of these; tests/test_guards.py fails on one without.

A thing of another account is answered with 404, so that nobody learns that it exists.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from rooms.accounts.models import Membership, Role, User

View = Callable[..., HttpResponseBase]
SESSION_KEY = "account"


class MemberRequest(HttpRequest):
    """A request that `member`, `manager` or `owner` let through."""

    membership: Membership


def current_membership(request: HttpRequest) -> Membership | None:
    """The membership in the account chosen in this session, else the oldest one."""
    if not request.user.is_authenticated:
        return None
    mine = list(memberships_of(request.user))
    for membership in mine:
        membership.user = request.user
    chosen = request.session.get(SESSION_KEY)
    return next((one for one in mine if one.account_id == chosen), mine[0] if mine else None)


def memberships_of(user: User) -> "QuerySet[Membership]":
    """With their accounts, the oldest first."""
    found = Membership.objects.filter(user=user).select_related("account")
    return found.order_by("created_at", "id")


def public(view: View) -> View:
    """Anybody may see this page."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def logged_in(view: View) -> View:
    """Anybody with a login, member of an account or not."""
    guarded = login_required(view)
    guarded.guard = "logged_in"  # type: ignore[attr-defined]
    return guarded


def member(view: View) -> View:
    """Members of an account; the view finds them in `request.membership`."""
    return _for_roles(view, set(Role), "member")


def manager(view: View) -> View:
    """Owners and admins of an account; organizers get 403."""
    return _for_roles(view, {Role.OWNER, Role.ADMIN}, "manager")


def owner(view: View) -> View:
    """Owners of an account; all others get 403."""
    return _for_roles(view, {Role.OWNER}, "owner")


def _for_roles(view: View, roles: set[Role], name: str) -> View:
    @login_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.membership:
            return redirect("accounts:start")
        if request.membership.role not in roles:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.guard = name  # type: ignore[attr-defined]
    return guarded
