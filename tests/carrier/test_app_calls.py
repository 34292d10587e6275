"""Calls from an app, as Vonage's client SDK makes them: who calls, and what comes along."""

import json
from typing import Any

import pytest

from tests.carrier.actions import ask_for_digits, conversation
from tests.carrier.phone import Phone
from tests.carrier.product import World, play

SENT = {"join_token": "abc", "more": [1]}


async def call(world: World, **changes: Any) -> tuple[int, Any]:
    body = {"from_user": "ana", "to": "+15550100", "custom_data": SENT, **changes}
    return await world.ask("POST", "/phone/calls", body)


def test_the_product_is_told_the_user_and_what_was_sent_along() -> None:
    async def test(world: World) -> None:
        asks = ask_for_digits(world, "/input", submitOnHash=True)
        world.product.answers["/answer"] = [asks, conversation("room")]
        status, made = await call(world)
        assert status == 201
        phone = Phone(world, made["uuid"])
        await phone.waiting()
        asked = world.product.at("/answer")[0].body
        assert (asked["from_user"], asked["endpoint_type"]) == ("ana", "app")
        assert (asked["custom_data"], asked["to"]) == (SENT, "15550100")
        await phone.key("12#")
        await world.until(lambda: bool(world.product.at("/input")))
        await phone.hang_up()
        events = await world.events_until("completed")
        for told in (asked, world.product.at("/input")[0].body, events[0], events[-1]):
            assert "from" not in told
            assert told["from_user"] == "ana"
        assert (await phone.view())["from"] == "ana"
        _, info = await world.ask("GET", f"/v1/calls/{phone.uuid}", None, world.token())
        assert info["from"] == {"type": "app", "user": "ana"}

    play(test)


def test_in_a_query_what_was_sent_along_is_json() -> None:
    async def test(world: World) -> None:
        await call(world)
        await world.until(lambda: bool(world.product.at("/answer")))
        query = world.product.at("/answer")[0].query
        assert query["from_user"] == "ana"
        assert json.loads(query["custom_data"]) == SENT

    play(test, answer_method="GET")


@pytest.mark.parametrize(
    "changes",
    [
        {"from_user": ""},
        {"from_user": 7},
        {"from_user": "a" * 101},
        {"custom_data": "text"},
        {"custom_data": None},
        {"to": None},
        {"from": "+15550123"},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    async def test(world: World) -> None:
        status, problem = await call(world, **changes)
        assert status == 400
        assert problem["detail"]
        assert not world.product.received

    play(test)
