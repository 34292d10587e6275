"""How fast the product asks, and when it asks too fast."""

import time
from collections import deque


class Pace:
    """Counts requests, and says which of them come too fast."""

    def __init__(self) -> None:
        self.requests = 0
        self.throttled = 0
        self.busiest_second = 0  # the most requests that came within any second
        self._came: deque[float] = deque()
        self._taken: deque[float] = deque()

    def takes(self, most: int) -> bool:
        """Count a request; whether it may be served, `most` being a second's. 0 is any number."""
        now = time.monotonic()
        self.requests += 1
        _forget(self._came, now)
        self._came.append(now)
        self.busiest_second = max(self.busiest_second, len(self._came))
        _forget(self._taken, now)
        if most and len(self._taken) >= most:
            self.throttled += 1
            return False
        self._taken.append(now)
        return True

    def view(self) -> dict[str, int]:
        """As JSON."""
        return {
            "requests": self.requests,
            "throttled": self.throttled,
            "busiest_second": self.busiest_second,
        }


def _forget(times: deque[float], now: float) -> None:
    while times and now - times[0] >= 1:
        times.popleft()
