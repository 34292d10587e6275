"""Examples for the API's schema, one of each thing."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

ROOM: dict[str, Any] = {
    "id": "rm_01jd2k42vn7ex4h1t0y6qs9w0a",
    "name": "Monday call",
    "language": "en",
    "greeting": "Welcome to the Monday call.",
    "access_code": "4829301",
    "numbers": [
        {
            "number": "+15550100",
            "language": "en",
            "asks_for_code": True,
            "one_tap": "tel:+15550100,,4829301#",
        }
    ],
    "one_tap": "tel:+15550100,,4829301#",
    "public_url": "https://anyroom.example/r/kJ3x0vQ9aLw2Zt8bNf5yRg/",
    "people_in": 0,
    "open_conference": None,
    "created_at": "2026-11-22T09:30:00Z",
    "archived_at": None,
}
NEW_ROOM = {"name": "Monday call", "language": "en"}
CONFERENCE = {
    "id": "cf_01jd2m8r5c6v2w9q4k1x7z3b0e",
    "room": ROOM["id"],
    "started_at": "2026-11-23T09:00:04Z",
    "ended_at": "2026-11-23T09:41:37Z",
    "participant_count": 4,
}
PARTICIPANT = {
    "id": "pt_01jd2m8r6d1f3g5h7j9k0m2n4p",
    "conference": CONFERENCE["id"],
    "room": ROOM["id"],
    "call": "63f61863-4a51-4f6b-86e1-46edebcf9356",
    "caller": "+34 ••• •• •• 56",
    "joined_at": "2026-11-23T09:00:04Z",
    "confirmed_at": "2026-11-23T09:00:05Z",
    "left_at": "2026-11-23T09:41:37Z",
}


def with_examples(**values: dict[str, Any]) -> Callable[[type[Any]], type[Any]]:
    """Shows `values` as answers in the schema."""
    examples = [
        OpenApiExample(name, value=value, response_only=True) for name, value in values.items()
    ]
    decorate: Callable[[type[Any]], type[Any]] = extend_schema_serializer(examples=examples)
    return decorate
