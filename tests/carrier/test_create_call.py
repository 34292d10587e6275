"""POST /v1/calls: what it takes, what it refuses, how often, and how it can fail."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vonage_voice.models import CallInfo, CreateCallRequest, CreateCallResponse

from carrier import create_call
from carrier.ncco_check import NccoRefusedError
from carrier.refusals import BadParameterError, NotImplementedHereError
from tests.carrier.actions import conversation, talk
from tests.carrier.product import Json, World, play

PHONE = {"type": "phone", "number": "34600123456"}
NCCO = {"answer_url": None, "answer_method": None}


def test_what_the_official_sdk_sends_is_taken_and_it_understands_the_answers() -> None:
    async def test(world: World) -> None:
        request = CreateCallRequest(
            to=[PHONE],
            from_={"type": "phone", "number": "15550100"},
            answer_url=[world.product.url("/answer")],
            event_url=[world.product.url("/own")],
            machine_detection="continue",
            length_timer=3600,
            ringing_timer=30,
        )
        body = json.loads(request.model_dump_json(by_alias=True, exclude_none=True))
        status, answer = await world.ask("POST", "/v1/calls", body, world.token())
        assert status == 201
        made = CreateCallResponse(**answer)
        assert (made.status, made.direction) == ("started", "outbound")
        assert set(answer) == {"uuid", "status", "direction", "conversation_uuid"}
        path = f"/v1/calls/{made.uuid}"
        _, info = await world.ask("GET", path, headers=world.token())
        seen = CallInfo(**info)
        assert (seen.conversation_uuid, seen.status) == (made.conversation_uuid, "ringing")

    play(test)


BAD: list[tuple[Json, str]] = [
    ({"to": None}, "to"),
    ({"to": []}, "to"),
    ({"to": [PHONE, PHONE]}, "to"),
    ({"to": PHONE}, "to"),
    ({"to": ["34600123456"]}, "to"),
    ({"to": [{"type": "phone"}]}, "to.number"),
    ({"to": [{"type": ["phone"], "number": "34600123456"}]}, "to"),
    ({"to": [PHONE | {"number": "+34600123456"}]}, "to.number"),
    ({"to": [PHONE | {"number": 34600123456}]}, "to.number"),
    ({"to": [PHONE | {"number": "123456"}]}, "to.number"),
    ({"to": [PHONE | {"number": "1234567890123456"}]}, "to.number"),
    ({"to": [{"type": "fax", "number": "34600123456"}]}, "to"),
    ({"from": None}, "from"),
    ({"from": "15550100"}, "from"),
    ({"from": PHONE | {"number": ""}}, "from.number"),
    ({"answer_url": None}, "answer_url"),
    ({"answer_url": "http://127.0.0.1/answer"}, "answer_url"),
    ({"answer_url": []}, "answer_url"),
    ({"answer_url": ["/answer"]}, "answer_url"),
    ({"ncco": [talk()]}, "answer_url"),  # both
    ({"answer_method": "PUT"}, "answer_method"),
    (NCCO | {"ncco": []}, "ncco"),
    (NCCO | {"ncco": talk()}, "ncco"),
    (NCCO | {"ncco": [{"action": "shout"}]}, "ncco"),
    (NCCO | {"ncco": [talk(bargeIn=True)]}, "ncco"),
    ({"event_url": ["ftp://host/"]}, "event_url"),
    ({"event_method": "get"}, "event_method"),
    ({"ringing_timer": 0}, "ringing_timer"),
    ({"ringing_timer": 121}, "ringing_timer"),
    ({"ringing_timer": "60"}, "ringing_timer"),
    ({"ringing_timer": True}, "ringing_timer"),
    ({"length_timer": 0}, "length_timer"),
    ({"length_timer": 86_401}, "length_timer"),
    ({"length_timer": 7.5}, "length_timer"),
    ({"machine_detection": "detect"}, "machine_detection"),
    ({"random_from_number": "no"}, "random_from_number"),
]
MISSING: list[tuple[Json, str]] = [
    ({"advanced_machine_detection": {"behavior": "continue"}}, "'advanced_machine_detection'"),
    ({"random_from_number": True, "from": None}, "'random_from_number'"),
    ({"to": [{"type": "sip", "uri": "sip:ana@example.com"}]}, "'sip'"),
    ({"to": [{"type": "app", "user": "ana"}]}, "'app'"),
    ({"to": [{"type": "websocket", "uri": "wss://example.com"}]}, "'websocket'"),
    ({"to": [{"type": "vbc", "extension": "7"}]}, "'vbc'"),
    ({"to": [PHONE | {"dtmfAnswer": "1p2"}]}, "'dtmfAnswer'"),
    ({"to": [PHONE | {"shaken": "x"}]}, "'shaken'"),
    ({"from": {"type": "sip", "uri": "sip:ana@example.com"}}, "'sip'"),
    ({"loop": 3}, "'loop'"),
    (NCCO | {"ncco": [{"action": "record"}]}, "the action record"),
    (NCCO | {"ncco": [conversation(canHear=[])]}, "conversation with canHear"),
]


def test_a_bad_order_is_refused_by_name_and_nothing_rings() -> None:
    async def test(world: World) -> None:
        await world.switch(calls_per_second=0)
        headers = world.token()
        for change, name in BAD:
            status, answer = await world.ask("POST", "/v1/calls", world.order(**change), headers)
            assert status == 400, (change, answer)
            assert set(answer) == {"type", "title", "detail", "instance", "invalid_parameters"}
            assert answer["invalid_parameters"][0]["name"] == name, change
            assert answer["detail"]
        for change, word in MISSING:
            status, answer = await world.ask("POST", "/v1/calls", world.order(**change), headers)
            assert status == 501, (change, answer)
            assert answer["detail"].startswith("This carrier does not implement")
            assert word in answer["detail"]
        bodies: list[Any] = [[], "call", None, world.order() | {"event_url": None}]
        for body in bodies:
            status, answer = await world.ask("POST", "/v1/calls", body, headers)
            assert status == 400
        assert (await world.ask("POST", "/v1/calls", world.order()))[0] == 401
        assert (await world.ask("GET", "/phone/calls"))[1] == []
        assert not world.product.received

    play(test)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(create_call.KNOWN)), JSON))
def test_no_order_breaks_the_carrier(changes: dict[str, Any]) -> None:
    body = {"to": [PHONE], "from": PHONE, "answer_url": ["http://127.0.0.1/"]} | changes
    try:
        order = create_call.read(body)
    except (BadParameterError, NccoRefusedError, NotImplementedHereError):
        return
    assert order.to_number.isdigit()


def test_three_a_second_and_no_more_unless_a_switch_says_so() -> None:
    async def test(world: World) -> None:
        headers, order = world.token(), world.order()
        asked = [world.ask("POST", "/v1/calls", order, headers) for _ in range(5)]
        answers = await asyncio.gather(*asked)
        assert sorted(status for status, _ in answers) == [201, 201, 201, 429, 429]
        (refusal, _) = [answer for status, answer in answers if status == 429]
        assert refusal["title"] == "Rate Limit Hit"
        assert len((await world.ask("GET", "/phone/calls"))[1]) == 3
        await asyncio.sleep(1.01)
        assert (await world.ask("POST", "/v1/calls", order, headers))[0] == 201
        await world.switch(calls_per_second=0)
        for _ in range(5):
            assert (await world.ask("POST", "/v1/calls", order, headers))[0] == 201

    play(test)


def test_switches_fail_an_order_with_and_without_a_call() -> None:
    async def test(world: World) -> None:
        headers, order = world.token(), world.order()
        await world.switch(fail_create=True)
        status, answer = await world.ask("POST", "/v1/calls", order, headers)
        assert (status, answer["title"]) == (500, "Internal error")
        assert (await world.ask("GET", "/phone/calls"))[1] == []

        await world.switch(fail_create=False, drop_create=True)
        with pytest.raises(aiohttp.ClientConnectionError):
            await world.ask("POST", "/v1/calls", order, headers)
        (call,) = (await world.ask("GET", "/phone/calls"))[1]
        assert (call["status"], call["to"]) == ("ringing", "34600123456")
        events = await world.events_until("ringing")
        assert events[0]["uuid"] == call["uuid"]

    play(test)
