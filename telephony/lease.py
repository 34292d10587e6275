"""A right that one worker holds at a time, by a row of the shared cache."""

import time

from django.core.cache import cache

from rooms.ids import new_id

RENEWED_AFTER = 3.0  # seconds


class Lease:
    """Taken until it is released, or `seconds` after its worker was killed.

    Renew it while work goes on, more often than that.
    """

    def __init__(self, name: str, seconds: int) -> None:
        self._name = name
        self._seconds = seconds
        self._holder = new_id("lease")
        self._renewed = time.monotonic()

    @classmethod
    def take(cls, name: str, seconds: int) -> "Lease | None":
        """None where another worker holds it."""
        lease = cls(name, seconds)
        return lease if cache.add(name, lease._holder, seconds) else None

    def renew(self) -> None:
        if time.monotonic() - self._renewed > RENEWED_AFTER:
            cache.touch(self._name, self._seconds)
            self._renewed = time.monotonic()

    def release(self) -> None:
        if cache.get(self._name) == self._holder:
            cache.delete(self._name)
