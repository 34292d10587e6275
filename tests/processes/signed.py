"""Callers as signed webhooks alone, without a carrier: as many at once as the service can take."""

import asyncio
import datetime as dt
import hashlib
import json
import time
import uuid
from collections import Counter
from typing import Any

import aiohttp
import jwt

from tests.processes.installation import Installation
from tests.processes.phones import SERVICE, Line

LONGEST = 60  # seconds for one answer; nobody hangs up here because of it


class Callers:
    """So many, who dial evenly over `seconds`, key the code, and arrive; then they hang up."""

    def __init__(self, line: Line, people: int) -> None:
        installation: Installation = line.installation
        keys = json.loads((installation.home / "keys.json").read_text())
        self._secret = keys["VONAGE_SIGNATURE_SECRET"]
        self._application = keys["VONAGE_APPLICATION_ID"]
        self._url, self._code = installation.url, line.code
        self._calls = [(f"155502{n:05}", uuid.uuid4().hex) for n in range(people)]
        self.statuses: Counter[int] = Counter()
        self.waits: list[float] = []  # seconds that callers waited for what they hear

    def enter(self, seconds: float) -> float:
        """Returns how many seconds it took until the last was in and all was told."""
        return asyncio.run(self._all(self._enter, seconds))

    def hang_up(self, seconds: float) -> float:
        return asyncio.run(self._all(self._hang_up, seconds))

    async def _all(self, each: Any, seconds: float) -> float:
        begun, gap = time.monotonic(), seconds / len(self._calls)
        connector = aiohttp.TCPConnector(limit=128)
        timeout = aiohttp.ClientTimeout(total=LONGEST)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:

            async def in_turn(n: int) -> None:
                await asyncio.sleep(n * gap)
                await each(http, *self._calls[n])

            await asyncio.gather(*(in_turn(n) for n in range(len(self._calls))))
        return time.monotonic() - begun

    async def _enter(self, http: aiohttp.ClientSession, number: str, call: str) -> None:
        ringing = asyncio.create_task(self._events(http, number, call, "started", "ringing"))
        welcome = await self._waits(http, "/telephony/answer", self._facts(number, call))
        [asked] = [action for action in welcome if action["action"] == "input"]
        answered = asyncio.create_task(self._events(http, number, call, "answered"))
        keyed = {"dtmf": {"digits": self._code, "timed_out": False}, "speech": {"results": []}}
        path = asked["eventUrl"][0].partition("/telephony/")[2]
        inside = await self._waits(
            http, f"/telephony/{path}", {**self._facts(number, call), **keyed}
        )
        assert inside[-1]["action"] == "conversation", inside
        await asyncio.gather(ringing, answered)
        moved = {"type": "transfer", "conversation_uuid_from": f"CON-{call}"}
        moved |= {"conversation_uuid_to": "CON-all", "uuid": call, "timestamp": _now()}
        await self._post(http, "/telephony/event", moved)

    async def _hang_up(self, http: aiohttp.ClientSession, number: str, call: str) -> None:
        await self._events(http, number, call, "completed")

    async def _events(
        self, http: aiohttp.ClientSession, number: str, call: str, *statuses: str
    ) -> None:
        for status in statuses:
            event = {"status": status, "direction": "inbound", "timestamp": _now()}
            await self._post(http, "/telephony/event", {**self._facts(number, call), **event})

    async def _waits(self, http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> Any:
        begun = time.monotonic()
        answer = await self._post(http, path, body)
        self.waits.append(time.monotonic() - begun)
        return json.loads(answer)

    async def _post(self, http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> bytes:
        raw = json.dumps(body).encode()
        claims = {
            "iat": int(time.time()),
            "jti": uuid.uuid4().hex,
            "iss": "Vonage",
            "application_id": self._application,
            "payload_hash": hashlib.sha256(raw).hexdigest(),
        }
        headers = {
            "Authorization": f"Bearer {jwt.encode(claims, self._secret, algorithm='HS256')}",
            "Content-Type": "application/json",
        }
        async with http.post(self._url + path, data=raw, headers=headers) as answer:
            self.statuses[answer.status] += 1
            return await answer.read()

    @staticmethod
    def _facts(number: str, call: str) -> dict[str, Any]:
        return {
            "from": number,
            "to": SERVICE.removeprefix("+"),
            "uuid": call,
            "conversation_uuid": f"CON-{call}",
        }


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
