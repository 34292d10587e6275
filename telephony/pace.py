"""How fast the carrier is asked: Vonage takes 15 requests a second, all calls together.

New calls and SMS have limits of their own. What is asked of calls that go on is asked by one
worker at a time (controls.py); sweeps that compare calls, or get files, may run beside it, so it
leaves them some.
"""

import threading
import time

CONTROLS_PER_SECOND = 12
SWEEPS_PER_SECOND = 1  # each


class Pace:
    """Lets so many requests begin in a second, evenly; threads share one."""

    def __init__(self, per_second: int) -> None:
        self._gap = 1 / per_second
        self._next = 0.0
        self._turn = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may begin."""
        with self._turn:
            ahead = self._next - time.monotonic()
            time.sleep(min(self._gap, max(0.0, ahead)))
            self._next = time.monotonic() + self._gap
