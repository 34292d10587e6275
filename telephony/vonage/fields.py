"""One field of a payload of Vonage's, read with the care it needs: absent, or of another type."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Payload = Mapping[str, Any]


class BadPayload(ValueError):
    """The payload lacks what is needed to act on it; the text names the field and the remedy."""


def text(payload: Payload, key: str) -> str:
    value = payload.get(key)
    return str(value).strip() if isinstance(value, str | int | float) else ""


def number(payload: Payload, key: str) -> str:
    """The API wraps numbers, `{"type": "phone", "number": "…"}`; webhooks do not."""
    value = payload.get(key)
    return text(value, "number") if isinstance(value, Mapping) else text(payload, key)


def custom(payload: Payload, key: str) -> Payload:
    """What an app sent along: an object, or in a query the JSON of one. Anybody may write it."""
    value = payload.get(key)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def required(payload: Payload, key: str) -> str:
    value = text(payload, key)
    if not value:
        raise BadPayload(f"`{key}` is missing: send the payload as Vonage does")
    if len(value) > 64:
        raise BadPayload(f"`{key}` is longer than 64 characters")
    return value


def moment(payload: Payload, key: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text(payload, key))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def whole(payload: Payload, key: str, *, below: int = 10_000_000) -> int | None:
    value = decimal(payload, key, below=below)
    return int(value) if value is not None else None


def decimal(payload: Payload, key: str, *, below: int = 10_000) -> Decimal | None:
    try:
        value = Decimal(text(payload, key))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < below else None
