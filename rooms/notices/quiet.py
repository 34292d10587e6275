"""Quiet hours: from one time of day to another, on the clocks of whoever would be disturbed.

What counts is what a clock shows there. Where clocks are put back, a quiet time that they show
twice is quiet twice; where they are put forward over the end, it ends with the jump.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
DAYS_AROUND = 3  # one side of a moment is never further away, whatever the clocks do


@dataclass(frozen=True)
class QuietHours:
    """From `start` to just before `end`, the next day where `end` is the earlier one."""

    start: dt.time
    end: dt.time

    def covers(self, at: dt.datetime, zone: zoneinfo.ZoneInfo) -> bool:
        shown = at.astimezone(zone).time()
        if self.start < self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end

    def around(
        self, at: dt.datetime, zone: zoneinfo.ZoneInfo
    ) -> tuple[dt.datetime, dt.datetime] | None:
        """When the quiet hours that cover `at` begin and end, in UTC; None if none do."""
        if not self.covers(at, zone):
            return None
        edges = sorted(set(self._edges(at, zone)))
        begin = max(
            edge
            for edge in edges
            if edge <= at and self.covers(edge, zone) and not self.covers(edge - SECOND, zone)
        )
        end = min(edge for edge in edges if edge > at and not self.covers(edge, zone))
        return begin, end

    def _edges(self, at: dt.datetime, zone: zoneinfo.ZoneInfo) -> Iterator[dt.datetime]:
        """Moments near `at` at which quiet hours may begin or end."""
        today = at.astimezone(zone).date()
        for days in range(-DAYS_AROUND, DAYS_AROUND + 1):
            for time in (self.start, self.end):
                local = dt.datetime.combine(today + dt.timedelta(days), time, zone)
                yield local.astimezone(dt.UTC)
                yield local.replace(fold=1).astimezone(dt.UTC)
        yield from _changes(at, zone)


def hours(start: dt.time | None, end: dt.time | None) -> QuietHours | None:
    """None where nobody set them, or set them to last no time."""
    return None if start is None or end is None or start == end else QuietHours(start, end)


def _changes(at: dt.datetime, zone: zoneinfo.ZoneInfo) -> Iterator[dt.datetime]:
    """When clocks are changed in the days around `at`."""
    first = at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    for number in range(-24 * DAYS_AROUND, 24 * DAYS_AROUND):
        low = first + number * HOUR
        high = low + HOUR
        before = low.astimezone(zone).utcoffset()
        if before == high.astimezone(zone).utcoffset():
            continue
        while high - low > SECOND:
            middle = low + (high - low) // (2 * SECOND) * SECOND
            if middle.astimezone(zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        yield high
