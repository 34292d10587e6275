"""Five hundred callers enter one conversation, are seen, and leave."""

import asyncio
import time

from tests.carrier.actions import conversation, each_key
from tests.carrier.phone import Phone
from tests.carrier.product import World, play

CROWD = 500


def test_five_hundred_enter_within_ten_seconds_and_all_are_ended_at_once() -> None:
    async def test(world: World) -> None:
        await world.switch(requests_per_second=0)
        enter = conversation(startOnEnter=False)
        world.product.answers["/answer"] = [each_key(world), enter]
        began = time.monotonic()
        phones = await asyncio.gather(*(world.dial(f"+1555{n:07d}") for n in range(CROWD)))
        await world.until(lambda: told(world, b'"type":"transfer"') == CROWD, 20)
        assert time.monotonic() - began < 10
        calls = (await world.ask("GET", "/phone/calls"))[1]
        assert sum(call["waiting"] for call in calls) == CROWD

        world.product.answers["/answer"] = [conversation(endOnExit=True, record=True)]
        host = await world.dial("+15559999999")
        await host.when(lambda c: c["conversation"])
        assert not (await phones[-1].view())["waiting"]
        await asyncio.gather(*(press(phone) for phone in phones))
        await world.until(lambda: len(world.product.at("/keys")) == CROWD, 20)
        await host.hang_up()
        await world.until(lambda: told(world, b'"status":"completed"') == CROWD + 1, 20)

    play(test, connect_timeout=10, answer_timeout=10)


def told(world: World, word: bytes) -> int:
    """Looked for in the bytes: thousands of events are too many to be read again and again."""
    return sum(word in one.raw for one in world.product.received)


async def press(phone: Phone) -> None:
    assert await phone.key("6")
