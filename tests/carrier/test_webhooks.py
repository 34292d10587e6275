"""Signatures, timeouts, one more attempt, and the fallback URL."""

import asyncio
import hashlib
import json
import time
from typing import Any

import pytest
from aiohttp import web

from tests.carrier.actions import ask_for_digits, talk
from tests.carrier.product import APPLICATION, Script, World, free_port, play


def test_every_webhook_is_signed_with_the_hash_of_its_raw_body() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [ask_for_digits(world, "/input?step=2", timeOut=0)]
        await (await world.dial()).ended()
        await world.events_until("completed")
        assert {one.path for one in world.product.received} == {"/answer", "/event", "/input"}
        for one in world.product.received:
            claims = one.claims()
            assert claims["iss"] == "Vonage"
            assert claims["application_id"] == APPLICATION
            assert claims["api_key"] == "abcd1234"
            assert abs(claims["iat"] - time.time()) < 5
            assert claims["payload_hash"] == hashlib.sha256(one.raw).hexdigest()
        ids = [one.claims()["jti"] for one in world.product.received]
        assert len(set(ids)) == len(ids)

    play(test)


def test_a_get_is_signed_with_the_hash_of_its_parameters_in_order() -> None:
    async def test(world: World) -> None:
        action = ask_for_digits(world, "/input?step=2", timeOut=0) | {"eventMethod": "GET"}
        world.product.answers["/answer"] = [action]
        await (await world.dial()).ended()
        for one in (world.product.at("/answer")[0], world.product.at("/input")[0]):
            assert one.method == "GET"
            compact = json.dumps(one.query, separators=(",", ":")).encode()
            assert one.claims()["payload_hash"] == hashlib.sha256(compact).hexdigest()
        assert one.query["step"] == "2"
        assert json.loads(one.query["dtmf"]) == {"digits": "", "timed_out": True}

    play(test, answer_method="GET")


@pytest.mark.parametrize("status", [429, 503, 504])
def test_a_busy_product_is_asked_once_more(status: int) -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = Script(status, [talk("Second")])
        call = await (await world.dial()).ended()
        assert call["heard"] == ["Second"]
        one, two = world.product.at("/answer")
        assert one.raw == two.raw
        assert one.headers["Authorization"] == two.headers["Authorization"]

    play(test)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502, 302])
def test_another_error_is_final(status: int) -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = Script(status, [talk()])
        call = await (await world.dial()).ended()
        assert call["status"] == "rejected"
        assert len(world.product.at("/answer")) == 1

    play(test)


def test_a_slow_answer_is_asked_for_once_more_and_then_at_the_fallback() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = lambda _: asyncio.sleep(2, [talk("Too late")])
        world.product.answers["/fallback"] = [talk("Sorry")]
        phone = await world.dial()
        call = await phone.ended()
        assert call["heard"] == ["Sorry"]
        assert call["status"] == "completed"
        first, second = world.product.at("/answer")
        assert 0.25 < second.at - first.at < 0.6
        (fallback,) = world.product.at("/fallback")
        assert fallback.body.pop("reason") == "no answer within 0.3 s"
        original = {"url": world.product.url("/answer"), "type": "answer"}
        extra = {"reason": "no answer within 0.3 s", "original_request": original}
        assert fallback.body == first.body | extra
        shown = [e for e in await phone.exchange("webhook") if e["purpose"] == "answer"]
        assert [e["attempt"] for e in shown] == [1, 2]
        assert all(e["problem"] == "no answer within 0.3 s" for e in shown)
        assert shown[0]["status"] is None
        assert 250 < shown[0]["ms"] < 600

    play(test, fallback_url="/fallback")


def test_an_answer_url_that_nobody_listens_at() -> None:
    async def test(world: World) -> None:
        world.product.answers["/fallback"] = [talk("Sorry")]
        phone = await world.dial()
        assert (await phone.ended())["heard"] == ["Sorry"]
        shown = [e for e in await phone.exchange("webhook") if e["purpose"] == "answer"]
        assert len(shown) == 2
        assert "no connection" in shown[0]["problem"]

    play(test, fallback_url="/fallback", answer_url=f"http://127.0.0.1:{free_port()}/answer")


@pytest.mark.parametrize(
    "answer",
    [
        500,
        {"not": "an array"},
        lambda _: web.Response(text="oops"),
        lambda _: web.Response(text="[]", content_type="text/html"),
    ],
)
def test_the_fallback_serves_for_any_answer_that_is_no_ncco(answer: Any) -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = answer
        world.product.answers["/fallback"] = Script(503, [talk("Sorry")])
        assert (await (await world.dial()).ended())["heard"] == ["Sorry"]
        assert len(world.product.at("/answer")) == 1
        assert len(world.product.at("/fallback")) == 2

    play(test, fallback_url="/fallback")


def test_a_call_is_dropped_when_the_fallback_fails_too() -> None:
    async def test(world: World) -> None:
        world.product.answers |= {"/answer": 500, "/fallback": 500}
        call = await (await world.dial()).ended()
        assert call["status"] == "rejected"
        await world.events_until("rejected")

    play(test, fallback_url="/fallback")


def test_an_input_url_that_fails_is_tried_again_and_then_the_fallback() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [ask_for_digits(world, maxDigits=1), talk("On")]
        world.product.answers |= {"/input": 503, "/fallback": [talk("Sorry")]}
        phone = await world.dial()
        await phone.waiting()
        await phone.key("7")
        assert (await phone.ended())["heard"] == ["Sorry"]
        assert len(world.product.at("/input")) == 2
        told = world.product.at("/fallback")[0].body
        assert told["dtmf"]["digits"] == "7"
        assert told["original_request"] == {"url": world.product.url("/input"), "type": "event"}

    play(test, fallback_url="/fallback")


@pytest.mark.parametrize("text", ["[" * 100_000, "\\ud800", '[{"action": "\\ud800"}]', "NaN"])
def test_a_strange_answer_breaks_nothing(text: str) -> None:
    async def test(world: World) -> None:
        answer = text.encode()
        world.product.answers["/answer"] = lambda _: web.Response(
            body=answer, content_type="application/json"
        )
        phone = await world.dial()
        assert (await phone.ended())["status"] == "rejected"
        await world.events_until("rejected")
        assert (await phone.exchange("note"))[0]["problem"]

    play(test)


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "no-such-host.invalid"])
def test_a_host_that_cannot_be_reached(host: str) -> None:
    async def test(world: World) -> None:
        phone = await world.dial()
        assert (await phone.ended())["status"] == "rejected"

    play(test, answer_url=f"http://{host}/answer")
