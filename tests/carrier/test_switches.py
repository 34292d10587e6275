"""Webhooks that come late, twice, in another order, or not at all."""

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrier.switches import BadSwitchError, Switches
from tests.carrier.actions import ask_for_digits, conversation, talk
from tests.carrier.product import Script, World, play


def test_everything_twice() -> None:
    async def test(world: World) -> None:
        await world.switch(twice=True)
        world.product.answers["/answer"] = [ask_for_digits(world, timeOut=0)]
        world.product.answers["/input"] = Script([talk("One")], [talk("Two")])
        phone = await world.dial()
        assert (await phone.ended())["heard"] == ["One"]  # the second answer is ignored
        await world.until(lambda: world.product.labels().count("completed") == 2)
        for path in ("/answer", "/input"):
            first, second = world.product.at(path)
            assert first.raw == second.raw
        assert world.product.labels()[:4] == ["started", "started", "ringing", "ringing"]
        copies = [entry for entry in await phone.exchange("webhook") if entry["copy"]]
        assert {entry["purpose"] for entry in copies} == {"answer", "input", "event"}

    play(test)


def test_events_come_late() -> None:
    async def test(world: World) -> None:
        await world.switch(late_ms=200)
        before = time.monotonic()
        await world.dial()
        await world.events_until("completed")
        assert world.product.at("/answer")[0].at - before < 0.15
        assert all(one.at - before > 0.19 for one in world.product.at("/event"))
        assert time.monotonic() - before < 0.6  # each is late, not each later than the last

    play(test)


def test_events_come_in_another_order() -> None:
    async def test(world: World) -> None:
        await world.switch(shuffled=True, shuffle_window_ms=200)
        await world.dial()
        await world.until(lambda: len(world.product.at("/event")) == 4)
        labels = world.product.labels()
        assert labels != ["started", "ringing", "answered", "completed"]
        assert sorted(labels) == ["answered", "completed", "ringing", "started"]

    play(test)


def test_events_are_lost() -> None:
    async def test(world: World) -> None:
        await world.switch(lost=["completed", "started"])
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        await world.events_until("transfer")
        await phone.hang_up()
        await world.switch(lost=1.0)
        await (await world.dial()).hang_up()
        await asyncio.sleep(0.1)
        assert world.product.labels() == ["ringing", "answered", "transfer"]
        notes = await phone.exchange("note")
        assert [note["label"] for note in notes] == ["started", "completed"]

    play(test)


@pytest.mark.parametrize(
    "wishes",
    [
        {"late_ms": -1},
        {"late_ms": 1.5},
        {"late_ms": True},
        {"twice": 1},
        {"lost": 1.1},
        {"lost": ["complete"]},
        {"lost": "completed"},
        {"calls_per_second": -1},
        {"calls_per_second": False},
        {"fail_create": "yes"},
        {"drop_create": None},
        {"messages": "lost"},
        {"messages": ["delivered"]},
        {"slow": 1},
        [],
        None,
    ],
)
def test_a_switch_that_makes_no_sense_is_explained(wishes: Any) -> None:
    async def test(world: World) -> None:
        status, answer = await world.ask("PUT", "/phone/switches", wishes)
        assert status == 400
        assert answer["detail"]
        assert (await world.ask("GET", "/phone/switches"))[1] == Switches().view()

    play(test)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(list(Switches().view())), st.integers() | st.floats()))
def test_no_switch_breaks_the_carrier(wishes: dict[str, Any]) -> None:
    try:
        changed = Switches().changed(wishes)
    except BadSwitchError:
        return
    changed.loses("completed")
