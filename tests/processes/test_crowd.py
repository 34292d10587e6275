"""A crowd comes into one room within ten seconds, through the webhooks of real processes."""

import asyncio
import threading
import time
from collections import Counter
from typing import Any

import aiohttp
import pytest

from tests.processes.conftest import CAPACITY
from tests.processes.installation import Installation, wait_for
from tests.processes.phones import ENTER_CODE, SERVICE, Line, ask, at_once
from tests.processes.rows import Rows
from tests.processes.signed import Callers

WITHIN = 10  # seconds in which all dial, key and are in
REQUESTS_PER_SECOND = 15  # of a carrier's; docs/carrier.md
MOST_TOLD = 50  # from so many in the room on, nobody hears who comes

# In one statement, so that nothing can change between the two.
COUNTED = """
SELECT people_in, people_waiting, hosts_in,
    count(stay.id) FILTER (WHERE NOT stay.waiting), count(stay.id) FILTER (WHERE stay.waiting),
    count(stay.id) FILTER (WHERE stay.role = 'host')
FROM rooms_room LEFT JOIN conferences_participant AS stay
    ON stay.room_id = rooms_room.id AND stay.left_at IS NULL
WHERE rooms_room.id = 'ROOM' GROUP BY rooms_room.id
"""
# Whom what was to be told of comers; each is about the version of the room that was told.
NEWS = """
SELECT about, count(*) FROM conferences_command AS command
JOIN conferences_conference AS conference ON conference.id = command.conference_id
WHERE about LIKE 'news:%' AND room_id = 'ROOM' GROUP BY about
"""
PENDING = """
SELECT count(*) FROM conferences_command AS command
JOIN conferences_conference AS conference ON conference.id = command.conference_id
WHERE done_at IS NULL AND room_id = 'ROOM'
"""
PAID = "SELECT count(*) FROM conferences_usagerecord WHERE room_id = 'ROOM'"


class Watch(threading.Thread):
    """Holds the room's counts against its stays, again and again, until it is left."""

    def __init__(self, installation: Installation, room: str) -> None:
        super().__init__(daemon=True)
        self._rows, self._statement = Rows(installation), COUNTED.replace("ROOM", room)
        self._over = threading.Event()
        self.seen: list[Any] = []

    def run(self) -> None:
        while not self._over.wait(0.05):
            self.seen += self._rows.read(self._statement)

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()
        self._rows.close()
        wrong = [row for row in self.seen if row[:3] != row[3:]]
        assert not wrong
        assert len({row[0] for row in self.seen}) > 5, "it saw the room fill"


class Crowd:
    """So many phones, each with a number of its own."""

    def __init__(self, line: Line, people: int) -> None:
        self._line, self._people = line, people
        self._url = f"{line.installation.phones_url}/phone/calls"
        self.uuids: list[str] = []

    def enter(self) -> float:
        """All dial, evenly over most of the time, and key; returns how long all of it took."""
        return asyncio.run(self._enter())

    async def _enter(self) -> float:
        begun = time.monotonic()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as http:
            await asyncio.gather(*(self._one(http, n) for n in range(self._people)))
            while len(await self._inside(http)) < self._people:
                assert time.monotonic() - begun < 4 * WITHIN, await self._inside(http)
                await asyncio.sleep(0.2)
        return time.monotonic() - begun

    async def _one(self, http: aiohttp.ClientSession, n: int) -> None:
        await asyncio.sleep(n * 0.8 * WITHIN / self._people)
        order = {"from": f"+155502{n:05}", "to": SERVICE}
        async with http.post(self._url, json=order) as answer:
            uuid = (await answer.json())["uuid"]
        self.uuids.append(uuid)
        for pause in (0.1, 0.2, *[0.5] * 40):
            await asyncio.sleep(pause)
            async with http.get(f"{self._url}/{uuid}") as answer:
                if (await answer.json())["heard"]:
                    break
        keys = {"digits": f"{self._line.code}#"}
        async with http.post(f"{self._url}/{uuid}/keys", json=keys) as answer:
            listened = (await answer.json())["listened"]
        assert listened, await asyncio.to_thread(ask, f"{self._url}/{uuid}/exchange")

    async def _inside(self, http: aiohttp.ClientSession) -> list[str]:
        async with http.get(self._url) as answer:
            calls = await answer.json()
        return [one["uuid"] for one in calls if one["conversation"] and one["uuid"] in self.uuids]

    def calls(self) -> list[dict[str, Any]]:
        return [one for one in ask(self._url) if one["uuid"] in self.uuids]

    def hang_up(self) -> None:
        at_once(lambda uuid: ask(f"{self._url}/{uuid}/hangup", {}), self.uuids)

    def answers(self) -> Counter[tuple[str, int | None]]:
        """How often each kind of webhook was answered with which status."""
        exchanges = at_once(lambda uuid: ask(f"{self._url}/{uuid}/exchange"), self.uuids)
        hooks = [one for exchange in exchanges for one in exchange if one["kind"] == "webhook"]
        return Counter((hook["purpose"], hook["status"]) for hook in hooks)


def come_and_go(installation: Installation, people: int, *, full: bool = False) -> None:
    line, rows = Line(installation), Rows(installation)
    try:
        _come_and_go(line, rows, people, full=full)
    finally:
        rows.close()


def _come_and_go(line: Line, rows: Rows, people: int, *, full: bool) -> None:
    def read(statement: str) -> list[Any]:
        return rows.read(statement.replace("ROOM", line.room))

    crowd = Crowd(line, people)
    with Watch(line.installation, line.room) as watch:
        muting = threading.Timer(0.4 * WITHIN, _mute_all, [line])
        muting.start()
        took = crowd.enter()
        print(f"{people} were in after {took:.1f} s; {len(watch.seen)} looks")
        assert took < 3 * WITHIN
        muting.join()
        assert read(COUNTED) == [(people, 0, 0) * 2]
        if full:
            late = line.dial("+34600000099").hears(ENTER_CODE)
            late.key(f"{line.code}#")
            late.hears("This room is full.").is_over()
        told = read(NEWS)
        assert all(int(about.split(":")[1]) <= MOST_TOLD for about, _callers in told), told
        assert all(callers <= MOST_TOLD for _about, callers in told), told
        wait_for("all to be done", lambda: read(PENDING) == [(0,)], people / 5 + 20)
        stays = _stays(line)
        assert len(stays) == people
        muted = {stay["call"] for stay in stays if stay["muted"]}
        assert muted
        assert muted == {f"cl_{call['uuid']}" for call in crowd.calls() if call["muted"]}
        crowd.hang_up()
        wait_for("all to have left", lambda: read(COUNTED) == [(0,) * 6], 60)
    assert read(PAID) == [(people,)]
    answers = crowd.answers()
    assert answers["answer", 200] == answers["input", 200] == people, answers
    assert not [status for _purpose, status in answers if status not in (200, 204, None)], answers
    late = answers["answer", None] + answers["input", None]
    assert late <= people / 20, "callers whom the carrier had to ask for again, after 5 s"
    assert line.stats["busiest_second"] <= REQUESTS_PER_SECOND
    assert line.stats["throttled"] == 0


def _mute_all(line: Line) -> None:
    """A host's key would do the same, while others come in."""
    [conference] = line.conferences
    assert line.api(f"conferences/{conference['id']}/mute_all", {})["data"]


@pytest.mark.timeout(300)
def test_a_crowd_on_the_embedded_run(installation: Installation) -> None:
    come_and_go(installation, CAPACITY, full=True)


@pytest.mark.timeout(300)
def test_a_crowd_on_postgresql_and_redis(on_servers: Installation) -> None:
    # The carrier and the phones have the machine too.
    on_servers.environment |= {"ROOM_CAPACITY": "1000", "WEB_THREADS": "16"}
    on_servers.run().wait_until_ready(120)
    come_and_go(on_servers, 100)


@pytest.mark.soak
@pytest.mark.timeout(400)
def test_five_hundred_on_postgresql_and_redis(on_servers: Installation) -> None:
    """By webhooks alone: a carrier for so many would take what the machine has."""
    on_servers.environment |= {"ROOM_CAPACITY": "1000", "WEB_THREADS": "16"}
    on_servers.run().wait_until_ready(120)
    five_hundred(on_servers)


def five_hundred(installation: Installation, people: int = 500) -> None:
    line, rows = Line(installation), Rows(installation)
    callers, counted = Callers(line, people), COUNTED.replace("ROOM", line.room)
    try:
        with Watch(installation, line.room):
            took = callers.enter(0.8 * WITHIN)
            waits = sorted(callers.waits)
            half = waits[len(waits) // 2]
            print(f"{people} were in after {took:.1f} s; waits: {half:.2f} to {waits[-1]:.2f} s")
            assert took < 2 * WITHIN  # 10.5 s on two cores that hold the database and us too
            assert rows.read(counted) == [(people, 0, 0) * 2]
            told = rows.read(NEWS.replace("ROOM", line.room))
            assert all(int(about.split(":")[1]) <= MOST_TOLD for about, _callers in told), told
            assert len({stay["call"] for stay in _stays(line)}) == people
            callers.hang_up(0.8 * WITHIN)
            assert rows.read(counted) == [(0,) * 6]
        assert rows.read(PAID.replace("ROOM", line.room)) == [(people,)]
        assert set(callers.statuses) == {200, 204}, callers.statuses
        assert waits[-1] < 5, "what the carrier waits for an answer"
    finally:
        rows.close()


def _stays(line: Line) -> list[dict[str, Any]]:
    [conference] = line.conferences
    return line.listed(f"conferences/{conference['id']}/participants/")
