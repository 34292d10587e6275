"""Every error of the API is a problem (RFC 9457), whatever raised it."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse
from django.utils.encoding import force_str
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

from rooms.rest.problem_kinds import KINDS, Kind

BASE = "/api/v1/problems/"
MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

_SLUGS: dict[type[Exception], str] = {
    exceptions.ValidationError: "validation",
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "unauthenticated",
    exceptions.AuthenticationFailed: "unauthenticated",
    exceptions.PermissionDenied: "not-allowed",
    PermissionDenied: "not-allowed",
    exceptions.NotFound: "not-found",
    Http404: "not-found",
    exceptions.MethodNotAllowed: "method-not-allowed",
    exceptions.UnsupportedMediaType: "unsupported-media-type",
    exceptions.Throttled: "rate-limited",
    DjangoValidationError: "validation",
    RequestDataTooBig: "too-large",
}


class Problem(exceptions.APIException):
    """Raise this to answer with a problem of the kind `slug`; `detail` is about this case."""

    def __init__(
        self,
        slug: str,
        detail: Any = "",
        *,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = KINDS[slug]
        self.status_code = self.kind.status
        self.errors = errors or []
        self.headers = dict(headers or {})
        super().__init__(str(detail or self.kind.remedy), code=slug)


def wrong_parameter(name: str, detail: Any) -> Problem:
    """A query parameter that cannot be accepted."""
    return Problem(
        "validation",
        errors=[{"parameter": name, "detail": force_str(detail), "code": "invalid"}],
    )


def answer(exc: Exception, context: dict[str, Any]) -> HttpResponse:
    """Django REST framework's exception handler."""
    problem = exc if isinstance(exc, Problem) else _problem_of(exc)
    request = context["request"]
    if problem.kind.slug == "internal":
        log.error("%s %s failed", request.method, request.path, exc_info=exc)
        got_request_exception.send(sender=None, request=request._request)
    return as_response(problem, request.path)


def as_response(problem: Problem, path: str) -> HttpResponse:
    kind = problem.kind
    body: dict[str, Any] = {
        "type": BASE + kind.slug,
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": path,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return HttpResponse(
        JSONRenderer().render(body),
        status=kind.status,
        content_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def _problem_of(exc: Exception) -> Problem:
    slug = next((_SLUGS[parent] for parent in type(exc).__mro__ if parent in _SLUGS), "internal")
    headers = {}
    if slug == "unauthenticated":
        headers["WWW-Authenticate"] = getattr(exc, "auth_header", "Bearer")
    if isinstance(exc, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, round(getattr(exc, "wait", None) or 1)))
    if isinstance(exc, exceptions.ValidationError):
        return Problem(slug, errors=list(_errors(exc.detail, "")))
    if isinstance(exc, DjangoValidationError):
        return Problem(slug, " ".join(exc.messages))
    return Problem(slug, _detail(exc, KINDS[slug]), headers=headers)


def _detail(exc: Exception, kind: Kind) -> str:
    """What happened in this case, where the exception says more than the kind, and the remedy."""
    if isinstance(exc, exceptions.ParseError | exceptions.UnsupportedMediaType):
        return f"{force_str(exc.detail)} {kind.remedy}"
    return str(kind.remedy)


def _errors(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Django REST framework's nested errors as a flat list of JSON pointers."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{_escaped(str(name))}"
            yield from _errors(inner, pointer + step)
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            # Texts in a list are about the list's owner, anything else about its own place.
            nested = isinstance(inner, dict | list)
            yield from _errors(inner, f"{pointer}/{number}" if nested else pointer)
    else:
        code = getattr(detail, "code", "invalid")
        yield {"pointer": pointer, "detail": force_str(detail), "code": code}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
