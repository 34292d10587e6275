"""The phone side: what a person holding a phone can do."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from carrier.call import App
from carrier.calls import Calls, NoSuchCallError, TooManyCallsError
from carrier.deliveries import Deliveries
from carrier.feed import Feed
from carrier.keypad import KEYS
from carrier.line import DECLINED, Line, NotRingingError
from carrier.messages import Messages
from carrier.pace import Pace
from carrier.switches import BadSwitchError
from carrier.texts import LONGEST, NowhereError, Texts
from carrier.vonage_answers import read_json

# What a carrier sends in place of a number that the caller hides.
HIDDEN = frozenset({"anonymous", "unknown", "restricted", "unavailable", "private"})
MOST_DIGITS = 100
LONGEST_USER = 100
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequestError(Exception):
    """The request cannot be understood; the text says what to send."""


def problem(status: int, title: str, detail: str) -> web.Response:
    """An error as RFC 9457 has it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")


def number(value: object, name: str, hidden: bool = False) -> str:
    """A phone number as digits; it may be written with "+", spaces, dashes, dots and brackets.

    Raises:
        BadRequestError: it is none.
    """
    text = value.strip() if isinstance(value, str) else ""
    if hidden and text.lower() in HIDDEN:
        return text.lower()
    digits = re.sub(r"[\s\-().\u2010-\u2015\u00a0]", "", text).removeprefix("+")
    if not re.fullmatch(r"[1-9][0-9]{6,14}", digits):
        or_word = ", or anonymous" if hidden else ""
        example = "a number with its country code, such as +15550123"
        raise BadRequestError(f'"{name}" must be {example}{or_word}.')
    return digits


class PhoneSide:
    """The handlers of the phone side."""

    def __init__(
        self,
        calls: Calls,
        line: Line,
        messages: Messages,
        texts: Texts,
        deliveries: Deliveries,
        pace: Pace,
        feed: Feed,
    ) -> None:
        self._calls = calls
        self._line = line
        self._messages = messages
        self._texts = texts
        self._pace = pace
        self._deliveries = deliveries
        self._feed = feed

    def routes(self) -> list[web.AbstractRouteDef]:
        """Every path of the phone side."""
        call = "/phone/calls/{uuid}"
        return [
            web.post("/phone/calls", _explained(self.dial)),
            web.get("/phone/calls", _explained(self.list_calls)),
            web.get(call, _explained(self.get_call)),
            web.get(f"{call}/exchange", _explained(self.get_exchange)),
            web.post(f"{call}/answer", _explained(self.answer)),
            web.post(f"{call}/decline", _explained(self.decline)),
            web.post(f"{call}/keys", _explained(self.press)),
            web.post(f"{call}/hangup", _explained(self.hang_up)),
            web.get("/phone/messages", _explained(self.get_messages)),
            web.post("/phone/messages", _explained(self.send_message)),
            web.get("/phone/stats", _explained(self.get_stats)),
            web.get("/phone/switches", _explained(self.get_switches)),
            web.put("/phone/switches", _explained(self.put_switches)),
            web.route("*", "/phone/{rest:.*}", self.anything_else),
        ]

    async def dial(self, request: web.Request) -> web.Response:
        """POST /phone/calls {"from", "to"}, or of an app {"from_user", "to", "custom_data"}.

        201 {"uuid"}.
        """
        body = await _object(request, '{"from": "+15550123", "to": "+15550100"}')
        app = _app(body) if "from_user" in body else None
        caller = "" if app else number(body.get("from"), "from", hidden=True)
        call = self._line.dial(caller, number(body.get("to"), "to"), app)
        return web.json_response({"uuid": call.uuid}, status=201)

    async def list_calls(self, request: web.Request) -> web.Response:
        """GET /phone/calls?number=: the calls of a phone, or all; remembered, oldest first."""
        asked = request.query.get("number")
        # A "+" that was not escaped arrives as a space, which number() takes away.
        found = self._calls.of(number(asked, "number")) if asked else self._calls.all()
        return web.json_response([call.view() for call in found])

    async def get_call(self, request: web.Request) -> web.Response:
        """GET /phone/calls/{uuid}: see `Call.view`."""
        return web.json_response(self._calls.get(request.match_info["uuid"]).view())

    async def get_exchange(self, request: web.Request) -> web.Response:
        """GET /phone/calls/{uuid}/exchange: webhooks, actions, keys and notes, in order."""
        call = self._calls.get(request.match_info["uuid"])
        return web.json_response(list(call.exchange))

    async def answer(self, request: web.Request) -> web.Response:
        """POST /phone/calls/{uuid}/answer {"machine"}: the call as it then is; 409 when silent."""
        call = self._calls.get(request.match_info["uuid"])
        machine = (await _maybe(request, '{"machine": true}')).get("machine", False)
        if not isinstance(machine, bool):
            raise BadRequestError('"machine" must be true (a voicemail picks up) or false.')
        self._line.pick_up(call, machine)
        return web.json_response(call.view())

    async def decline(self, request: web.Request) -> web.Response:
        """POST /phone/calls/{uuid}/decline {"as"}: the call as it then is; 409 when silent."""
        call = self._calls.get(request.match_info["uuid"])
        word = (await _maybe(request, '{"as": "busy"}')).get("as", DECLINED[0])
        if not isinstance(word, str) or word not in DECLINED:
            raise BadRequestError(f'"as" must be one of: {", ".join(DECLINED)}.')
        self._line.decline(call, word)
        return web.json_response(call.view())

    async def press(self, request: web.Request) -> web.Response:
        """POST /phone/calls/{uuid}/keys {"digits"}: {"listened"}; 409 when the call has ended."""
        call = self._calls.get(request.match_info["uuid"])
        body = await _object(request, '{"digits": "4829301#"}')
        digits = body.get("digits")
        if not isinstance(digits, str) or not 0 < len(digits) <= MOST_DIGITS:
            raise BadRequestError(f'"digits" must be a text of 1 to {MOST_DIGITS} keys.')
        if not KEYS.issuperset(digits):
            raise BadRequestError('"digits" may hold 0-9, * and # alone.')
        if call.ended:
            return problem(409, "The call has ended", "Dial again, then key.")
        return web.json_response({"listened": self._line.press(call, digits)})

    async def hang_up(self, request: web.Request) -> web.Response:
        """POST /phone/calls/{uuid}/hangup: the call as it then is; a repeat changes nothing.

        A phone that rings declines.
        """
        call = self._calls.get(request.match_info["uuid"])
        self._line.end(call, "user")
        return web.json_response(call.view())

    async def get_messages(self, request: web.Request) -> web.Response:
        """GET /phone/messages?to=: SMS received by a phone, or by all, oldest first."""
        to = request.query.get("to")
        found = self._messages.received(number(to, "to") if to else None)
        return web.json_response(found)

    async def send_message(self, request: web.Request) -> web.Response:
        """POST /phone/messages {"from", "to", "text"}: an SMS; 202 {"message_uuid"}."""
        body = await _object(request, '{"from": "+15550123", "to": "+15550100", "text": "1"}')
        text = body.get("text")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
            raise BadRequestError(f'"text" must be a text of 1 to {LONGEST} characters.')
        sender, to = number(body.get("from"), "from"), number(body.get("to"), "to")
        uuid = self._texts.send(sender, to, text.strip())
        return web.json_response({"message_uuid": uuid}, status=202)

    async def get_stats(self, request: web.Request) -> web.Response:
        """GET /phone/stats: how fast the product asked for all but new calls, see `Pace`."""
        return web.json_response(self._pace.view())

    async def get_switches(self, request: web.Request) -> web.Response:
        """GET /phone/switches: see `Switches`."""
        return web.json_response(self._deliveries.switches.view())

    async def put_switches(self, request: web.Request) -> web.Response:
        """PUT /phone/switches: set those that are named; all of them as they then are."""
        self._deliveries.switches = self._deliveries.switches.changed(await read_json(request))
        self._feed.tell("switches", switches=self._deliveries.switches.view())
        return await self.get_switches(request)

    async def anything_else(self, request: web.Request) -> web.Response:
        """Whatever has no handler."""
        detail = f"The phone side has no {request.method} {request.path}."
        return problem(404, "Not found", detail)


def _app(body: dict[str, object]) -> App:
    """The app that calls, and not a number."""
    user, told = body["from_user"], body.get("custom_data", {})
    if "from" in body:
        raise BadRequestError('Send "from", of a phone, or "from_user", of an app.')
    if not isinstance(user, str) or not 0 < len(user.strip()) <= LONGEST_USER:
        raise BadRequestError(f'"from_user" must be a name of 1 to {LONGEST_USER} characters.')
    if not isinstance(told, dict):
        raise BadRequestError('"custom_data" must be an object, such as {"join_token": "…"}.')
    return App(user.strip(), told)


async def _object(request: web.Request, example: str) -> dict[str, object]:
    # A page of another site can post a form here, but not JSON.
    body = await read_json(request) if request.content_type == "application/json" else None
    if not isinstance(body, dict):
        raise BadRequestError(
            f"Send a JSON object such as {example} (Content-Type: application/json)."
        )
    return body


async def _maybe(request: web.Request, example: str) -> dict[str, object]:
    """The same, where a body may be left out."""
    return await _object(request, example) if request.can_read_body else {}


def _explained(handler: Handler) -> Handler:
    async def explained(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (BadRequestError, BadSwitchError) as bad:
            return problem(400, "Bad request", str(bad))
        except NoSuchCallError as unknown:
            return problem(404, "Not found", f"There is no call {unknown}.")
        except NotRingingError:
            return problem(409, "The call does not ring", "Only a call that rings can be taken.")
        except NowhereError as nowhere:
            return problem(409, "Nobody is told", str(nowhere))
        except TooManyCallsError as full:
            return problem(503, "The carrier is full", str(full))

    return explained
