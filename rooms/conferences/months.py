"""Months and days as an account counts them: in its own time zone."""

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

from rooms.accounts.models import Account


def midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """When `day` begins in `zone`, in UTC; where the clock skips midnight, when it skips it."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)


@dataclass(frozen=True)
class Month:
    """A month in a time zone, named by its first day."""

    first: dt.date
    zone: zoneinfo.ZoneInfo

    @classmethod
    def of(cls, account: Account, at: dt.datetime) -> "Month":
        """The month of the account in which `at` lies."""
        zone = zoneinfo.ZoneInfo(account.time_zone)
        return cls(at.astimezone(zone).date().replace(day=1), zone)

    @classmethod
    def named(cls, account: Account, name: str) -> "Month":
        """The month of a name such as `2026-11`. Raises ValueError."""
        if not re.fullmatch(r"20\d\d-\d\d", name, re.ASCII):
            raise ValueError(name)
        return cls(dt.date.fromisoformat(f"{name}-01"), zoneinfo.ZoneInfo(account.time_zone))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def start(self) -> dt.datetime:
        return midnight(self.first, self.zone)

    @property
    def end(self) -> dt.datetime:
        return self.next.start

    @property
    def next(self) -> "Month":
        return Month((self.first + dt.timedelta(days=31)).replace(day=1), self.zone)

    @property
    def previous(self) -> "Month":
        return Month((self.first - dt.timedelta(days=1)).replace(day=1), self.zone)

    @property
    def days(self) -> list[dt.date]:
        count = (self.next.first - self.first).days
        return [self.first + dt.timedelta(days=n) for n in range(count)]


@dataclass(frozen=True)
class Span:
    """A stay from `start` to `end` that counts `seconds`, shared out by the second."""

    start: dt.datetime
    end: dt.datetime
    seconds: int

    def by_day(self, zone: zoneinfo.ZoneInfo) -> Iterator[tuple[dt.date, int]]:
        """The seconds of each day; their sum is `seconds`."""
        at, before = self.start, 0
        while True:
            day = at.astimezone(zone).date()
            at = midnight(day + dt.timedelta(days=1), zone)
            if at >= self.end:
                yield day, self.seconds - before
                return
            until = self._until(at)
            yield day, until - before
            before = until

    def within(self, month: Month) -> int:
        """The seconds that fall into the month."""
        return self._until(month.end) - self._until(month.start)

    def _until(self, at: dt.datetime) -> int:
        if at >= self.end:
            return self.seconds
        return min(self.seconds, max(0, round((at - self.start).total_seconds())))
