"""What the OpenAPI description tells of every operation: who may call it and how it fails."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema as _AutoSchema

from rooms.rest.problem import BASE, MEDIA_TYPE
from rooms.rest.problem_kinds import KINDS

Json = dict[str, Any]


class AutoSchema(_AutoSchema):
    """The first line of a handler's docstring is the summary, the rest the description."""

    def get_summary(self) -> str:
        return self._doc().partition("\n")[0].strip()

    def get_description(self) -> str:  # type: ignore[override]
        return " ".join(self._doc().partition("\n")[2].split())

    def _doc(self) -> str:
        action = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, action).__doc__ or ""

    def get_operation_id(self) -> str:
        action: str = getattr(self.view, "action", self.method.lower())
        return f"{self._tokenize_path()[0]}_{action}"

    def get_auth(self) -> list[Json]:
        if getattr(self.view, "session_only", False):
            return [{"session": []}]
        return super().get_auth()

    def get_tags(self) -> list[str]:
        tag: str = self._tokenize_path()[0]
        return [tag]


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "rooms.accounts.api_auth.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: _AutoSchema) -> Json:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ark_…",
            "description": "A key made on the account's page. Its scopes say what it may do.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "rooms.accounts.api_auth.LoginAuthentication"
    match_subclasses = True
    name = "session"

    def get_security_definition(self, auto_schema: _AutoSchema) -> Json:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The login of the site. Changes need the header X-CSRFToken, with the "
            "value of the cookie csrftoken.",
        }


# What holds the id of another thing, in a query or a body; one of another account is not found.
HOLD_IDS = {
    *("room", "conference", "sound", "meeting", "occurrence", "invitee", "organizer", "person"),
    *("endpoint", "event"),
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "5f0c7c2e-6d0a-4d6b-9f3e-2b1b6d1b9a4e",
    "description": "A name of your choice for this request, kept for 24 hours. Sent again with the "
    "same name, the request is not carried out again: the answer is the first one's, "
    "with `Idempotent-Replayed: true`.",
}
HEADERS: Json = {
    "RateLimit-Policy": {
        "description": "How many requests (`q`) may be sent in how many seconds (`w`).",
        "schema": {"type": "string", "examples": ['"api";q=300;w=60']},
    },
    "RateLimit": {
        "description": "How many are left (`r`) for how many seconds (`t`).",
        "schema": {"type": "string", "examples": ['"api";r=299;t=42']},
    },
    "Idempotent-Replayed": {
        "description": "`true` where the answer is that of an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "description": "How many seconds to wait.",
        "schema": {"type": "integer"},
    },
}
PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457. `type` is an address that explains the problem and never changes.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "enum": [BASE + slug for slug in KINDS]},
        "title": {"type": "string", "description": "What happened."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do about it."},
        "instance": {"type": "string", "description": "The address that was asked."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail", "code"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "A JSON pointer into the body (RFC 6901).",
                    },
                    "parameter": {
                        "type": "string",
                        "description": "The query parameter or header that is meant.",
                    },
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}


def add_common(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """A postprocessing hook: headers, problems and the Idempotency-Key of every operation."""
    components = result["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["headers"] = HEADERS
    components["parameters"] = {"IdempotencyKey": IDEMPOTENCY_KEY}
    statuses = sorted({kind.status for kind in KINDS.values()})
    components["responses"] = {f"Problem{status}": _response(status) for status in statuses}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation, _fields(operation, components["schemas"]))
    return result


def _fields(operation: Json, shapes: Json) -> set[str]:
    found: set[str] = set()
    for content in operation.get("requestBody", {}).get("content", {}).values():
        shape = content["schema"]
        if "$ref" in shape:
            shape = shapes[shape["$ref"].rpartition("/")[2]]
        found |= shape.get("properties", {}).keys()
    return found


def _complete(path: str, method: str, operation: Json, fields: set[str]) -> None:
    """`fields` are those of its body."""
    answers = operation["responses"]
    fails = {400, 401, 403, 429, 500} | {int(one) for one in answers if int(one) >= 400}
    for answer in answers.values():
        answer["description"] = answer["description"] or "Done."
        answer["headers"] = _headers("RateLimit-Policy", "RateLimit")
        if method == "post":
            answer["headers"] |= _headers("Idempotent-Replayed")
    named = {one["name"] for one in _parameters(operation) if one["in"] == "query"}
    if "{" in path or (named | fields) & HOLD_IDS:
        fails.add(404)
    if method in ("post", "patch"):
        fails |= {409, 413, 415}
    if method == "delete":
        fails.add(409)
    if method == "post":
        reference = {"$ref": "#/components/parameters/IdempotencyKey"}
        operation["parameters"] = [*_parameters(operation), reference]
    for status in sorted(fails):
        answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _parameters(operation: Json) -> list[Json]:
    found: list[Json] = operation.get("parameters", [])
    return found


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _response(status: int) -> Json:
    kinds = [kind for kind in KINDS.values() if kind.status == status]
    headers = _headers("RateLimit-Policy", "RateLimit")
    if status in (409, 429):
        headers |= _headers("Retry-After")
    examples = {
        kind.slug: {
            "value": {
                "type": BASE + kind.slug,
                "title": str(kind.title),
                "status": status,
                "detail": str(kind.remedy),
                "instance": "/api/v1/rooms/",
            }
        }
        for kind in kinds
    }
    return {
        "description": " ".join(str(kind.title) for kind in kinds),
        "headers": headers,
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        },
    }
