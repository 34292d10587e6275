"""What the product is told of the messages that it sends."""

import hashlib
import re
from typing import Any
from unittest.mock import ANY

import pytest

from carrier.messages import RETRIES
from tests.carrier.product import Received, Script, World, play

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SMS = {"channel": "sms", "message_type": "text", "from": "15550100", "text": "Hello"}
PATH = "/status"


async def _sent(world: World, to: str = "15550123", **more: Any) -> str:
    body = SMS | {"to": to} | more
    status, answer = await world.ask("POST", "/v1/messages", body, world.token())
    assert status == 202
    return str(answer["message_uuid"])


async def _receipts(world: World, last: str) -> list[Received]:
    await world.until(lambda: last in world.product.labels(PATH))
    return world.product.at(PATH)


def test_a_message_is_submitted_and_then_delivered() -> None:
    async def test(world: World) -> None:
        uuid = await _sent(world, client_ref="notice-1")
        submitted, delivered = await _receipts(world, "delivered")
        common = {"message_uuid": uuid, "to": "15550123", "from": "15550100", "channel": "sms"}
        common |= {"client_ref": "notice-1", "timestamp": ANY}
        usage = {"usage": {"currency": "EUR", "price": "0.0500"}}
        assert submitted.body == common | {"status": "submitted"} | usage
        assert delivered.body == common | {"status": "delivered"}
        for one in (submitted, delivered):
            assert one.method == "POST"
            assert MOMENT.fullmatch(one.body["timestamp"])
            assert one.claims()["payload_hash"] == hashlib.sha256(one.raw).hexdigest()
            assert one.claims()["application_id"] == world.settings.application_id
        (message,) = (await world.ask("GET", "/phone/messages"))[1]
        assert (message["message_uuid"], message["status"]) == (uuid, "delivered")
        assert not world.product.events()

    play(test, status_url=PATH)


@pytest.mark.parametrize(
    ("to", "end", "labels", "title"),
    [
        ("15550000", "delivered", ["undeliverable"], 1260),
        ("15550123", "undeliverable", ["undeliverable"], 1260),
        ("15550123", "rejected", ["submitted", "rejected"], 1210),
        ("15550123", "submitted", ["submitted"], None),
    ],
)
def test_a_message_that_does_not_arrive(
    to: str, end: str, labels: list[str], title: int | None
) -> None:
    async def test(world: World) -> None:
        await world.switch(messages=end)
        await _sent(world, to=to)
        last = (await _receipts(world, labels[-1]))[-1].body
        assert world.product.labels(PATH) == labels
        assert last.get("error", {}).get("title") == title
        if title:
            assert set(last["error"]) == {"type", "title", "detail", "instance"}
        assert "client_ref" not in last
        got = (await world.ask("GET", "/phone/messages"))[1]
        assert len(got) == (0 if title else 1)

    play(test, status_url=PATH)


@pytest.mark.parametrize(("failures", "submitted"), [(2, 3), (1 + len(RETRIES), 6)])
def test_a_receipt_is_told_again_and_the_next_waits_for_it(failures: int, submitted: int) -> None:
    async def test(world: World) -> None:
        world.product.answers[PATH] = Script(*[500] * failures, None)
        await _sent(world)
        received = await _receipts(world, "delivered")
        assert world.product.labels(PATH) == ["submitted"] * submitted + ["delivered"]
        assert len({one.raw for one in received}) == 2

    play(test, status_url=PATH)


def test_switches_spoil_receipts_too() -> None:
    async def test(world: World) -> None:
        await world.switch(twice=True, lost=["submitted"])
        await _sent(world)
        await world.until(lambda: len(world.product.at(PATH)) == 2)
        assert world.product.labels(PATH) == ["delivered", "delivered"]
        first, second = world.product.at(PATH)
        assert first.raw == second.raw

    play(test, status_url=PATH)


def test_without_a_url_nothing_is_told() -> None:
    async def test(world: World) -> None:
        await _sent(world)
        (message,) = (await world.ask("GET", "/phone/messages"))[1]
        assert message["status"] is None
        assert not world.product.received

    play(test)
