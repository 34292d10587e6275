"""Digits: when an input is complete, and what is told."""

import asyncio
from typing import Any

import pytest

from carrier.keypad import Keypad
from tests.carrier.actions import ask_for_digits, conversation, talk
from tests.carrier.product import Json, Script, World, play


async def keyed(world: World, *presses: str, **dtmf: Any) -> Json:
    """What the input's URL is told after these presses."""
    world.product.answers["/answer"] = [ask_for_digits(world, **dtmf)]
    phone = await world.dial()
    await phone.waiting()
    for digits in presses:
        await phone.key(digits)
    await world.until(lambda: bool(world.product.at("/input")))
    return world.product.at("/input")[0].body


CASES: list[tuple[list[str], Json, str, bool]] = [
    (["1234567#"], {"maxDigits": 12, "submitOnHash": True}, "1234567", False),
    (["12", "3", "4#"], {"maxDigits": 12, "submitOnHash": True}, "1234", False),
    (["#"], {"submitOnHash": True}, "", False),
    (["*9#"], {"submitOnHash": True}, "*9", False),
    (["12345"], {}, "1234", False),  # four is the default
    (["12345"], {"maxDigits": 3}, "123", False),
    (["12#4"], {"maxDigits": 4}, "12#4", False),  # a hash like any other key
    (["12"], {"timeOut": 1, "maxDigits": 4}, "12", True),  # the time runs out with digits
    (["7"], {"timeOut": 1, "submitOnHash": True}, "7", True),
    ([], {"timeOut": 1}, "", True),
]


@pytest.mark.parametrize(("presses", "dtmf", "digits", "timed_out"), CASES)
def test_an_input_is_complete(presses: list[str], dtmf: Json, digits: str, timed_out: bool) -> None:
    async def test(world: World) -> None:
        told = await keyed(world, *presses, **dtmf)
        assert told["dtmf"] == {"digits": digits, "timed_out": timed_out}

    play(test)


def test_what_an_input_tells() -> None:
    async def test(world: World) -> None:
        told = await keyed(world, "5", maxDigits=1)
        asked = world.product.at("/answer")[0].body
        assert told.pop("timestamp").endswith("Z")
        assert told == {
            "dtmf": {"digits": "5", "timed_out": False},
            "speech": {"results": []},
            "uuid": asked["uuid"],
            "conversation_uuid": asked["conversation_uuid"],
            "from": "15550123",
            "to": "15550100",
        }

    play(test)


def test_each_key_gives_the_whole_time_again() -> None:
    async def test() -> None:
        keypad = Keypad()
        keypad.listen()
        collecting = asyncio.create_task(keypad.collect(0.2, 4, False))
        for key in "123":
            await asyncio.sleep(0.12)
            keypad.press(key)
        assert await collecting == ("123", True)

    asyncio.run(test())


def test_the_default_time_is_three_seconds_and_none_is_none() -> None:
    async def test() -> None:
        keypad = Keypad()
        keypad.listen()
        assert await keypad.collect(0, 4, False) == ("", True)
        keypad.press("12")
        assert await keypad.collect(0, 4, False) == ("12", True)

    asyncio.run(test())


def test_a_key_interrupts_the_prompt_and_counts() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [
            talk("A very long prompt indeed", bargeIn=True, loop=0),
            talk("And more, skipped"),
            ask_for_digits(world, maxDigits=7, submitOnHash=True),
        ]
        world.product.answers["/input"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["heard"])
        assert await phone.key("4")
        assert await phone.key("82#")
        call = await phone.when(lambda c: c["conversation"])
        assert call["heard"] == ["A very long prompt indeed"]
        assert world.product.at("/input")[0].body["dtmf"]["digits"] == "482"
        actions = await phone.exchange("action")
        assert [a.get("skipped", False) for a in actions] == [False, True, False, False]

    play(test)


def test_a_key_during_a_prompt_that_cannot_be_interrupted_is_lost() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [
            talk("x" * 300),
            ask_for_digits(world, timeOut=1, maxDigits=1),
        ]
        phone = await world.dial()
        await phone.when(lambda c: c["heard"])
        assert not await phone.key("4")
        await phone.waiting()
        assert await phone.key("56")
        await phone.ended()
        assert world.product.at("/input")[0].body["dtmf"]["digits"] == "5"
        assert [entry["listened"] for entry in await phone.exchange("keys")] == [False, True]
        notes = [note["text"] for note in await phone.exchange("note")]
        assert notes == ["6 was keyed after the input was complete: lost."]

    play(test, speech_rate=1000)


def test_barge_in_stays_until_an_input() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [
            talk("One", bargeIn=True),
            talk("Two", bargeIn=False, loop=0),
            ask_for_digits(world, maxDigits=1),
        ]
        phone = await world.dial()
        await phone.when(lambda c: "Two" in c["heard"])
        assert await phone.key("1")
        await phone.ended()
        assert world.product.at("/input")[0].body["dtmf"]["digits"] == "1"

    play(test)


def test_the_answer_of_an_input_replaces_the_script() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [ask_for_digits(world, maxDigits=1), talk("Never")]
        again = [talk("Again"), ask_for_digits(world, "/input?step=2", maxDigits=1)]
        world.product.answers["/input"] = Script(again, [talk("Done")])
        phone = await world.dial()
        for turn in (1, 2):
            await phone.waiting(turn)
            await phone.key("1")
        assert (await phone.ended())["heard"] == ["Again", "Done"]

    play(test)


@pytest.mark.parametrize("answer", [None, {}, 200])
def test_without_an_ncco_the_script_goes_on(answer: Any) -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [ask_for_digits(world, maxDigits=1), talk("On")]
        world.product.answers["/input"] = answer
        phone = await world.dial()
        await phone.waiting()
        await phone.key("1")
        assert (await phone.ended())["heard"] == ["On"]

    play(test)


def test_digits_without_a_url_go_to_the_event_url() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [{"action": "input", "type": ["dtmf"]}]
        phone = await world.dial()
        await phone.waiting()
        await phone.key("1234")
        await phone.ended()
        assert any("dtmf" in event for event in world.product.events())

    play(test)


def test_repeats_streams_and_ssml_as_captions() -> None:
    async def test(world: World) -> None:
        text = '<speak>Key <say-as interpret-as="digits">12</say-as> &amp; wait<break/></speak>'
        world.product.answers["/answer"] = [
            talk("Twice", loop=2),
            talk(text),
            {"action": "stream", "streamUrl": [world.product.url("/chime%201.wav?x=1")]},
        ]
        heard = (await (await world.dial()).ended())["heard"]
        assert heard == ["Twice", "Twice", "Key 12 & wait", "♪ chime 1.wav"]

    play(test)
