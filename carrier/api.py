"""The Vonage side: what the product may ask of the carrier at /v1/.

Errors have Vonage's shape: type, title, detail, instance (its API errors page).
"""

import json
import time
import uuid as uuids
from collections import deque
from collections.abc import Awaitable, Callable

from aiohttp import web

from carrier import create_call, credentials, events
from carrier.calls import Call, Calls, NoSuchCallError, TooManyCallsError
from carrier.deliveries import Deliveries
from carrier.line import Line
from carrier.messages import Messages
from carrier.ncco_check import NccoMissingError, NccoRefusedError, check, spoken
from carrier.refusals import BadParameterError, NotImplementedHereError
from carrier.settings import Settings

TALK_KEYS = {"text", "language", "style", "premium", "loop", "level"}
ERRORS = "https://developer.vonage.com/api-errors"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def error(status: int, kind: str, title: str, detail: str, **more: object) -> web.Response:
    """An error in Vonage's shape."""
    body = {"type": f"{ERRORS}#{kind}", "title": title, "detail": detail}
    return web.json_response(body | {"instance": str(uuids.uuid4())} | more, status=status)


def bad_request(detail: str, **more: object) -> web.Response:
    """400 in Vonage's shape."""
    return error(400, "bad-request", "Bad request", detail, **more)


def not_implemented(what: str) -> web.Response:
    """The refusal of what Vonage does and this carrier does not, by name."""
    detail = f"This carrier does not implement {what}."
    return error(501, "not-implemented", "Not implemented", detail)


class VonageSide:
    """The handlers below /v1/."""

    def __init__(
        self,
        settings: Settings,
        calls: Calls,
        line: Line,
        messages: Messages,
        deliveries: Deliveries,
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._line = line
        self._messages = messages
        self._deliveries = deliveries
        self._created: deque[float] = deque()  # when POST /v1/calls was taken, in the last second

    def routes(self) -> list[web.AbstractRouteDef]:
        """Every path below /v1/, the last of which refuses all that has no handler."""
        return [
            web.post("/v1/calls", self._guarded(self.post_call)),
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
            except NotImplementedHereError as refusal:
                return not_implemented(str(refusal))
            except credentials.NotAuthorizedError as refusal:
                response = error(401, "unauthorized", "Unauthorized", str(refusal))
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
            except NoSuchCallError:
                uuid = request.match_info["uuid"]
                return error(404, "not-found", "Not found", f"There is no call {uuid}.")

        return guarded

    async def post_call(self, request: web.Request) -> web.Response:
        """POST /v1/calls: createCall of the Voice OpenAPI; 201, and the phone rings."""
        if not self._may_create():
            wait = "Please wait, then retry your request"
            return error(429, "throttled", "Rate Limit Hit", wait)
        if self._deliveries.switches.fail_create:
            return error(500, "internal-error", "Internal error", "A switch asks for this.")
        try:
            call = self._line.place(create_call.read(await read_json(request)))
        except BadParameterError as bad:
            return bad_request(str(bad), invalid_parameters=_invalid(bad))
        except NccoMissingError as missing:
            return error(501, "not-implemented", "Not implemented", str(missing))
        except NccoRefusedError as refusal:
            invalid = _invalid(BadParameterError("ncco", str(refusal)))
            return bad_request(str(refusal), invalid_parameters=invalid)
        except TooManyCallsError as full:
            return error(503, "unavailable", "Service unavailable", str(full))
        if self._deliveries.switches.drop_create and request.transport:
            request.transport.abort()
        body = {
            "uuid": call.uuid,
            "status": "started",
            "direction": call.direction,
            "conversation_uuid": call.conversation_uuid,
        }
        return web.json_response(body, status=201)

    def _may_create(self) -> bool:
        """Whether one more call may be created in this second."""
        now, most = time.monotonic(), self._deliveries.switches.calls_per_second
        while self._created and now - self._created[0] >= 1:
            self._created.popleft()
        if most and len(self._created) >= most:
            return False
        self._created.append(now)
        return True

    async def get_call(self, request: web.Request) -> web.Response:
        """GET /v1/calls/{uuid}: GetCallResponse of the Voice OpenAPI."""
        return web.json_response(call_info(self._calls.get(request.match_info["uuid"])))

    async def put_call(self, request: web.Request) -> web.Response:
        """PUT /v1/calls/{uuid}: hangup alone; 204."""
        call = self._calls.get(request.match_info["uuid"])
        body = await read_json(request)
        action = body.get("action") if isinstance(body, dict) else None
        if not isinstance(action, str):
            return bad_request('Send {"action": "hangup"}.')
        if action != "hangup":
            return not_implemented(f"the action {action!r} on a call")
        if call.ended:
            return bad_request("The call has ended already.")
        self._line.end(call, "platform")
        return web.Response(status=204)

    async def put_talk(self, request: web.Request) -> web.Response:
        """PUT /v1/calls/{uuid}/talk: say a text into a call that is in a conversation."""
        call = self._calls.get(request.match_info["uuid"])
        body = await read_json(request)
        if not isinstance(body, dict) or not body.keys() <= TALK_KEYS:
            keys = ", ".join(sorted(TALK_KEYS))
            return bad_request(f"Send an object of {keys}.")
        if call.ended:
            return bad_request("The call has ended already.")
        try:
            (action,) = check([{"action": "talk", **body}])
        except NccoRefusedError as refusal:
            return bad_request(str(refusal))
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
        except BadParameterError as bad:
            title = "Your request parameters didn't validate."
            invalid = _invalid(bad)
            return error(422, "invalid-params", title, str(bad), invalid_parameters=invalid)
        return web.json_response({"message_uuid": uuid}, status=202)

    async def anything_else(self, request: web.Request) -> web.Response:
        """Whatever has no handler."""
        return not_implemented(f"{request.method} {request.path}")


def _invalid(bad: BadParameterError) -> list[dict[str, str]]:
    return [{"name": bad.name, "reason": bad.reason}]


def call_info(call: Call) -> dict[str, object]:
    """GetCallResponse of the Voice OpenAPI; what is known only at the end comes only then."""
    info: dict[str, object] = {
        "_links": {"self": {"href": f"/v1/calls/{call.uuid}"}},
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "to": {"type": "phone", "number": call.to_number},
        "from": {"type": "phone", "number": call.from_number},
        "status": call.status,
        "direction": call.direction,
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
