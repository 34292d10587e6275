"""Requests beyond so many a second are refused, and counted."""

import asyncio

from tests.carrier.product import World, play

SMS = {"channel": "sms", "message_type": "text", "to": "15550123", "from": "15550100", "text": "x"}


def test_the_sixteenth_request_of_a_second_is_throttled() -> None:
    async def test(world: World) -> None:
        headers, path = world.token(), f"/v1/calls/{'0' * 32}"
        got = [await world.ask("GET", path, None, headers) for _ in range(20)]
        assert [status for status, _ in got] == [404] * 15 + [429] * 5
        assert got[-1][1]["title"] == "Rate Limit Hit"
        _, stats = await world.ask("GET", "/phone/stats")
        assert stats == {"requests": 20, "throttled": 5, "busiest_second": 20}
        await asyncio.sleep(1)
        assert (await world.ask("GET", path, None, headers))[0] == 404
        await world.switch(requests_per_second=0)
        for _ in range(30):
            assert (await world.ask("GET", path, None, headers))[0] == 404

    play(test)


def test_new_calls_messages_and_strangers_are_counted_apart() -> None:
    async def test(world: World) -> None:
        await world.switch(requests_per_second=1, calls_per_second=0)
        for n in range(3):
            await world.place(to=[{"type": "phone", "number": f"3460012345{n}"}])
            assert (await world.ask("POST", "/v1/messages", SMS, world.token()))[0] == 202
            assert (await world.ask("GET", "/v1/calls"))[0] == 401
        assert (await world.ask("GET", "/v1/calls", None, world.token()))[0] == 200
        assert (await world.ask("GET", "/phone/stats"))[1]["requests"] == 1

    play(test)


def test_who_keeps_the_pace_is_never_refused() -> None:
    async def test(world: World) -> None:
        await world.switch(requests_per_second=10)
        for _ in range(15):
            assert (await world.ask("GET", "/v1/calls", None, world.token()))[0] == 200
            await asyncio.sleep(0.11)
        _, stats = await world.ask("GET", "/phone/stats")
        assert stats["throttled"] == 0
        assert stats["busiest_second"] <= 10

    play(test)
