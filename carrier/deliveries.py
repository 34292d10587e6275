"""Webhooks on their way: events in order, or as the switches spoil them; and answers."""

import asyncio
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from carrier import events
from carrier.call import Call, KeysGoTo
from carrier.settings import Settings
from carrier.switches import Switches
from carrier.webhooks import Hook, Recorder, Request, Result, Webhooks

# An NCCO of such a content type is "encoded incorrectly" to Vonage.
NOT_JSON = ("text/html", "application/xml", "text/xml")


class Source(Recorder, Protocol):
    """What tells events: a call, or a message whose receipts they are."""

    @property
    def uuid(self) -> str:
        """Its name; events of one source keep their order."""

    @property
    def event_url(self) -> str | None:
        """Where they go; None is the application's event URL."""

    @property
    def event_method(self) -> str:
        """GET or POST."""

    @property
    def retries(self) -> tuple[float, ...]:
        """Seconds before each further try of an event that was not taken."""


@dataclass
class Waiting:
    """An event that is yet to be sent."""

    payload: dict[str, Any]
    to: KeysGoTo | None = None
    since: float = field(default_factory=time.monotonic)


class Deliveries:
    """Sends events beside the call, and asks for NCCOs on its behalf."""

    def __init__(self, settings: Settings, webhooks: Webhooks) -> None:
        self.switches = Switches()
        self._settings = settings
        self._webhooks = webhooks
        self._queues: dict[str, asyncio.Queue[Waiting | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # Events

    def emit(self, source: Source, payload: dict[str, Any], to: KeysGoTo | None = None) -> None:
        """Send an event, after those that this source emitted before.

        It goes `to` where keys go if it is one, else to the source's or the application's URL.
        """
        if source.uuid not in self._queues:
            self._queues[source.uuid] = asyncio.Queue()
            self.spawn(self._send_events(source, self._queues[source.uuid]))
        self._queues[source.uuid].put_nowait(Waiting(payload, to))

    def finish(self, source: Source) -> None:
        """No more events come from it."""
        queue = self._queues.pop(source.uuid, None)
        if queue:
            queue.put_nowait(None)

    async def close(self, grace: float) -> None:
        """Give what is under way `grace` seconds, then drop it."""
        until = time.monotonic() + grace
        while self._tasks and (left := until - time.monotonic()) > 0:
            await asyncio.wait(self._tasks, timeout=left)  # what is done may have begun more
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let some work go on beside everything else until it is done, or `close` ends it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_events(self, source: Source, queue: asyncio.Queue[Waiting | None]) -> None:
        more = True
        while more:
            first = await queue.get()
            if first is None:
                return
            batch = [first]
            if self.switches.shuffled:
                more = await self._gather(queue, batch)
                batch = _another_order(batch)
            for waiting in batch:
                await self._send_event(source, waiting)

    async def _gather(self, queue: asyncio.Queue[Waiting | None], batch: list[Waiting]) -> bool:
        """Add what comes within the window; whether more may come after it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.switches.shuffle_window_ms / 1000
        while (left := until - loop.time()) > 0:
            try:
                waiting = await asyncio.wait_for(queue.get(), left)
            except TimeoutError:
                break
            if waiting is None:
                return False
            batch.append(waiting)
        return True

    async def _send_event(self, source: Source, waiting: Waiting) -> None:
        label = events.label(waiting.payload)
        if self.switches.loses(label):
            text = f"The event {label} was lost, as a switch asks."
            source.record("note", code="lost", label=label, text=text)
            return
        due = waiting.since + self.switches.late_ms / 1000
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        hook = self._hook(source, label, waiting)
        request = self._webhooks.sign(hook)
        result = await self._webhooks.deliver(source, hook, request)
        if self.switches.twice:
            await self._webhooks.attempt(source, hook, request, 1, copy=True)
        for number, pause in enumerate(source.retries, 3):
            if result.problem is None:
                return
            await asyncio.sleep(pause * self._settings.hurry)
            result = await self._webhooks.attempt(source, hook, request, number)

    def _hook(self, source: Source, label: str, waiting: Waiting) -> Hook:
        if waiting.to:
            return Hook("input", label, waiting.to.url, waiting.payload, waiting.to.method)
        url = source.event_url or self._settings.event_url
        return Hook("event", label, url, waiting.payload, source.event_method)

    # Requests that expect an NCCO

    async def ask(self, call: Call, hook: Hook) -> tuple[list[object] | None, str | None]:
        """Ask for an NCCO, at the fallback URL if it must be.

        Returns the NCCO, and what went wrong at last. An input may be answered with no NCCO and
        nothing wrong; an answer URL may not.
        """
        request = self._webhooks.sign(hook)
        ncco, problem = _ncco(await self._webhooks.deliver(call, hook, request), hook.purpose)
        if self.switches.twice:
            self.spawn(self._repeat(call, hook, request))
        fallback = self._settings.fallback_url
        if problem is None or fallback is None:
            return ncco, problem
        kind = "answer" if hook.purpose == "answer" else "event"
        body = events.fallback(hook.body, problem, hook.url, kind)
        again = Hook("fallback", f"fallback of {hook.label}", fallback, body)
        return _ncco(await self._webhooks.deliver(call, again), "answer")

    async def _repeat(self, call: Call, hook: Hook, request: Request) -> None:
        await self._webhooks.attempt(call, hook, request, 1, copy=True)


def _ncco(result: Result, purpose: str) -> tuple[list[object] | None, str | None]:
    if result.problem is not None:
        return None, result.problem
    parsed = result.json()
    if isinstance(parsed, list) and not result.content_type.startswith(NOT_JSON):
        return parsed, None
    if purpose == "input":
        return None, None  # the script goes on: Vonage takes an empty answer as consent
    if isinstance(parsed, list):
        return None, f"the NCCO came as {result.content_type}, not as application/json"
    return None, "the answer is not an NCCO (a JSON array)"


def _another_order(batch: list[Waiting]) -> list[Waiting]:
    """The same events, never in the order in which they happened."""
    shuffled = batch[:]
    while len(batch) > 1 and all(a is b for a, b in zip(batch, shuffled, strict=True)):
        random.shuffle(shuffled)
    return shuffled
