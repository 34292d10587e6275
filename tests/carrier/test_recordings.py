"""Recordings of conversations: when they run, what is told, and the file."""

import asyncio
import io
import os
import time
import wave
from array import array
from pathlib import Path
from typing import Any

import pytest

from carrier import wav
from tests.carrier.actions import conversation
from tests.carrier.product import Json, World, play


async def fetched(world: World, url: str) -> tuple[int, bytes]:
    async with world.http.get(url, headers=world.token()) as got:
        return got.status, await got.read()


async def told(world: World, path: str = "/event", number: int = 1) -> Json:
    def records() -> list[Json]:
        return [one.body for one in world.product.at(path) if "recording_url" in one.body]

    await world.until(lambda: len(records()) == number)
    return records()[-1]


def test_a_conversation_is_recorded_until_it_is_empty() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        early = await world.dial()
        assert not (await early.when(lambda c: c["conversation"]))["recording"]
        own = conversation(record=True, eventUrl=[world.product.url("/recorded")])
        world.product.answers["/answer"] = [own]
        phone = await world.dial("+15550124")
        call = await phone.when(lambda c: c["conversation"])
        assert call["recording"]
        assert (await early.view())["recording"]
        await asyncio.sleep(0.3)
        await phone.hang_up()
        assert (await early.view())["recording"]
        await early.hang_up()

        event = await told(world, "/recorded")
        keys = {"recording_url", "recording_uuid", "size", "start_time", "end_time"}
        assert set(event) == keys | {"conversation_uuid", "timestamp"}
        assert event["conversation_uuid"] == call["conversation_uuid"]
        assert event["recording_url"] == f"{world.base}/v1/files/{event['recording_uuid']}"
        assert world.product.at("/recorded")[0].claims()["iss"] == "Vonage"
        status, content = await fetched(world, event["recording_url"])
        assert (status, len(content)) == (200, event["size"])
        with wave.open(io.BytesIO(content)) as sound:
            shape = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            assert shape == (1, 2, 8000)
            assert 0.3 <= sound.getnframes() / 8000 < 3
            samples = array("h", sound.readframes(sound.getnframes()))
        assert max(samples) > 1000  # somebody came
        assert (await world.ask("GET", f"/v1/files/{event['recording_uuid']}"))[0] == 401

    play(test)


def test_a_transfer_stops_it_and_another_starts_the_next() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        one, two = await world.dial(), await world.dial("+15550124")
        for phone in (one, two):
            await phone.when(lambda c: c["conversation"])
        for turn in (1, 2):
            await one.transfer(conversation(record=True))
            await two.when(lambda c: c["recording"])
            await one.when(lambda c: c["recording"])
            # Neither who comes without a word of it nor the same wish again changes anything.
            await two.transfer(conversation())
            await two.when(lambda c: c["recording"])
            await two.transfer(conversation(record=True))
            await two.when(lambda c: c["recording"])
            await one.transfer(conversation(record=False))
            await two.when(lambda c: not c["recording"])
            event = await told(world, number=turn)
            assert event["size"] > 44
        uuids = {e["recording_uuid"] for e in world.product.events() if "recording_uuid" in e}
        assert len(uuids) == 2

    play(test)


def test_a_newcomer_who_wants_no_recording_does_not_stop_it() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation(record=True)]
        first = await world.dial()
        await first.when(lambda c: c["recording"])
        world.product.answers["/answer"] = [conversation(record=False)]
        second = await world.dial("+15550124")
        assert (await second.when(lambda c: c["conversation"]))["recording"]

    play(test)


def test_what_is_no_recording_is_not_found() -> None:
    async def test(world: World) -> None:
        for uuid in ("0" * 32, "x", "..%2f..%2fetc%2fpasswd"):
            status, _ = await fetched(world, f"{world.base}/v1/files/{uuid}")
            assert status == 404

    play(test)


def test_recordings_outlive_the_carrier_for_30_days(tmp_path: Path) -> None:
    kept: dict[str, Any] = {}
    old = tmp_path / f"{'1' * 8}-1111-1111-1111-{'1' * 12}.wav"

    async def first(world: World) -> None:
        world.product.answers["/answer"] = [conversation(record=True)]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        await phone.hang_up()
        kept.update(await told(world))

    async def second(world: World) -> None:
        assert not old.exists()
        path = f"{world.base}/v1/files/{kept['recording_uuid']}"
        assert (await fetched(world, path))[0] == 200
        file = tmp_path / f"{kept['recording_uuid']}.wav"
        then = time.time() - 31 * 86_400
        os.utime(file, (then, then))
        assert (await fetched(world, path))[0] == 404

    play(first, recordings=tmp_path)
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    play(second, recordings=tmp_path)


def test_a_folder_that_cannot_be_written_loses_the_recording_and_says_so(tmp_path: Path) -> None:
    async def test(world: World) -> None:
        (tmp_path / "file").write_text("not a folder")
        world.product.answers["/answer"] = [conversation(record=True)]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        await phone.hang_up()
        await world.events_until("completed")
        for _ in range(100):
            notes = [one["code"] for one in await phone.exchange("note")]
            if "not_kept" in notes:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(notes)

    play(test, recordings=tmp_path / "file")


@pytest.mark.parametrize(("seconds", "length"), [(0, 0), (1.5, 12_000), (10**6, 12 * 3600 * 8000)])
def test_hours_of_silence_take_no_room(tmp_path: Path, seconds: float, length: int) -> None:
    path = tmp_path / "long.wav"
    began = time.monotonic()
    size = wav.write(path, seconds, [0.0, seconds * 0.9, seconds * 2])
    assert time.monotonic() - began < 1
    assert size == path.stat().st_size == 44 + 2 * length
    assert path.stat().st_blocks * 512 < 200_000
    with wave.open(str(path)) as sound:
        assert sound.getnframes() == length
