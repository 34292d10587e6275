"""The base of the API's views: who asks, how often, and once."""

from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from rooms.accounts.api_auth import Caller, KeyAuthentication, LoggedIn, LoginAuthentication
from rooms.accounts.models import Scope, User
from rooms.rest import idempotency
from rooms.rest.parsing import NoFields

ID = "[a-z]{2}_[0-9a-z]{26}"


class Framed(APIView):
    """A view whose every request is counted, whether it is let in or not."""

    http_method_names = ["get", "head", "post", "patch", "delete"]
    # Whether what a POST does and its kept answer are one transaction: not where the network is
    # reached meanwhile, or where what was done is to stay although the request is refused.
    atomic = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        timezone.deactivate()  # times are told in UTC, not in the zone that a member reads pages in
        super().initial(request, *args, **kwargs)
        if request.method in ("POST", "PATCH"):
            _ = request._request.body  # read now, so that the limit on its size holds
        if request.method == "POST" and hasattr(self, "post"):
            handler: idempotency.Handler = self.post
            self.post: idempotency.Handler = idempotency.once(self, handler)

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Done with the authentication: refused requests count too, and tell what is left."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)


class Answering(Framed, GenericViewSet[Any]):
    """Bodies and answers by the view's serializer."""

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "caller": self.request.auth}

    def one(self, row: Model, status: int = 200) -> Response:
        return Response(self.get_serializer(row).data, status=status)

    def checked(self, row: Model | None = None) -> dict[str, Any]:
        """What the body sets, for a new row or a part of `row`; raises ValidationError."""
        given = self.get_serializer(row, data=self.request.data, partial=row is not None)
        given.is_valid(raise_exception=True)
        valid: dict[str, Any] = given.validated_data
        return valid

    def check_empty(self) -> None:
        """For an action that takes no fields; raises ValidationError."""
        NoFields(data=self.request.data).is_valid(raise_exception=True)


class OwnViewSet(Answering):
    """What belongs to whoever is logged in, member of an account or not; a key gets 403."""

    authentication_classes = (KeyAuthentication, LoginAuthentication)
    permission_classes = (LoggedIn,)
    session_only = True

    def own(self) -> User:
        """A row of its own: what is refused must not show elsewhere in the answer."""
        return User.objects.get(pk=self.request.user.pk)


class ApiViewSet(Answering):
    """Rows of the caller's account; those of others are not found.

    `account_path` leads from a row to its account, `order` is how lists are sorted, the scopes say
    what reading and changing need.
    """

    account_path = "account"
    order: tuple[str, ...] = ("-created_at", "-id")
    read_scope = Scope.READ
    write_scope = Scope.ADMIN
    lookup_value_regex = ID

    @property
    def caller(self) -> Caller:
        auth: Any = self.request.auth
        caller: Caller = auth
        return caller

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(**{self.account_path: self.caller.account})

    def page(self, *rows: QuerySet[Any]) -> Response:
        """The page of `rows` that the request asks for; of several querysets as of one."""
        found = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(found, many=True).data)
