"""What the product asks for when it places a call: the body of POST /v1/calls, checked.

Source: createCall of the Voice OpenAPI 1.10.0, which says what a body may be and what its defaults
are; and the official SDK's model, which says what may not be given together.
"""

import re
from dataclasses import dataclass

from carrier.ncco_check import Action, check
from carrier.refusals import BadParameterError, NotImplementedHereError
from carrier.settings import is_absolute_url

Body = dict[str, object]

KNOWN = frozenset({"to", "from", "ncco", "answer_url", "answer_method", "event_url"}) | frozenset(
    {"event_method", "machine_detection", "length_timer", "ringing_timer", "random_from_number"}
)
ENDPOINTS = ("phone", "sip", "websocket", "vbc", "app")
METHODS = ("GET", "POST")
LONGEST_RINGING = 120  # seconds
LONGEST_CALL = 86_400  # seconds


@dataclass(frozen=True)
class CreateCall:
    """A call as the product wants it: numbers are digits without "+", times are in seconds.

    Either `answer_url` or `ncco` is there. `event_url` is None where the application's is meant,
    and `machine_detection` is None, continue or hangup.
    """

    from_number: str
    to_number: str
    answer_url: str | None
    answer_method: str
    ncco: list[Action] | None
    event_url: str | None
    event_method: str
    machine_detection: str | None
    ringing_timer: int
    length_timer: int


def read(body: object) -> CreateCall:
    """Read a body.

    Raises:
        BadParameterError: Vonage would refuse it.
        NccoRefusedError: the same, for its NCCO.
        NotImplementedHereError, NccoMissingError: Vonage would take it, this carrier does not.
    """
    if not isinstance(body, dict):
        raise BadParameterError("body", "must be a JSON object")
    _check_names(body)
    answer_url, ncco = _url(body, "answer_url"), _ncco(body)
    if (answer_url is None) == (ncco is None):
        raise BadParameterError("answer_url", "give either answer_url or ncco, and not both")
    return CreateCall(
        from_number=_caller(body),
        to_number=_called(body),
        answer_url=answer_url,
        answer_method=_choice(body, "answer_method", METHODS) or "GET",
        ncco=ncco,
        event_url=_url(body, "event_url"),
        event_method=_choice(body, "event_method", METHODS) or "POST",
        machine_detection=_choice(body, "machine_detection", ("continue", "hangup")),
        ringing_timer=_seconds(body, "ringing_timer", LONGEST_RINGING, 60),
        length_timer=_seconds(body, "length_timer", LONGEST_CALL, 7200),
    )


def _check_names(body: Body) -> None:
    for name, value in body.items():
        if name not in KNOWN:
            raise NotImplementedHereError(f"the field {name!r} of a call")
        if value is None:
            raise BadParameterError(name, "is null; leave it out")


def _called(body: Body) -> str:
    endpoints = body.get("to")
    if not isinstance(endpoints, list) or len(endpoints) != 1:
        raise BadParameterError("to", "must be an array of one endpoint")
    return _number("to", endpoints[0])


def _caller(body: Body) -> str:
    at_random = body.get("random_from_number", False)
    if not isinstance(at_random, bool):
        raise BadParameterError("random_from_number", "must be true or false")
    if at_random:
        raise NotImplementedHereError("the field 'random_from_number' of a call")
    if "from" not in body:
        raise BadParameterError("from", "is required")
    return _number("from", body["from"])


def _number(name: str, endpoint: object) -> str:
    kind = endpoint.get("type") if isinstance(endpoint, dict) else None
    if not isinstance(endpoint, dict) or kind not in ENDPOINTS:
        raise BadParameterError(name, f"needs an object with a type out of: {', '.join(ENDPOINTS)}")
    if kind != "phone":
        raise NotImplementedHereError(f"the endpoint {kind!r}, only phone")
    for key in endpoint:
        if key not in {"type", "number"}:
            raise NotImplementedHereError(f"the field {key!r} of an endpoint")
    number = endpoint.get("number")
    if not isinstance(number, str) or not re.fullmatch(r"[1-9][0-9]{6,14}", number):
        raise BadParameterError(f"{name}.number", "must be 7 to 15 digits, E.164 without +")
    return number


def _ncco(body: Body) -> list[Action] | None:
    ncco = body.get("ncco")
    if ncco is None:
        return None
    if not isinstance(ncco, list) or not ncco:
        raise BadParameterError("ncco", "must be an array of actions")
    return check(ncco)


def _url(body: Body, name: str) -> str | None:
    urls = body.get(name)
    if urls is None:
        return None
    if not isinstance(urls, list) or len(urls) != 1:
        raise BadParameterError(name, "must be an array of one URL")
    if not isinstance(urls[0], str) or not is_absolute_url(urls[0]):
        raise BadParameterError(name, "must hold an absolute http or https URL")
    return urls[0]


def _choice(body: Body, name: str, choices: tuple[str, ...]) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    for choice in choices:
        if value == choice:
            return choice
    raise BadParameterError(name, f"must be {' or '.join(choices)}")


def _seconds(body: Body, name: str, most: int, default: int) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadParameterError(name, f"must be a whole number from 1 to {most}")
    return value
