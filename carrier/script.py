"""Runs an NCCO for a call, action by action."""

import asyncio
from posixpath import basename
from typing import Any
from urllib.parse import unquote, urlsplit

from carrier import events
from carrier.calls import Call, Calls
from carrier.deliveries import Deliveries
from carrier.ncco_check import Action, check, spoken
from carrier.settings import Settings
from carrier.webhooks import Hook

SHORTEST = 0.005  # seconds; even an empty-handed talk lets others run
STREAM_SECONDS = 2.0  # how long a stream is taken to last, for there is no sound yet
TIME_OUT = 3  # seconds, the default of an input's dtmf.timeOut
MAX_DIGITS = 4  # the default of dtmf.maxDigits (both: NCCO reference, input)


class Script:
    """An NCCO being run. Sound will attach where something is heard: `_speak` and `_converse`."""

    def __init__(self, call: Call, settings: Settings, calls: Calls, out: Deliveries) -> None:
        self._call = call
        self._settings = settings
        self._calls = calls
        self._out = out
        # Once an action sets bargeIn it stays until an input (NCCO reference, talk).
        self._barge_in = False
        self._skip_to_input = False

    async def run(self, ncco: list[Action]) -> None:
        """Run a checked NCCO to its end.

        Raises:
            NccoRefusedError: an input was answered with an NCCO that cannot be run.
        """
        left = self._take(ncco)
        while left:
            action = left.pop(0)
            speaks = action["action"] in {"talk", "stream"}
            if speaks and self._skip_to_input:
                self._call.record("action", action=action, skipped=True)
                continue
            self._call.record("action", action=action)
            if speaks:
                await self._speak(action)
            elif action["action"] == "conversation":
                await self._converse(action)
            else:
                replacement = await self._input(action)
                if replacement is not None:
                    left = self._take(check(replacement))

    def _take(self, ncco: list[Action]) -> list[Action]:
        self._call.ncco = ncco
        self._call.changed()
        return list(ncco)

    async def _speak(self, action: Action) -> None:
        """Say a talk or play a stream as a caption that lasts as long as the sound would."""
        if action["action"] == "talk":
            caption = spoken(action["text"])
            seconds = len(caption) / self._settings.speech_rate
        else:
            caption = f"♪ {file_name(action['streamUrl'][0])}"
            seconds = STREAM_SECONDS * self._settings.hurry
        if action.get("bargeIn"):
            self._barge_in = True
        if self._barge_in:
            self._call.keypad.listen()
        loop = action.get("loop", 1)
        turn = 0
        while loop == 0 or turn < loop:
            turn += 1
            if turn == 1 or loop:  # an endless prompt is shown once
                self._call.hear(caption)
            if await self._interrupted(max(SHORTEST, seconds)):
                self._skip_to_input = True
                return

    async def _interrupted(self, seconds: float) -> bool:
        if self._barge_in:
            return await self._call.keypad.pressed(seconds)
        await asyncio.sleep(seconds)
        return False

    async def _input(self, action: Action) -> list[object] | None:
        """Gather digits and tell them. The NCCO that replaces the script, if there is one."""
        call, dtmf = self._call, action.get("dtmf", {})
        self._barge_in = self._skip_to_input = False
        call.keypad.listen()
        call.inputs += 1
        self._wait_for_input(True)
        try:
            digits, timed_out = await call.keypad.collect(
                dtmf.get("timeOut", TIME_OUT),
                dtmf.get("maxDigits", MAX_DIGITS),
                dtmf.get("submitOnHash", False),
            )
        finally:
            unheard = call.keypad.stop()
            self._wait_for_input(False)
        if unheard:
            text = f"{unheard} was keyed after the input was complete: lost."
            call.record("note", code="late_keys", digits=unheard, text=text)
        hook = Hook(
            "input",
            f"input {call.inputs}",
            action.get("eventUrl", [call.event_url or self._settings.event_url])[0],
            events.dtmf(call, digits, timed_out),
            action.get("eventMethod", "POST"),
        )
        ncco, problem = await self._out.ask(call, hook)
        if problem:
            text = "No NCCO came: the script goes on."
            call.record("note", code="no_ncco", text=text, problem=problem)
        return ncco

    def _wait_for_input(self, waiting: bool) -> None:
        self._call.waiting_for_input = waiting
        self._call.changed()

    async def _converse(self, action: dict[str, Any]) -> None:
        """Enter a named conversation and stay until the call ends."""
        call = self._call
        conversation = self._calls.join(call, action["name"])
        self._out.emit(call, events.transfer(call, conversation.uuid))
        call.conversation, call.joined = conversation, conversation.name
        call.conversation_uuid = conversation.uuid
        if conversation.members == {call.uuid} and "musicOnHoldUrl" in action:
            call.hear(f"♪ {file_name(action['musicOnHoldUrl'][0])}")
        call.changed()
        await asyncio.Event().wait()


def file_name(url: str) -> str:
    """The last part of a URL's path, which is what a caption shows of a sound."""
    parts = urlsplit(url)
    return unquote(basename(parts.path)) or parts.netloc
