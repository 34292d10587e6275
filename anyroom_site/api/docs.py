"""What explains the API: its root, its schema, the page to try it on, and its problems."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.access import public
from rooms.rest.problem import BASE
from rooms.rest.problem_kinds import KINDS, Kind
from rooms.rest.views import Framed


class Open(Framed):
    """For everybody; what the request says about its sender is not looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


@extend_schema(exclude=True)
class Root(Open):
    def get(self, request: Request) -> Response:
        pages = {name: reverse(f"api:{name}") for name in ("schema", "docs", "problems")}
        addresses = {name: f"{settings.PUBLIC_URL}{path}/" for name, path in pages.items()}
        return Response({"name": "AnyRoom API", "version": "1", **addresses})


@cache
def _schema(language: str) -> dict[str, Any]:
    """It only changes with the code, and making it takes a second."""
    with translation.override(language):
        schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return schema


@extend_schema(exclude=True)
class Schema(Open):
    renderer_classes = (OpenApiJsonRenderer2, OpenApiYamlRenderer)
    content_negotiation_class = DefaultContentNegotiation

    def get(self, request: Request) -> Response:
        return Response(_schema("en"))  # as the docstrings in it are


@public
@ensure_csrf_cookie  # for those who try it by their login
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")


@extend_schema(exclude=True)
class Problems(Open):
    def get(self, request: Request) -> Response:
        return Response({"data": [_explained(kind) for kind in KINDS.values()]})


@extend_schema(exclude=True)
class ProblemPage(Open):
    """A page for people, JSON for programs, as the header Accept prefers."""

    def get(self, request: Request, slug: str) -> HttpResponse | Response:
        kind = KINDS.get(slug)
        if kind is None:
            raise NotFound
        preferred = request._request.get_preferred_type(["application/json", "text/html"])
        if preferred == "text/html":
            return render(request._request, "api/problem.html", {"kind": kind})
        return Response(_explained(kind))


def _explained(kind: Kind) -> dict[str, Any]:
    return {
        "type": BASE + kind.slug,
        "title": kind.title,
        "status": kind.status,
        "remedy": kind.remedy,
    }


@extend_schema(exclude=True)
class Unknown(Open):
    """Every other address under /api/."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound
