"""Saying something into a call that goes on, and ending it, as the product asks by API."""

from typing import Any

import pytest

from tests.carrier.actions import ask_for_digits, conversation, talk
from tests.carrier.phone import Phone
from tests.carrier.product import World, play


async def _in_conversation(world: World) -> Phone:
    world.product.answers["/answer"] = [talk("Welcome"), conversation()]
    phone = await world.dial()
    await phone.when(lambda c: c["conversation"])
    return phone


def test_a_text_is_heard_in_the_conversation_and_the_call_goes_on() -> None:
    async def test(world: World) -> None:
        phone = await _in_conversation(world)
        body = {"text": "This call ends in about 2 minutes.", "language": "en-US"}
        path = f"/v1/calls/{phone.uuid}/talk"
        status, answer = await world.ask("PUT", path, body, world.token())
        assert (status, answer) == (200, {"message": "Talk started", "uuid": phone.uuid})
        call = await phone.view()
        assert call["heard"] == ["Welcome", "This call ends in about 2 minutes."]
        assert (call["status"], call["conversation"]) == ("answered", "room-7")
        (_welcome, _enter, said) = await phone.exchange("action")
        assert said["action"]["text"] == body["text"]

    play(test)


def test_ssml_is_heard_without_its_tags() -> None:
    async def test(world: World) -> None:
        phone = await _in_conversation(world)
        body = {"text": "<speak>Two <break time='1s'/> minutes</speak>"}
        path = f"/v1/calls/{phone.uuid}/talk"
        assert (await world.ask("PUT", path, body, world.token()))[0] == 200
        assert (await phone.view())["heard"][-1] == "Two minutes"

    play(test)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": 7},
        {"text": "Hello", "language": "xx-XX"},
        {"text": "x" * 1501},
        {"text": "Hello", "bargeIn": True},
        {"text": "Hello", "no_such_key": 1},
        {"action": "talk", "text": "Hello"},
        {"text": "<speak>Hello"},
        {"text": "Hello", "level": 3},
        [],
        "Hello",
        None,
    ],
)
def test_what_cannot_be_said_is_refused_and_not_heard(body: Any) -> None:
    async def test(world: World) -> None:
        phone = await _in_conversation(world)
        path = f"/v1/calls/{phone.uuid}/talk"
        status, answer = await world.ask("PUT", path, body, world.token())
        assert status == 400
        assert answer["detail"]
        assert (await phone.view())["heard"] == ["Welcome"]

    play(test)


def test_only_into_a_call_that_is_in_a_conversation() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [ask_for_digits(world, timeOut=10)]
        phone = await world.dial()
        await phone.waiting()
        path, body = f"/v1/calls/{phone.uuid}/talk", {"text": "Hello"}
        status, answer = await world.ask("PUT", path, body, world.token())
        assert status == 501
        assert "not in a conversation" in answer["detail"]
        await phone.hang_up()
        status, answer = await world.ask("PUT", path, body, world.token())
        assert status == 400
        assert "ended" in answer["detail"]
        missing = f"/v1/calls/{'0' * 32}/talk"
        assert (await world.ask("PUT", missing, body, world.token()))[0] == 404
        assert (await world.ask("PUT", path, body))[0] == 401

    play(test)


def test_a_hang_up_by_the_product_ends_the_call_in_the_conversation() -> None:
    async def test(world: World) -> None:
        phone = await _in_conversation(world)
        path = f"/v1/calls/{phone.uuid}"
        assert (await world.ask("PUT", path, {"action": "hangup"}, world.token()))[0] == 204
        assert (await phone.ended())["disconnected_by"] == "platform"
        assert (await world.events_until("completed"))[-1]["price"] == "0.00000000"

    play(test)
