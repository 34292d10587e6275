"""The Vonage side: what the product may ask of the carrier at /v1/."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from carrier import create_call, credentials
from carrier.calls import Calls, NoSuchCallError, TooManyCallsError
from carrier.control import Control
from carrier.deliveries import Deliveries
from carrier.line import Line
from carrier.messages import Messages
from carrier.ncco_check import NccoMissingError, NccoRefusedError
from carrier.pace import Pace
from carrier.recordings import Recordings
from carrier.refusals import BadParameterError, NotImplementedHereError
from carrier.settings import Settings
from carrier.vonage_answers import (
    bad_request,
    error,
    invalid,
    missing,
    not_implemented,
    read_json,
    throttled,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class VonageSide:
    """The handlers below /v1/."""

    def __init__(
        self,
        settings: Settings,
        calls: Calls,
        line: Line,
        messages: Messages,
        deliveries: Deliveries,
        recordings: Recordings,
    ) -> None:
        self.pace = Pace()  # of all that is asked of calls and files but new calls
        self._settings = settings
        self._line = line
        self._messages = messages
        self._deliveries = deliveries
        self._recordings = recordings
        self._control = Control(settings, calls, line)
        self._created = Pace()

    def routes(self) -> list[web.AbstractRouteDef]:
        """Every path below /v1/, the last of which refuses all that has no handler."""
        control, call = self._control, "/v1/calls/{uuid}"
        return [
            web.post("/v1/calls", self._guarded(self.post_call)),
            web.get("/v1/calls", self._paced(control.list_calls)),
            web.get(call, self._paced(control.get_call)),
            web.put(call, self._paced(control.put_call)),
            web.put(f"{call}/{{kind:talk|stream}}", self._paced(control.start_playing)),
            web.delete(f"{call}/{{kind:talk|stream}}", self._paced(control.stop_playing)),
            web.get("/v1/files/{uuid}", self._paced(self.get_file)),
            web.post("/v1/messages", self._guarded(self.post_message)),
            web.route("*", "/v1/{rest:.*}", self._paced(self.anything_else)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                credentials.check(request.headers.get("Authorization"), self._settings)
                return await handler(request)
            except NotImplementedHereError as refusal:
                return not_implemented(str(refusal))
            except NccoMissingError as refusal:
                return missing(str(refusal))
            except BadParameterError as bad:
                return bad_request(str(bad), invalid_parameters=invalid(bad))
            except NccoRefusedError as refusal:
                why = invalid(BadParameterError("ncco", str(refusal)))
                return bad_request(str(refusal), invalid_parameters=why)
            except credentials.NotAuthorizedError as refusal:
                response = error(401, "unauthorized", "Unauthorized", str(refusal))
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
            except NoSuchCallError:
                uuid = request.match_info["uuid"]
                return error(404, "not-found", "Not found", f"There is no call {uuid}.")

        return guarded

    def _paced(self, handler: Handler) -> Handler:
        """Guarded, and refused when the product asks too fast."""

        async def paced(request: web.Request) -> web.StreamResponse:
            if not self.pace.takes(self._deliveries.switches.requests_per_second):
                return throttled()
            return await handler(request)

        return self._guarded(paced)

    async def post_call(self, request: web.Request) -> web.Response:
        """POST /v1/calls: createCall of the Voice OpenAPI; 201, and the phone rings."""
        if not self._created.takes(self._deliveries.switches.calls_per_second):
            return throttled()
        if self._deliveries.switches.fail_create:
            return error(500, "internal-error", "Internal error", "A switch asks for this.")
        try:
            call = self._line.place(create_call.read(await read_json(request)))
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

    async def get_file(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/files/{uuid}: a recording, as WAV; 404 when there is none, or no more."""
        uuid = request.match_info["uuid"]
        path = self._recordings.file(uuid)
        if path is None:
            return error(404, "not-found", "Not found", f"There is no file {uuid}.")
        return web.FileResponse(path, headers={"Content-Type": "audio/wav"})

    async def post_message(self, request: web.Request) -> web.Response:
        """POST /v1/messages: an SMS to a phone; 202 {"message_uuid"}.

        Messages are an API of its own at Vonage, so they do not count among the requests.
        """
        try:
            uuid = self._messages.send(await read_json(request))
        except BadParameterError as bad:
            title = "Your request parameters didn't validate."
            why = invalid(bad)
            return error(422, "invalid-params", title, str(bad), invalid_parameters=why)
        return web.json_response({"message_uuid": uuid}, status=202)

    async def anything_else(self, request: web.Request) -> web.Response:
        """Whatever has no handler."""
        return not_implemented(f"{request.method} {request.path}")
