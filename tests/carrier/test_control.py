"""What the product does to calls that are up: mute, earmuff, transfer."""

from typing import Any

import pytest

from tests.carrier.actions import ask_for_digits, conversation, talk
from tests.carrier.product import Json, World, play

NOBODY = "0" * 32


def test_mute_and_earmuff_are_seen_by_the_phone_and_stay_over_a_transfer() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        call = await phone.when(lambda c: c["conversation"])
        assert (call["muted"], call["earmuffed"]) == (False, False)
        for action, name, value in [
            ("mute", "muted", True),
            ("mute", "muted", True),  # a repeat changes nothing
            ("earmuff", "earmuffed", True),
            ("unmute", "muted", False),
            ("unearmuff", "earmuffed", False),
            ("mute", "muted", True),
        ]:
            assert await phone.control(action) == 204
            assert (await phone.view())[name] is value
        controls = [one["control"] for one in await phone.exchange("control")]
        assert controls == ["mute", "mute", "earmuff", "unmute", "unearmuff", "mute"]
        await phone.transfer(conversation("side"))
        assert (await phone.when(lambda c: c["conversation"] == "side"))["muted"]

    play(test)


@pytest.mark.parametrize("action", ["mute", "unmute", "earmuff", "unearmuff", "transfer"])
def test_only_a_call_that_is_up_is_controlled(action: str) -> None:
    async def test(world: World) -> None:
        body: Json = {"destination": {"type": "ncco", "ncco": [talk()]}}
        more = body if action == "transfer" else {}
        ringing = await world.place()
        status, answer = await ringing.controlled(action, **more)
        assert status == 400
        assert "not answered" in answer["detail"]
        await ringing.hang_up()
        status, answer = await ringing.controlled(action, **more)
        assert status == 400
        assert "ended" in answer["detail"]
        path = f"/v1/calls/{NOBODY}"
        assert (await world.ask("PUT", path, {"action": action} | more, world.token()))[0] == 404
        assert (await world.ask("PUT", path, {"action": action} | more))[0] == 401
        assert not await ringing.exchange("control")

    play(test)


def test_a_transfer_leaves_the_conversation_and_runs_the_new_script() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation("one")]
        phone, other = await world.dial(), await world.dial("+15550124")
        was = await phone.when(lambda c: c["conversation"])
        await other.when(lambda c: c["conversation"])
        await phone.transfer(talk("Please hold"), conversation("two"))
        now = await phone.when(lambda c: c["conversation"] == "two")
        assert now["heard"] == ["Please hold"]
        assert (await other.view())["conversation"] == "one"
        await world.until(lambda: world.product.labels().count("transfer") == 3)
        moves = [event for event in world.product.events() if event.get("type") == "transfer"]
        first, second = [move for move in moves if move["uuid"] == phone.uuid]
        assert first["conversation_uuid_to"] == was["conversation_uuid"]
        assert second["conversation_uuid_to"] == now["conversation_uuid"]
        # Between the two it was in a conversation of its own.
        others = (first["conversation_uuid_to"], second["conversation_uuid_to"])
        assert second["conversation_uuid_from"] not in others
        # And back: a conversation keeps its uuid while somebody is in it.
        await phone.transfer(conversation("one"))
        again = await phone.when(lambda c: c["conversation"] == "one")
        assert again["conversation_uuid"] == was["conversation_uuid"]
        assert (await phone.exchange("control"))[-1]["ncco"] == [conversation("one")]

    play(test)


def test_a_transfer_in_the_middle_of_an_input_drops_it() -> None:
    async def test(world: World) -> None:
        keys = ask_for_digits(world, maxDigits=2, timeOut=10)
        world.product.answers["/answer"] = [keys, talk("Never heard")]
        phone = await world.dial()
        await phone.waiting()
        assert await phone.key("1")
        await phone.transfer(talk("Instead"), ask_for_digits(world, "/other", maxDigits=1))
        await phone.waiting(2)
        assert await phone.key("7")
        call = await phone.ended()
        assert call["heard"] == ["Instead"]
        assert not world.product.at("/input")
        assert world.product.at("/other")[0].body["dtmf"]["digits"] == "7"

    play(test)


def test_transfers_on_each_others_heels_and_a_hang_up_after_one() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        for name in ("a", "b", "c"):
            await phone.transfer(conversation(name))
        assert (await phone.when(lambda c: c["conversation"]))["conversation"] == "c"
        await phone.transfer(talk("Bye"), conversation("d"))
        assert await phone.control("hangup") == 204
        assert (await phone.ended())["conversation"] is None
        await world.events_until("completed")

    play(test)


def test_a_script_that_a_transfer_brought_may_end_the_call() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        await phone.transfer(talk("Goodbye"))
        call = await phone.ended()
        assert (call["heard"], call["disconnected_by"]) == (["Goodbye"], "platform")

    play(test)


@pytest.mark.parametrize(
    ("destination", "status", "word"),
    [
        (None, 400, "destination"),
        ({}, 400, "destination"),
        ({"type": "url", "ncco": [talk()]}, 400, "destination"),
        ({"type": "ncco"}, 400, "destination.ncco"),
        ({"type": "ncco", "ncco": []}, 400, "destination.ncco"),
        ({"type": "ncco", "ncco": [{"action": "sing"}]}, 400, "sing"),
        ({"type": "ncco", "ncco": [{"action": "record"}]}, 501, "the action record"),
        ({"type": "ncco", "url": ["https://example.com/"]}, 501, "NCCO at a URL"),
    ],
)
def test_a_transfer_to_nowhere_is_refused_and_the_call_goes_on(
    destination: Any, status: int, word: str
) -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        got, answer = await phone.controlled("transfer", destination=destination)
        assert got == status
        assert word in answer["detail"]
        assert (await phone.view())["conversation"] == "room-7"

    play(test)


def test_the_time_of_a_call_goes_on_over_a_transfer() -> None:
    async def test(world: World) -> None:
        ncco = {"ncco": [conversation()], "answer_url": None, "answer_method": None}
        phone = await world.place(length_timer=1, **ncco)
        await phone.answer()
        await phone.when(lambda c: c["conversation"])
        await phone.transfer(conversation("two"))
        await phone.when(lambda c: c["conversation"] == "two")
        assert (await phone.ended())["disconnected_by"] == "platform"

    play(test)
