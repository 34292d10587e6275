"""The digits a caller keys, and whether anything listens to them."""

import asyncio

KEYS = frozenset("0123456789*#")


class Keypad:
    """Collects digits while an input, or a prompt that can be interrupted, listens.

    A digit keyed while nothing listens is lost, as on a real call.
    """

    def __init__(self) -> None:
        self.listening = False
        self._digits: list[str] = []
        self._pressed = asyncio.Event()

    def press(self, digits: str) -> bool:
        """Key digits; whether they were listened to."""
        if not self.listening:
            return False
        self._digits.extend(digits)
        self._pressed.set()
        return True

    def listen(self) -> None:
        """Start listening, or go on with the digits that interrupted the prompt."""
        self.listening = True

    def stop(self) -> str:
        """Stop listening; the digits that nobody took are returned and forgotten."""
        left = "".join(self._digits)
        self._digits.clear()
        self._pressed.clear()
        self.listening = False
        return left

    async def pressed(self, timeout: float | None) -> bool:
        """Wait until a digit is there, or for `timeout` seconds; whether one is."""
        if self._pressed.is_set():  # wait_for would not look when the timeout is 0
            return True
        try:
            await asyncio.wait_for(self._pressed.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def collect(self, timeout: float, most: int, submit_on_hash: bool) -> tuple[str, bool]:
        """Take digits until there are `most`, or `#`, or `timeout` seconds without one.

        Returns the digits and whether the time ran out, which may come with digits.
        """
        taken = ""
        while await self.pressed(timeout):
            while self._digits:
                key = self._digits.pop(0)
                if key == "#" and submit_on_hash:
                    return taken, False
                taken += key
                if len(taken) >= most:
                    return taken, False
            self._pressed.clear()
        return taken, True
