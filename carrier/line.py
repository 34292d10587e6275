"""A call's life: it is dialled, asks what to do, runs its script, and ends."""

import asyncio
import logging
from datetime import UTC, datetime

from carrier import events
from carrier.calls import Call, Calls
from carrier.deliveries import Deliveries
from carrier.ncco_check import NccoRefusedError, check
from carrier.script import Script
from carrier.settings import Settings
from carrier.webhooks import Hook

LONGEST = 7200  # seconds; Vonage ends a call after two hours

log = logging.getLogger("carrier")


class Line:
    """Places calls and ends them."""

    def __init__(self, settings: Settings, calls: Calls, deliveries: Deliveries) -> None:
        self._settings = settings
        self._calls = calls
        self._out = deliveries

    def dial(self, from_number: str, to_number: str) -> Call:
        """Start a call from a phone to the product.

        Raises:
            TooManyCallsError: the carrier is full.
        """
        call = self._calls.start(from_number, to_number)
        self._set_status(call, "started")
        self._set_status(call, "ringing")
        call.task = asyncio.create_task(self._live(call))
        return call

    def end(self, call: Call, by: str, problem: str | None = None) -> None:
        """End a call. `by` is user (the caller) or platform; a call that has ended stays as it is.

        A call that was never answered is cancelled when the caller gave up, and then completed; it
        is rejected, which alone is not followed by completed, when the platform did.
        """
        if call.ended:
            return
        call.ended_at = datetime.now(UTC)
        call.disconnected_by = by
        call.problem = problem
        call.waiting_for_input = False
        call.keypad.stop()
        self._calls.retire(call)
        if problem:
            call.hear(f"✖ {problem}")
            call.record("note", code="ends", text="The call ends.", problem=problem)
            self._out.emit(call, events.error(call, problem))
        if call.answered_at is None:
            self._set_status(call, "cancelled" if by == "user" else "rejected")
        if call.status != "rejected":
            self._set_status(call, "completed")
        self._out.finish(call)
        if call.task and call.task is not asyncio.current_task():
            call.task.cancel()

    def press(self, call: Call, digits: str) -> bool:
        """Key digits on the caller's phone; whether something listened to them."""
        listened = not call.ended and call.keypad.press(digits)
        call.record("keys", digits=digits, listened=listened)
        return listened

    async def close(self) -> None:
        """End every call, as when the carrier stops."""
        tasks = [call.task for call in self._calls.live() if call.task]
        for call in self._calls.live():
            self.end(call, "platform")
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, call: Call) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                problem = await self._talk(call)
            self.end(call, "platform", problem)
        except TimeoutError:
            self.end(call, "platform")
        except NccoRefusedError as refusal:
            self.end(call, "platform", str(refusal))
        except Exception:
            log.exception("call %s broke", call.uuid)
            self.end(call, "platform", "The carrier itself failed; its log says how.")

    async def _talk(self, call: Call) -> str | None:
        """From the first webhook to the end of the script; why it could not be, if it could not."""
        hook = Hook(
            "answer",
            "answer",
            self._settings.answer_url,
            events.answer(call, self._settings.region_url),
            self._settings.answer_method,
        )
        ncco, problem = await self._out.ask(call, hook)
        if ncco is None:
            return f"No NCCO came from the answer URL: {problem}."
        actions = check(ncco)
        call.answered_at = datetime.now(UTC)
        self._set_status(call, "answered")
        await Script(call, self._settings, self._calls, self._out).run(actions)
        return None

    def _set_status(self, call: Call, status: str) -> None:
        call.status = status
        call.changed()
        self._out.emit(call, events.status(call))
