"""GET /v1/calls: which calls a query means, page by page (getCalls of the Voice OpenAPI 1.10.0)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from carrier.call import Call
from carrier.refusals import BadParameterError, NotImplementedHereError

STATUSES = (
    *("started", "ringing", "answered", "machine", "completed", "busy", "cancelled"),
    *("failed", "rejected", "timeout", "unanswered"),
)
KNOWN = frozenset({"status", "date_start", "date_end", "page_size", "record_index", "order"})
ORDERS = ("asc", "desc")
MOST = 100  # of a page
FEW = 10  # of a page, when nothing is asked


def page(calls: list[Call], query: Mapping[str, str]) -> dict[str, Any]:
    """The calls of one page, and how many there are in all; `calls` come oldest first.

    A call's time is that of its beginning. `record_index` counts calls, not pages.

    Raises:
        BadParameterError: the query is not one of the OpenAPI's.
        NotImplementedHereError: it asks for what nobody knows.
    """
    for name in query:
        if name not in KNOWN | {"conversation_uuid"}:
            raise NotImplementedHereError(f"the parameter {name!r} of a list of calls")
    size = _whole(query, "page_size", FEW, 1, MOST)
    index = _whole(query, "record_index", 0, 0, 10**9)
    found = _meant(calls, query)
    if _choice(query, "order", ORDERS) == "desc":
        found.reverse()
    return {
        "count": len(found),
        "page_size": size,
        "record_index": index,
        "_links": _links(query, size, index, len(found)),
        "calls": found[index : index + size],
    }


def _meant(calls: list[Call], query: Mapping[str, str]) -> list[Call]:
    since, until = _moment(query, "date_start"), _moment(query, "date_end")
    status, conversation = _choice(query, "status", STATUSES), query.get("conversation_uuid")
    return [
        call
        for call in calls
        if (status is None or call.status == status)
        and (conversation is None or call.conversation_uuid == conversation)
        and (since is None or call.started_at >= since)
        and (until is None or call.started_at <= until)
    ]


def _links(query: Mapping[str, str], size: int, index: int, count: int) -> dict[str, Any]:
    def link(to: int) -> dict[str, str]:
        asked = {**query, "page_size": str(size), "record_index": str(to)}
        return {"href": f"/v1/calls?{urlencode(asked)}"}

    last = max(0, (count - 1) // size * size)
    links = {"self": link(index), "first": link(0), "last": link(last)}
    if index + size < count:
        links["next"] = link(index + size)
    if index > 0:
        links["prev"] = link(max(0, index - size))
    return links


def _whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise BadParameterError(name, f"must be a whole number from {least} to {most}")
    return int(text)


def _choice(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is not None and value not in choices:
        raise BadParameterError(name, f"must be one of: {', '.join(choices)}")
    return value


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        # A "+" that was not escaped arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise BadParameterError(name, "must be a date and time in ISO 8601") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
