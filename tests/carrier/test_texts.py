"""SMS that phones send to the product."""

from typing import Any

import pytest

from carrier.texts import parts
from tests.carrier.product import Script, World, play

SMS = {"from": "+1 555 0123", "to": "+15550100", "text": " 482 9301 "}


def test_an_sms_is_told_in_the_shape_of_the_messages_api() -> None:
    async def test(world: World) -> None:
        status, answer = await world.ask("POST", "/phone/messages", SMS)
        assert status == 202
        await world.until(lambda: bool(world.product.at("/message")))
        (one,) = world.product.at("/message")
        assert one.claims()["iss"] == "Vonage"
        body = one.body
        assert body.pop("timestamp").endswith("Z")
        assert body == {
            "channel": "sms",
            "message_type": "text",
            "message_uuid": answer["message_uuid"],
            "to": "15550100",
            "from": "15550123",
            "text": "482 9301",
            "context_status": "none",
            "origin": {"network_code": "12345"},
            "sms": {"num_messages": "1"},
            "usage": {"currency": "EUR", "price": "0.0500"},
        }

    play(test, inbound_url="/message")


def test_one_that_is_not_taken_is_told_again_with_the_same_body_and_copies_come() -> None:
    async def test(world: World) -> None:
        world.product.answers["/message"] = Script(500, 500, 200)
        await world.ask("POST", "/phone/messages", SMS)
        await world.until(lambda: len(world.product.at("/message")) == 3)
        assert len({one.raw for one in world.product.at("/message")}) == 1
        await world.switch(twice=True)
        await world.ask("POST", "/phone/messages", SMS)
        await world.until(lambda: len(world.product.at("/message")) == 5)
        await world.switch(twice=False, lost=["message"])
        assert (await world.ask("POST", "/phone/messages", SMS))[0] == 202

    play(test, inbound_url="/message")


@pytest.mark.parametrize(
    "change",
    [
        {"from": "anonymous"},
        {"to": "x"},
        {"text": ""},
        {"text": " "},
        {"text": "x" * 1601},
        {"text": 7},
        {"text": None},
    ],
)
def test_a_bad_one_is_refused(change: dict[str, Any]) -> None:
    async def test(world: World) -> None:
        status, answer = await world.ask("POST", "/phone/messages", SMS | change)
        assert status == 400
        assert f'"{next(iter(change))}"' in answer["detail"]
        assert not world.product.received

    play(test, inbound_url="/message")


def test_without_a_url_nobody_is_told_and_the_phone_learns_it() -> None:
    async def test(world: World) -> None:
        status, answer = await world.ask("POST", "/phone/messages", SMS)
        assert status == 409
        assert "CARRIER_INBOUND_URL" in answer["detail"]

    play(test)


@pytest.mark.parametrize(
    ("text", "number"),
    [("x" * 160, 1), ("x" * 161, 2), ("x" * 306, 2), ("x" * 307, 3), ("ж" * 70, 1), ("ж" * 71, 2)],
)
def test_in_how_many_messages_it_is_sent(text: str, number: int) -> None:
    assert parts(text) == number
