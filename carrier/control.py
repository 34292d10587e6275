"""What the product may ask of calls that are there: look at them, change them, play into them.

Source: getCalls, getCall, updateCall, startTalk, stopTalk, startStream and stopStream of the Voice
OpenAPI 1.10.0.
"""

from aiohttp import web

from carrier import call_list, events, playback
from carrier.call import Call
from carrier.calls import Calls
from carrier.line import Line
from carrier.ncco_check import Action, NccoRefusedError, check
from carrier.refusals import BadParameterError, NotImplementedHereError
from carrier.settings import Settings
from carrier.vonage_answers import bad_request, read_json

# What an action of PUT /v1/calls/{uuid} sets on the call.
SWITCHED = {
    "mute": ("muted", True),
    "unmute": ("muted", False),
    "earmuff": ("earmuffed", True),
    "unearmuff": ("earmuffed", False),
}
ACTIONS = ("hangup", "transfer", *SWITCHED)
PLAYED = {
    "talk": ("text", "language", "style", "premium", "loop", "level"),
    "stream": ("stream_url", "loop", "level"),
}


class CallIsNotUpError(BadParameterError):
    """The call has ended, or is not answered yet, so nothing can be done to it."""


class Control:
    """The handlers of calls; credentials are checked and errors are answered around them."""

    def __init__(self, settings: Settings, calls: Calls, line: Line) -> None:
        self._settings = settings
        self._calls = calls
        self._line = line

    async def list_calls(self, request: web.Request) -> web.Response:
        """GET /v1/calls: those that the query asks for, page by page."""
        found = call_list.page(self._calls.all(), request.query)
        found["_embedded"] = {"calls": [call_info(call) for call in found.pop("calls")]}
        return web.json_response(found)

    async def get_call(self, request: web.Request) -> web.Response:
        """GET /v1/calls/{uuid}: GetCallResponse of the Voice OpenAPI."""
        return web.json_response(call_info(self._calls.get(request.match_info["uuid"])))

    async def put_call(self, request: web.Request) -> web.Response:
        """PUT /v1/calls/{uuid}: one of `ACTIONS`; 204."""
        call = self._calls.get(request.match_info["uuid"])
        body = await read_json(request)
        action = body.get("action") if isinstance(body, dict) else None
        if not isinstance(body, dict) or action not in ACTIONS:
            return bad_request(f'Send {{"action": …}} with one of: {", ".join(ACTIONS)}.')
        if action == "hangup":
            _check_is_live(call)
            call.record("control", control=action)
            self._line.end(call, "platform")
        elif action == "transfer":
            ncco = _destination(body.get("destination"))
            _check_is_up(call)
            call.record("control", control=action, ncco=ncco)
            self._line.transfer(call, ncco)
        else:
            _check_is_up(call)
            name, value = SWITCHED[action]
            setattr(call, name, value)
            call.record("control", control=action)
            call.changed()
        return web.Response(status=204)

    async def start_playing(self, request: web.Request) -> web.Response:
        """PUT /v1/calls/{uuid}/talk or /stream: into a call that is in a conversation."""
        call, kind = self._calls.get(request.match_info["uuid"]), request.match_info["kind"]
        action = _to_play(kind, await read_json(request))
        _check_is_up(call)
        if call.conversation is None:
            raise NotImplementedHereError(f"{kind} into a call that is not in a conversation")
        call.record("action", action=action)
        playback.play(call, action, self._settings)
        return web.json_response({"message": f"{kind.title()} started", "uuid": call.uuid})

    async def stop_playing(self, request: web.Request) -> web.Response:
        """DELETE /v1/calls/{uuid}/talk or /stream: also when nothing plays."""
        call, kind = self._calls.get(request.match_info["uuid"]), request.match_info["kind"]
        _check_is_up(call)
        playback.stop(call, kind)
        return web.json_response({"message": f"{kind.title()} stopped", "uuid": call.uuid})


def _check_is_live(call: Call) -> None:
    if call.ended:
        raise CallIsNotUpError("uuid", "the call has ended already")


def _check_is_up(call: Call) -> None:
    _check_is_live(call)
    if call.answered_at is None:
        raise CallIsNotUpError("uuid", "the call is not answered yet")


def _destination(destination: object) -> list[Action]:
    """The NCCO that a transfer brings, checked."""
    if not isinstance(destination, dict) or destination.get("type") != "ncco":
        raise BadParameterError("destination", "must be an object with the type ncco")
    if "url" in destination:
        raise NotImplementedHereError("a transfer to an NCCO at a URL")
    ncco = destination.get("ncco")
    if not isinstance(ncco, list) or not ncco:
        raise BadParameterError("destination.ncco", "must be an array of actions")
    return check(ncco)


def _to_play(kind: str, body: object) -> Action:
    """A talk or stream as an NCCO has it, which is how it is checked and shown."""
    if not isinstance(body, dict) or not body.keys() <= set(PLAYED[kind]):
        raise BadParameterError("body", f"must be an object of {', '.join(PLAYED[kind])}")
    action: dict[str, object] = {"action": kind, **body}
    if "stream_url" in action:
        action["streamUrl"] = action.pop("stream_url")
    if isinstance(action.get("level"), str):  # a string in the OpenAPI, a number in the SDK
        action["level"] = _level(str(action["level"]))
    try:
        (checked,) = check([action])
    except NccoRefusedError as refusal:
        raise BadParameterError("body", str(refusal)) from None
    return checked


def _level(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadParameterError("level", "must be a number from -1 to 1") from None


def call_info(call: Call) -> dict[str, object]:
    """GetCallResponse of the Voice OpenAPI; what is known only at the end comes only then."""
    info: dict[str, object] = {
        "_links": {"self": {"href": f"/v1/calls/{call.uuid}"}},
        "uuid": call.uuid,
        "conversation_uuid": call.conversation_uuid,
        "to": {"type": "phone", "number": call.to_number},
        "from": {"type": "app", "user": call.app.user}
        if call.app
        else {"type": "phone", "number": call.from_number},
        "status": call.status,
        "direction": call.direction,
    }
    if call.status == "completed":
        info |= {key: value for key, value in events.summary(call).items() if value is not None}
    return info
