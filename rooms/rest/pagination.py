"""Pages of lists: a cursor names the last row that was seen, so nothing is skipped or doubled."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.rest.problem import wrong_parameter

if TYPE_CHECKING:  # the framework imports this module while it makes APIView
    from rest_framework.views import APIView

DEFAULT = 50
MOST = 200


class Pages(BasePagination):
    """`?cursor=&limit=` over a queryset ordered by `view.order`: a time (or nothing) and the id.

    `view.order` is ("created_at", "id") or ("id",), each with "-" in front for newest first.
    Several querysets, which may share rows, make one list: each is read by its own index.
    """

    next_cursor: str | None

    def paginate_queryset(
        self,
        queryset: "QuerySet[Any] | Sequence[Any]",
        request: Request,
        view: "APIView | None" = None,
    ) -> list[Any]:
        parts = queryset if isinstance(queryset, tuple) else (cast(QuerySet[Any], queryset),)
        order: tuple[str, ...] = view.order  # type: ignore[union-attr]
        limit = _limit(request.query_params.get("limit", str(DEFAULT)))
        cursor = request.query_params.get("cursor", "")
        if cursor and parts:
            after = _after(order, _decoded(cursor, order, parts[0].model))
            parts = tuple(rows.filter(after) for rows in parts)
        found = _merged([list(rows.order_by(*order)[: limit + 1]) for rows in parts], order)
        self.next_cursor = _encoded(found[limit - 1], order) if len(found) > limit else None
        return found[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "next_cursor": self.next_cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["data", "next_cursor"],
            "properties": {
                "data": schema,
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Give it as `cursor` for the next page; null on the last one.",
                    "example": "WyJybV8wMWpkMms0MnZuN2V4NGgxdDB5NnFzOXcwYSJd",
                },
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string"},
                "description": "`next_cursor` of the page before.",
            },
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
                "description": "How many rows a page holds at most.",
            },
        ]


def _limit(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST:
        return int(text)
    raise wrong_parameter("limit", _("Give a whole number from 1 to %(most)d.") % {"most": MOST})


def _merged(parts: list[list[Any]], order: tuple[str, ...]) -> list[Any]:
    if len(parts) == 1:
        return parts[0]
    rows = {row.pk: row for part in parts for row in part}.values()
    return sorted(rows, key=lambda row: _values(row, order), reverse=order[0].startswith("-"))


def _values(row: Model, order: tuple[str, ...]) -> list[Any]:
    return [getattr(row, field.lstrip("-")) for field in (*order[:-1], "pk")]


def _encoded(row: Model, order: tuple[str, ...]) -> str:
    values = _values(row, order)
    texts = [
        value.isoformat() if isinstance(value, dt.datetime) else str(value) for value in values
    ]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def _decoded(cursor: str, order: tuple[str, ...], model: type[Model]) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        *times, last = json.loads(base64.b64decode(padded.encode("ascii"), b"-_", validate=True))
        if len(times) != len(order) - 1 or not isinstance(last, str) or not last.isprintable():
            raise ValueError(cursor)
        moments = [dt.datetime.fromisoformat(time) for time in times]
        if any(moment.utcoffset() != dt.timedelta(0) for moment in moments):
            raise ValueError(cursor)
        last = model._meta.pk.to_python(last)
    except (ValueError, TypeError, binascii.Error, ValidationError) as error:
        raise wrong_parameter(
            "cursor", _("Give the “next_cursor” of an earlier answer, unchanged.")
        ) from error
    return [*moments, last]


def _after(order: tuple[str, ...], values: list[Any]) -> Q:
    """Rows that come after the one that has `values`; the first bound lets an index be used."""
    side = "lt" if order[0].startswith("-") else "gt"
    beyond = Q(**{f"pk__{side}": values[-1]})
    if len(order) == 1:
        return beyond
    first = order[0].lstrip("-")
    return Q(**{f"{first}__{side}e": values[0]}) & (Q(**{f"{first}__{side}": values[0]}) | beyond)
