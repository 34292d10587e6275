"""Stripe's way of writing requests, errors and lists."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Model, QuerySet

Json = dict[str, Any]
Params = dict[str, Any]
API_VERSION = "2026-10-28.endive"


class Refused(Exception):
    """An answer that is an error, as Stripe words it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"message": message, "type": kind}}
        self.body["error"] |= {"code": code} if code else {}
        self.body["error"] |= {"param": param} if param else {}


def missing(kind: str, row_id: str, param: str = "id") -> Refused:
    return Refused(
        f"No such {kind}: '{row_id}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def decode(text: str) -> Params:
    """`a[b][0][c]=d` as nested dicts and lists; every value stays text."""
    found: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = re.findall(r"[^\[\]]+", name) + ([""] if name.endswith("[]") else [])
        here = found
        for key in keys[:-1]:
            here = here.setdefault(key, {})
        here[keys[-1] or str(len(here))] = value
    return {key: _with_lists(value) for key, value in found.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if all(key.isdecimal() for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(one) for key, one in value.items()}


def required(params: Params, name: str) -> str:
    value = params.get(name)
    if not value:
        raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return str(value)


def listing(rows: "QuerySet[Any]", params: Params, url: str, shape: Callable[[Any], Json]) -> Json:
    """A page of a list, the newest first."""
    try:
        limit = int(params.get("limit", 10))
    except ValueError:
        limit = 0
    if not 1 <= limit <= 100:
        raise Refused("Invalid integer: limit must be from 1 to 100", param="limit")
    found: list[Model] = list(rows.order_by("-created", "-id"))
    after = params.get("starting_after")
    if after:
        places = [number for number, row in enumerate(found) if row.pk == after]
        if not places:
            raise missing("object", after, "starting_after")
        found = found[places[0] + 1 :]
    data = [shape(row) for row in found[:limit]]
    return {"object": "list", "data": data, "has_more": len(found) > limit, "url": url}
