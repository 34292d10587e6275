"""The Vonage side: what the product may ask of the carrier at /v1/.

Errors have Vonage's shape: type, title, detail, instance (its API errors page).
"""

import json
import uuid as uuids
from collections.abc import Awaitable, Callable

from aiohttp import web

from carrier import credentials, events
from carrier.calls import Call, Calls, NoSuchCallError
from carrier.line import Line
from carrier.messages import BadMessageError, Messages, NotImplementedHereError
from carrier.ncco_check import NccoRefusedError, check, spoken
from carrier.settings import Settings

TALK_KEYS = {"text", "language", "style", "premium", "loop", "level"}
ERRORS = "https://developer.vonage.com/api-errors"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def error(status: int, kind: str, title: str, detail: str, **more: object) -> web.Response:
    """An error in Vonage's shape."""
    body = {"type": f"{ERRORS}#{kind}", "title": title, "detail": detail}
    return web.json_response(body | {"instance": str(uuids.uuid4())} | more, status=status)


def not_implemented(what: str) -> web.Response:
    """The refusal of what Vonage does and this carrier does not, by name."""
    detail = f"This carrier does not implement {what}."
    return error(501, "not-implemented", "Not implemented", detail)


class VonageSide:
    """The handlers below /v1/."""

    def __init__(self, settings: Settings, calls: Calls, line: Line, messages: Messages) -> None:
        self._settings = settings
        self._calls = calls
        self._line = line
        self._messages = messages

    def routes(self) -> list[web.AbstractRouteDef]:
        """Every path below /v1/, the last of which refuses all that has no handler."""
        return [
            web.get("/v1/calls/{uuid}", self._guarded(self.get_call)),
            web.put("/v1/calls/{uuid}", self._guarded(self.put_call)),
            web.put("/v1/calls/{uuid}/talk", self._guarded(self.put_talk)),
            web.post("/v1/messages", self._guarded(self.post_message)),
            web.route("*", "/v1/{rest:.*}", self._guarded(self.anything_else)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                credentials.check(request.headers.get("Authorization"), self._settings)
                return await handler(request)
            except credentials.NotAuthorizedError as refusal:
                response = error(401, "unauthorized", "Unauthorized", str(refusal))
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
            except NoSuchCallError:
                uuid = request.match_info["uuid"]
                return error(404, "not-found", "Not found", f"There is no call {uuid}.")

        return guarded

    async def get_call(self, request: web.Request) -> web.Response:
        """GET /v1/calls/{uuid}: GetCallResponse of the Voice OpenAPI."""
        return web.json_response(call_info(self._calls.get(request.match_info["uuid"])))

    async def put_call(self, request: web.Request) -> web.Response:
        """PUT /v1/calls/{uuid}: hangup alone; 204."""
        call = self._calls.get(request.match_info["uuid"])
        body = await read_json(request)
        action = body.get("action") if isinstance(body, dict) else None
        if not isinstance(action, str):
            return error(400, "bad-request", "Bad request", 'Send {"action": "hangup"}.')
        if action != "hangup":
            return not_implemented(f"the action {action!r} on a call")
        if call.ended:
            return error(400, "bad-request", "Bad request", "The call has ended already.")
        self._line.end(call, "platform")
        return web.Response(status=204)

    async def put_talk(self, request: web.Request) -> web.Response:
        """PUT /v1/calls/{uuid}/talk: say a text into a call that is in a conversation."""
        call = self._calls.get(request.match_info["uuid"])
        body = await read_json(request)
        if not isinstance(body, dict) or not body.keys() <= TALK_KEYS:
            keys = ", ".join(sorted(TALK_KEYS))
            return error(400, "bad-request", "Bad request", f"Send an object of {keys}.")
        if call.ended:
            return error(400, "bad-request", "Bad request", "The call has ended already.")
        try:
            (action,) = check([{"action": "talk", **body}])
        except NccoRefusedError as refusal:
            return error(400, "bad-request", "Bad request", str(refusal))
        if action.get("loop", 1) != 1:
            return not_implemented("talk into a call with a loop")
        if call.conversation is None:
            return not_implemented("talk into a call that is not in a conversation")
        call.record("action", action=action)
        call.hear(spoken(action["text"]))
        return web.json_response({"message": "Talk started", "uuid": call.uuid})

    async def post_message(self, request: web.Request) -> web.Response:
        """POST /v1/messages: an SMS to a phone; 202 {"message_uuid"}."""
        try:
            uuid = self._messages.send(await read_json(request))
        except NotImplementedHereError as refusal:
            return not_implemented(str(refusal))
        except BadMessageError as bad:
            return error(
                422,
                "invalid-params",
                "Your request parameters didn't validate.",
                str(bad),
                invalid_parameters=[{"name": bad.name, "reason": bad.reason}],
            )
        return web.json_response({"message_uuid": uuid}, status=202)

    async def anything_else(self, request: web.Request) -> web.Response:
        """Whatever has no handler."""
        return not_implemented(f"{request.method} {request.path}")


def call_info(call: Call) -> dict[str, object]:
    """GetCallResponse of the Voice OpenAPI; what is known only at the end comes only then."""
    info: dict[str, object] = {
        "_links": {"self": {"href": f"/v1/calls/{call.uuid}"}},
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "to": {"type": "phone", "number": call.to_number},
        "from": {"type": "phone", "number": call.from_number},
        "status": call.status,
        "direction": "inbound",
    }
    if call.status == "completed":
        info |= {key: value for key, value in events.summary(call).items() if value is not None}
    return info


async def read_json(request: web.Request) -> object:
    """The body as JSON; None when it is not."""
    try:
        parsed: object = json.loads(await request.read())
    except (ValueError, RecursionError):
        return None
    return parsed
