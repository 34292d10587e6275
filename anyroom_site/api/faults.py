"""Errors that Django answers before a view of the API is reached, or in its stead."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from rooms.rest.problem import Problem, as_response


def bad_request(request: HttpRequest, exception: Exception) -> Any:
    return _problem(request, "bad-request") or defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> Any:
    return _problem(request, "internal") or defaults.server_error(request)


def _problem(request: HttpRequest, slug: str) -> HttpResponse | None:
    if not request.path.startswith("/api/"):
        return None
    return as_response(Problem(slug), request.path)
