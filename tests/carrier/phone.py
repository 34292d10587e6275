"""A hand for the carrier's phones."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.carrier.product import World

Json = dict[str, Any]


@dataclass
class Phone:
    """A call, seen from the phone."""

    world: "World"
    uuid: str

    async def view(self) -> Json:
        _, call = await self.world.ask("GET", f"/phone/calls/{self.uuid}")
        return dict(call)

    async def when(self, look: Callable[[Json], Any], seconds: float = 3) -> Json:
        end = time.monotonic() + seconds
        while not look(call := await self.view()):
            assert time.monotonic() < end, call
            await asyncio.sleep(0.01)
        return call

    async def ended(self) -> Json:
        return await self.when(lambda call: call["ended_at"])

    async def waiting(self, inputs: int = 1) -> Json:
        return await self.when(lambda c: c["waiting_for_input"] and c["inputs"] == inputs)

    async def key(self, digits: str) -> bool:
        path = f"/phone/calls/{self.uuid}/keys"
        status, answer = await self.world.ask("POST", path, {"digits": digits})
        assert status == 200, answer
        return bool(answer["listened"])

    async def answer(self, **more: Any) -> Json:
        return await self._do("answer", more)

    async def decline(self, **more: Any) -> Json:
        return await self._do("decline", more)

    async def _do(self, what: str, body: Json) -> Json:
        path = f"/phone/calls/{self.uuid}/{what}"
        status, call = await self.world.ask("POST", path, body or None)
        assert status == 200, call
        return dict(call)

    async def hang_up(self) -> Json:
        _, call = await self.world.ask("POST", f"/phone/calls/{self.uuid}/hangup")
        return dict(call)

    async def control(self, action: str, **more: Any) -> int:
        """What the product does to the call; the HTTP status."""
        return (await self.controlled(action, **more))[0]

    async def controlled(self, action: str, **more: Any) -> tuple[int, Any]:
        body, headers = {"action": action, **more}, self.world.token()
        return await self.world.ask("PUT", f"/v1/calls/{self.uuid}", body, headers)

    async def transfer(self, *ncco: Json) -> None:
        destination = {"type": "ncco", "ncco": list(ncco)}
        status, answer = await self.controlled("transfer", destination=destination)
        assert status == 204, answer

    async def play(self, kind: str, body: Any) -> tuple[int, Any]:
        path = f"/v1/calls/{self.uuid}/{kind}"
        return await self.world.ask("PUT", path, body, self.world.token())

    async def stop(self, kind: str) -> tuple[int, Any]:
        path = f"/v1/calls/{self.uuid}/{kind}"
        return await self.world.ask("DELETE", path, None, self.world.token())

    async def exchange(self, kind: str | None = None) -> list[Json]:
        _, answer = await self.world.ask("GET", f"/phone/calls/{self.uuid}/exchange")
        return [one for one in answer if kind in (None, one["kind"])]
