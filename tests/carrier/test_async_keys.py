"""Keys in a conversation: each is a webhook of its own."""

import asyncio

from tests.carrier.actions import ask_for_digits, conversation, each_key, talk
from tests.carrier.phone import Phone
from tests.carrier.product import Json, World, play


async def inside(world: World) -> Phone:
    world.product.answers["/answer"] = [each_key(world), talk("Welcome"), conversation()]
    phone = await world.dial()
    await phone.when(lambda c: c["conversation"])
    return phone


def told(world: World) -> list[Json]:
    return [one.body for one in world.product.at("/keys")]


def keys(world: World) -> str:
    return "".join(body["dtmf"]["digits"] for body in told(world))


def test_each_key_is_told_in_order_with_a_time_of_its_own() -> None:
    async def test(world: World) -> None:
        phone = await inside(world)
        world.product.answers["/keys"] = [talk("Never heard")]  # such an answer is ignored
        assert await phone.key("*11")
        assert await phone.key("6#")
        await world.until(lambda: len(told(world)) == 5)
        assert keys(world) == "*116#"
        body = told(world)[0]
        assert body["dtmf"] == {"digits": "*", "timed_out": False}
        assert (body["uuid"], body["from"], body["to"]) == (phone.uuid, "15550123", "15550100")
        assert body["conversation_uuid"] == (await phone.view())["conversation_uuid"]
        times = [body["timestamp"] for body in told(world)]
        assert times == sorted(set(times))
        assert world.product.at("/keys")[0].claims()["iss"] == "Vonage"
        call = await phone.view()
        assert (call["heard"], call["conversation"]) == (["Welcome"], "room-7")
        entries = await phone.exchange("webhook")
        assert [one["label"] for one in entries if one["purpose"] == "input"] == ["input"] * 5
        assert not any("dtmf" in event for event in world.product.events())

    play(test)


def test_without_an_asynchronous_input_nothing_listens_in_a_conversation() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        assert not await phone.key("6")

    play(test)


def test_a_carrier_that_does_not_know_it_tells_nobody() -> None:
    async def test(world: World) -> None:
        await world.switch(async_digits=False)
        phone = await inside(world)
        assert not await phone.key("6")
        await world.switch(async_digits=True)
        assert await phone.key("7")
        await world.until(lambda: keys(world) == "7")

    play(test)


def test_the_switches_spoil_keys_too() -> None:
    async def test(world: World) -> None:
        phone = await inside(world)
        await world.switch(twice=True)
        await phone.key("1")
        await world.until(lambda: keys(world) == "11")
        first, second = told(world)
        assert first == second
        await world.switch(twice=False, lost=["input"])
        assert await phone.key("2")
        await world.switch(lost=0, shuffled=True, shuffle_window_ms=200)
        await phone.key("34567")
        await world.until(lambda: len(told(world)) == 7)
        assert sorted(keys(world)[2:]) == list("34567")
        assert keys(world)[2:] != "34567"

    play(test)


def test_it_ends_with_a_transfer_unless_the_new_script_asks_again() -> None:
    async def test(world: World) -> None:
        phone = await inside(world)
        await phone.transfer(conversation("two"))
        await phone.when(lambda c: c["conversation"] == "two")
        assert not await phone.key("1")
        await phone.transfer(each_key(world), conversation("three"))
        await phone.when(lambda c: c["conversation"] == "three")
        assert await phone.key("2")
        await world.until(lambda: keys(world) == "2")

    play(test)


def test_an_input_before_the_conversation_takes_its_keys_too() -> None:
    async def test(world: World) -> None:
        code = ask_for_digits(world, maxDigits=3, timeOut=10)
        world.product.answers["/answer"] = [each_key(world), code, conversation()]
        phone = await world.dial()
        await phone.waiting()
        await phone.key("123")
        await phone.when(lambda c: c["conversation"])
        assert world.product.at("/input")[0].body["dtmf"]["digits"] == "123"
        await world.until(lambda: keys(world) == "123")

    play(test)


def test_keys_without_a_url_go_to_the_event_url_and_a_slow_product_gets_them_in_order() -> None:
    async def test(world: World) -> None:
        action = {"action": "input", "type": ["dtmf"], "mode": "asynchronous"}
        world.product.answers["/answer"] = [action, conversation()]
        world.product.answers["/event"] = lambda _: asyncio.sleep(0.02)
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        await phone.key("12345")
        await phone.hang_up()
        events = await world.events_until("completed")
        digits = [event["dtmf"]["digits"] for event in events if "dtmf" in event]
        assert digits == ["1", "2", "3", "4", "5"]

    play(test)
