"""A call's life: it is dialled or placed, asks what to do, runs its script, and ends."""

import asyncio
import logging
import uuid as uuids
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from carrier import events, playback
from carrier.call import App, Call
from carrier.calls import Calls
from carrier.conversations import Conversations
from carrier.create_call import CreateCall
from carrier.deliveries import Deliveries
from carrier.ncco_check import Action, NccoRefusedError, check
from carrier.script import Script, Stage
from carrier.settings import Settings
from carrier.webhooks import Hook

LONGEST = 7200  # seconds; Vonage ends a call after two hours

# The status of a call that was never answered, by its direction and who ended it.
MISSED = {
    ("inbound", "user"): "cancelled",
    ("inbound", "platform"): "rejected",
    ("outbound", "user"): "busy",
    ("outbound", "platform"): "cancelled",
}

# How a phone may not take a call. Vonage passes on what the phone's network says, and networks
# differ: a mobile phone that declines is mostly said to be busy (GSM's "user determined busy").
DECLINED = ("busy", "rejected", "unanswered", "failed")

log = logging.getLogger("carrier")


class NotRingingError(Exception):
    """The call cannot be picked up or declined: its phone does not ring."""


class Line:
    """Places calls and ends them."""

    def __init__(
        self, settings: Settings, calls: Calls, deliveries: Deliveries, conversations: Conversations
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._out = deliveries
        self._conversations = conversations
        self._stage = Stage(settings, conversations, deliveries)

    def dial(self, from_number: str, to_number: str, app: App | None = None) -> Call:
        """Start a call from a phone to the product, or from an app (Vonage: a server call).

        Raises:
            TooManyCallsError: the carrier is full.
        """
        return self._begin(self._calls.start(from_number, to_number, app))

    def _begin(self, call: Call) -> Call:
        self._set_status(call, "started")
        self._set_status(call, "ringing")
        call.task = asyncio.create_task(self._live(call))
        return call

    def place(self, order: CreateCall) -> Call:
        """Start a call from the product to a phone, which rings until it is picked up.

        Raises:
            TooManyCallsError: the carrier is full.
        """
        return self._begin(self._calls.place(order))

    def pick_up(self, call: Call, machine: bool) -> None:
        """The phone picks up, or its voicemail does.

        Raises:
            NotRingingError: it does not ring.
        """
        if call.order is None or not call.rings:
            raise NotRingingError
        call.machine = machine
        self._answered(call)
        if call.order.machine_detection:
            self._out.emit(call, events.detected(call))
        call.picked_up.set()

    def decline(self, call: Call, word: str) -> None:
        """The phone does not take the call; `word` is one of `DECLINED`.

        Raises:
            NotRingingError: it does not ring.
        """
        if not call.rings:
            raise NotRingingError
        self.end(call, "user", missed=word)

    def end(
        self, call: Call, by: str, problem: str | None = None, missed: str | None = None
    ) -> None:
        """End a call. `by` is user (the phone) or platform; a call that has ended stays as it is.

        A call that was never answered tells why (`missed`, else by who ended it) and is then
        completed; one that was rejected, and it alone, is not.
        """
        if call.ended:
            return
        call.ended_at = datetime.now(UTC)
        call.disconnected_by = by
        call.problem = problem
        ended_with_it = call.conversation if call.ends_others else None
        self._drop(call)
        self._calls.retire(call)
        if problem:
            call.hear(f"✖ {problem}")
            call.record("note", code="ends", text="The call ends.", problem=problem)
            self._out.emit(call, events.error(call, problem))
        if call.answered_at is None:
            call.missed = missed or MISSED[call.direction, by]
            self._set_status(call, call.missed)
        if call.status != "rejected":
            self._set_status(call, "completed")
        self._out.finish(call)
        if call.task and call.task is not asyncio.current_task():
            call.task.cancel()
        if ended_with_it:
            self._end_all(list(ended_with_it.members.values()))

    def _end_all(self, calls: list[Call]) -> None:
        for call in calls:
            call.ends_others = False  # this is done here
        for call in calls:
            self.end(call, "platform")

    def transfer(self, call: Call, ncco: list[Action]) -> None:
        """An answered call leaves what it does and where it is, and runs a checked NCCO."""
        self._drop(call)
        call.conversation_uuid = f"CON-{uuids.uuid4()}"
        before, script = call.task, Script(call, self._stage, again=True)
        if before:
            before.cancel()

        async def run() -> None:
            if before:  # it still puts the keypad down, so it comes first
                await asyncio.wait([before])
            await script.run(ncco)

        call.changed()
        call.task = asyncio.create_task(self._within_time(call, run))

    def _drop(self, call: Call) -> None:
        """Nothing listens or plays any more, and it leaves the conversation where it is."""
        call.waiting_for_input = False
        call.keypad.stop()
        call.keys_go_to = None
        playback.stop_all(call)
        self._conversations.leave(call)

    def press(self, call: Call, digits: str) -> bool:
        """Key digits on the caller's phone; whether something listened to them.

        A prompt or an input takes them, and an asynchronous input is told each of them.
        """
        listened = not call.ended and call.keypad.press(digits)
        told = call.keys_go_to
        if call.conversation and not self._out.switches.async_digits:
            told = None
        call.record("keys", digits=digits, listened=listened or told is not None)
        for digit in digits if told else "":
            self._out.emit(call, events.key(call, digit), told)
        return listened or told is not None

    async def close(self) -> None:
        """End every call, as when the carrier stops."""
        tasks = [call.task for call in self._calls.live() if call.task]
        for call in self._calls.live():
            self.end(call, "platform")
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, call: Call) -> None:
        if call.order and not await self._picked_up(call, call.order.ringing_timer):
            return
        longest = call.order.length_timer if call.order else LONGEST
        call.until = asyncio.get_running_loop().time() + longest
        await self._within_time(call, lambda: self._talk(call))

    async def _within_time(self, call: Call, work: Callable[[], Awaitable[str | None]]) -> None:
        """Do what the call does until its time is over; then it ends, for the reason returned."""
        try:
            async with asyncio.timeout_at(call.until):
                problem = await work()
            self.end(call, "platform", problem)
        except TimeoutError:
            self.end(call, "platform")
        except NccoRefusedError as refusal:
            self.end(call, "platform", str(refusal))
        except Exception:
            log.exception("call %s broke", call.uuid)
            self.end(call, "platform", "The carrier itself failed; its log says how.")

    async def _picked_up(self, call: Call, seconds: float) -> bool:
        """Let the phone ring; whether it was picked up in time."""
        try:
            await asyncio.wait_for(call.picked_up.wait(), seconds)
        except TimeoutError:
            if not call.picked_up.is_set():
                self.end(call, "platform", missed="timeout")
                return False
        return True

    async def _talk(self, call: Call) -> str | None:
        """From the first webhook to the end of the script; why it could not be, if it could not."""
        if call.machine and call.order and call.order.machine_detection == "hangup":
            text = "A machine picked up, so the carrier hangs up, as machine_detection asks."
            call.record("note", code="machine_hangup", text=text)
            return None
        actions, problem = await self._first_actions(call)
        if actions is None:
            return f"No NCCO came from the answer URL: {problem}."
        if call.answered_at is None:
            self._answered(call)
        await Script(call, self._stage).run(actions)
        return None

    async def _first_actions(self, call: Call) -> tuple[list[Action] | None, str | None]:
        """The NCCO that the call begins with, or why there is none."""
        url, method = self._settings.answer_url, self._settings.answer_method
        if call.order:
            if call.order.answer_url is None:
                return call.order.ncco, None
            url, method = call.order.answer_url, call.order.answer_method
        told = events.answer(call, self._settings.region_url)
        ncco, problem = await self._out.ask(call, Hook("answer", "answer", url, told, method))
        return (None if ncco is None else check(ncco)), problem

    def _answered(self, call: Call) -> None:
        call.answered_at = datetime.now(UTC)
        self._set_status(call, "answered")

    def _set_status(self, call: Call, status: str) -> None:
        call.status = status
        call.changed()
        self._out.emit(call, events.status(call))
