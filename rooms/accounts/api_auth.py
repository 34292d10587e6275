"""Who asks on the API, and what they may do: programs by a key, people by their login."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from rooms.accounts import access
from rooms.accounts.models import Account, ApiKey, Membership, Role, Scope, User, hash_secret
from rooms.rest.problem import Problem

if TYPE_CHECKING:  # the framework imports this module while it makes APIView
    from rest_framework.views import APIView

SCHEME = "bearer"
USED_EVERY = dt.timedelta(minutes=1)  # how often `last_used_at` is written at most
SCOPES_OF_ROLES = {
    Role.OWNER: frozenset(Scope),
    Role.ADMIN: frozenset(Scope),
    Role.ORGANIZER: frozenset({Scope.READ, Scope.ROOMS, Scope.MEETINGS, Scope.CONTROL}),
}


@dataclass(frozen=True)
class Login:
    """Who asks for what is their own: `request.auth` there. `id` is the user's."""

    id: str


@dataclass(frozen=True)
class Caller:
    """Who asks: `request.auth` of every request that was let in. `id` is the key's or the member's.

    A key acts for the whole account; `membership` is only there for somebody who is logged in.
    """

    id: str
    account: Account
    scopes: frozenset[str]
    membership: Membership | None = None

    @property
    def sees_whole_numbers(self) -> bool:
        """Organizers control calls, but see numbers masked, as on the pages."""
        lifting = {Scope.ADMIN} if self.membership else {Scope.CONTROL, Scope.ADMIN}
        return bool(self.scopes & lifting)


def asker(request: Request) -> User | None:
    """Who is logged in, or who made the key."""
    return request.user if isinstance(request.user, User) else None


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ark_…`"""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Caller] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        key = _key(secret.strip())
        caller = Caller(key.id, key.account, frozenset(key.scopes))
        return key.made_by or AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="AnyRoom"'


def _key(secret: str) -> ApiKey:
    """The key that works now; raises Problem. Writes down that it was used."""
    now = timezone.now()
    key = (
        ApiKey.objects.filter(secret_hash=hash_secret(secret))
        .select_related("account", "made_by")
        .first()
    )
    if key is None:
        raise _refused("invalid-key")
    if key.revoked_at is not None:
        raise _refused("key-revoked")
    if not key.works(now):
        raise _refused("key-expired")
    if key.last_used_at is None or key.last_used_at <= now - USED_EVERY:
        unwritten = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        ApiKey.objects.filter(unwritten, pk=key.pk).update(last_used_at=now)
    return key


def _refused(slug: str) -> Problem:
    header = 'Bearer realm="AnyRoom", error="invalid_token"'
    return Problem(slug, headers={"WWW-Authenticate": header})


class LoginAuthentication(authentication.SessionAuthentication):
    """The login of the site, member of an account or not; changes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        return found and (found[0], Login(found[0].pk))

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise Problem("csrf") from error


class SessionAuthentication(LoginAuthentication):
    """The login of the site, in the account chosen there."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        membership = access.current_membership(request._request)
        if membership is None:
            raise Problem("no-account")
        scopes = SCOPES_OF_ROLES[Role(membership.role)]
        return found[0], Caller(membership.id, membership.account, scopes, membership)


class LoggedIn(BasePermission):
    """For what is somebody's own: whoever is logged in, and no key."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, Caller):
            raise Problem("session-required")
        return request.auth is not None


class MayUse(BasePermission):
    """The scope that the view names, `read_scope` or `write_scope`; admin where it names none."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        caller: Any = request.auth
        if caller is None:
            return False
        if getattr(view, "session_only", False) and caller.membership is None:
            raise Problem("session-required")
        reads = request.method in SAFE_METHODS
        scope = getattr(view, "read_scope" if reads else "write_scope", Scope.ADMIN)
        if scope not in caller.scopes:
            raise Problem("missing-scope", _missing(caller, scope))
        return True


def _missing(caller: Caller, scope: str) -> str:
    if caller.membership:
        return _(
            "Your role “%(role)s” does not have the scope “%(scope)s”. Ask an admin of the account."
        ) % {"role": caller.membership.get_role_display(), "scope": scope}
    return _(
        "The key does not have the scope “%(scope)s”. Make a key that has it and use it instead."
    ) % {"scope": scope}
