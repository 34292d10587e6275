"""What the Vonage side answers, in the shapes of Vonage's API errors page."""

import json
import uuid as uuids

from aiohttp import web

from carrier.refusals import BadParameterError

ERRORS = "https://developer.vonage.com/api-errors"


def error(status: int, kind: str, title: str, detail: str, **more: object) -> web.Response:
    """An error: type, title, detail, instance."""
    body = {"type": f"{ERRORS}#{kind}", "title": title, "detail": detail}
    return web.json_response(body | {"instance": str(uuids.uuid4())} | more, status=status)


def bad_request(detail: str, **more: object) -> web.Response:
    """400."""
    return error(400, "bad-request", "Bad request", detail, **more)


def throttled() -> web.Response:
    """429."""
    return error(429, "throttled", "Rate Limit Hit", "Please wait, then retry your request")


def not_implemented(what: str) -> web.Response:
    """The refusal of what Vonage does and this carrier does not, by name."""
    return missing(f"This carrier does not implement {what}.")


def missing(detail: str) -> web.Response:
    """501, in words that are known already."""
    return error(501, "not-implemented", "Not implemented", detail)


def invalid(bad: BadParameterError) -> list[dict[str, str]]:
    """Which parameter is invalid, and why."""
    return [{"name": bad.name, "reason": bad.reason}]


async def read_json(request: web.Request) -> object:
    """The body as JSON; None when it is not."""
    try:
        parsed: object = json.loads(await request.read())
    except (ValueError, RecursionError):
        return None
    return parsed
