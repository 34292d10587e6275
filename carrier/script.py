"""Runs an NCCO for a call, action by action."""

import asyncio
from dataclasses import dataclass

from carrier import events
from carrier.call import Call, KeysGoTo
from carrier.conversations import Conversations
from carrier.deliveries import Deliveries
from carrier.ncco_check import Action, check, is_asynchronous
from carrier.playback import file_name, sound
from carrier.settings import Settings
from carrier.webhooks import Hook

TIME_OUT = 3  # seconds, the default of an input's dtmf.timeOut
MAX_DIGITS = 4  # the default of dtmf.maxDigits (both: NCCO reference, input)


@dataclass(frozen=True)
class Stage:
    """What every script needs."""

    settings: Settings
    conversations: Conversations
    out: Deliveries


class Script:
    """An NCCO being run. Sound will attach where something is heard: `_speak` and `_converse`.

    `again` says that a transfer brought it.
    """

    def __init__(self, call: Call, stage: Stage, again: bool = False) -> None:
        self._call = call
        self._again = again
        self._settings = stage.settings
        self._conversations = stage.conversations
        self._out = stage.out
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
            elif is_asynchronous(action):
                self._call.keys_go_to = self._target(action)
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
        caption, seconds = sound(action, self._settings)
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
            if await self._interrupted(seconds):
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
        to, told = self._target(action), events.dtmf(call, digits, timed_out)
        hook = Hook("input", f"input {call.inputs}", to.url, told, to.method)
        ncco, problem = await self._out.ask(call, hook)
        if problem:
            text = "No NCCO came: the script goes on."
            call.record("note", code="no_ncco", text=text, problem=problem)
        return ncco

    def _target(self, action: Action) -> KeysGoTo:
        url = action.get("eventUrl", [self._call.event_url or self._settings.event_url])[0]
        return KeysGoTo(url, action.get("eventMethod", "POST"))

    def _wait_for_input(self, waiting: bool) -> None:
        self._call.waiting_for_input = waiting
        self._call.changed()

    async def _converse(self, action: Action) -> None:
        """Enter a named conversation and stay until the call ends or is transferred."""
        call, before = self._call, self._call.conversation_uuid
        conversation = self._conversations.enter(call, action, self._again)
        self._out.emit(call, events.transfer(call, before))
        # Music is heard until the conversation starts, and by one who is alone in it.
        quiet = call.waiting or len(conversation.members) == 1
        if quiet and "musicOnHoldUrl" in action:
            call.hear(f"♪ {file_name(action['musicOnHoldUrl'][0])}")
        await asyncio.Event().wait()
