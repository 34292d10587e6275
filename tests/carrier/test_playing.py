"""Talk and stream into calls that are in a conversation, and stopping them."""

from typing import Any

import pytest

from tests.carrier.actions import conversation, talk
from tests.carrier.phone import Phone
from tests.carrier.product import World, play

MUSIC = {"stream_url": ["https://example.com/media/hold.wav?a=1"]}


async def inside(world: World) -> Phone:
    world.product.answers["/answer"] = [conversation()]
    phone = await world.dial()
    await phone.when(lambda c: c["conversation"])
    return phone


def test_a_stream_without_end_is_heard_once_until_it_is_stopped() -> None:
    async def test(world: World) -> None:
        phone = await inside(world)
        await phone.control("earmuff")  # it hears nobody else, but what is played to it
        status, answer = await phone.play("stream", MUSIC | {"loop": 0, "level": "0.4"})
        assert (status, answer) == (200, {"message": "Stream started", "uuid": phone.uuid})
        assert (await phone.view())["heard"] == ["♪ hold.wav"]
        status, answer = await phone.stop("stream")
        assert (status, answer) == (200, {"message": "Stream stopped", "uuid": phone.uuid})
        assert (await phone.stop("stream"))[0] == 200  # nothing plays any more
        notes = [(one["code"], one["what"]) for one in await phone.exchange("note")]
        assert notes == [("stopped", "stream")]
        assert (await phone.view())["status"] == "answered"

    play(test)


@pytest.mark.parametrize(("kind", "body"), [("talk", {"text": "Hello"}), ("stream", MUSIC)])
def test_what_is_played_thrice_is_heard_thrice(kind: str, body: Any) -> None:
    async def test(world: World) -> None:
        phone = await inside(world)
        assert (await phone.play(kind, body | {"loop": 3}))[0] == 200
        heard = (await phone.when(lambda c: len(c["heard"]) == 3))["heard"]
        assert len(set(heard)) == 1
        await phone.stop(kind)
        assert not await phone.exchange("note")  # it was over

    play(test)


def test_a_talk_is_stopped_and_a_stream_plays_beside_it() -> None:
    async def test(world: World) -> None:
        phone = await inside(world)
        await phone.play("stream", MUSIC | {"loop": 0})
        await phone.play("talk", {"text": "You are on hold", "loop": 0})
        await phone.stop("talk")
        await phone.play("talk", {"text": "Still on hold", "loop": 0})
        assert (await phone.view())["heard"] == ["♪ hold.wav", "You are on hold", "Still on hold"]
        await phone.transfer(talk("Back"), conversation("two"))
        await phone.when(lambda c: c["conversation"] == "two")
        assert (await phone.stop("talk"))[0] == 200
        assert [one["what"] for one in await phone.exchange("note")] == ["talk"]
        await phone.hang_up()
        assert (await phone.stop("stream"))[0] == 400

    play(test)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"stream_url": "https://example.com/a.wav"},
        {"stream_url": []},
        {"stream_url": ["hold.wav"]},
        {"stream_url": ["https://example.com/a.wav"], "loop": -1},
        {"stream_url": ["https://example.com/a.wav"], "level": "loud"},
        {"stream_url": ["https://example.com/a.wav"], "level": "7"},
        {"streamUrl": ["https://example.com/a.wav"]},
    ],
)
def test_what_cannot_be_played_is_refused(body: Any) -> None:
    async def test(world: World) -> None:
        phone = await inside(world)
        status, answer = await phone.play("stream", body)
        assert status == 400
        assert answer["detail"]
        assert (await phone.view())["heard"] == []

    play(test)
