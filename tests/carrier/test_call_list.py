"""GET /v1/calls: which calls there are, page by page."""

from typing import Any
from urllib.parse import quote

import pytest
from vonage_voice.models.responses import CallList

from tests.carrier.actions import conversation
from tests.carrier.product import World, play


async def asked(world: World, query: str = "") -> tuple[int, Any]:
    return await world.ask("GET", f"/v1/calls{query}", None, world.token())


async def listed(world: World, query: str = "") -> list[str]:
    status, answer = await asked(world, query)
    assert status == 200, answer
    return [call["uuid"] for call in answer["_embedded"]["calls"]]


def test_calls_are_found_by_status_conversation_and_time() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        first = await world.dial()
        second = await world.dial("+15550124")
        for phone in (first, second):
            call = await phone.when(lambda c: c["conversation"])
        ringing = await world.place()
        await first.hang_up()
        everybody = [first.uuid, second.uuid, ringing.uuid]
        assert await listed(world) == everybody
        assert await listed(world, "?order=desc") == everybody[::-1]
        assert await listed(world, "?status=answered") == [second.uuid]
        assert await listed(world, "?status=completed") == [first.uuid]
        inside = f"?conversation_uuid={call['conversation_uuid']}"
        assert await listed(world, inside) == [first.uuid, second.uuid]
        assert await listed(world, f"{inside}&status=answered") == [second.uuid]
        since = quote((await second.view())["started_at"])
        assert await listed(world, f"?date_start={since}") == everybody[1:]
        assert first.uuid in await listed(world, f"?date_end={since}")
        assert await listed(world, "?date_end=2020-01-01T00:00:00Z") == []
        assert len(await listed(world, "?date_start=2020-01-01T00:00:00+00:00")) == 3

    play(test)


def test_pages_and_the_sdks_own_model() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        for n in range(12):
            await world.dial(f"+155501{n:02d}")
        _, page = await asked(world)
        assert (page["count"], page["page_size"], page["record_index"]) == (12, 10, 0)
        assert len(page["_embedded"]["calls"]) == 10
        links = page["_links"]
        assert links["next"]["href"] == "/v1/calls?page_size=10&record_index=10"
        assert links["last"] == links["next"]
        assert "prev" not in links
        _, rest = await asked(world, "?page_size=10&record_index=10")
        assert len(rest["_embedded"]["calls"]) == 2
        assert "next" not in rest["_links"]
        assert rest["_links"]["prev"]["href"].endswith("record_index=0")
        assert len(CallList(**rest).embedded.calls) == 2

    play(test)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?status=asleep", 400),
        ("?page_size=0", 400),
        ("?page_size=101", 400),
        ("?page_size=ten", 400),
        ("?record_index=-1", 400),
        ("?date_start=yesterday", 400),
        ("?order=up", 400),
        ("?caller=1", 501),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: str, status: int) -> None:
    async def test(world: World) -> None:
        got, answer = await asked(world, query)
        assert got == status
        assert answer["detail"]
        assert (await world.ask("GET", "/v1/calls"))[0] == 401

    play(test)
