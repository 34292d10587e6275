"""The minutes of an account in a month, by day and by room.

They are counted from the records of the stays that ended and from the stays still open; a stay
that crosses midnight or a month's end counts on both sides of it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from rooms.accounts.models import Account
from rooms.conferences.models import Participant, UsageRecord
from rooms.conferences.months import Month, Span
from rooms.models import Room


@dataclass(frozen=True)
class Cell:
    """What one room used on one day."""

    day: dt.date
    room: Room
    seconds: int


@dataclass(frozen=True)
class RoomUse:
    room: Room
    seconds: int


@dataclass(frozen=True)
class Usage:
    """A month of an account; `cells` are in the order of days, then of the rooms' names."""

    month: Month
    cells: list[Cell]

    @property
    def seconds(self) -> int:
        return sum(cell.seconds for cell in self.cells)

    @property
    def days(self) -> dict[dt.date, int]:
        """The seconds of every day of the month, 0 where nobody called."""
        sums = dict.fromkeys(self.month.days, 0)
        for cell in self.cells:
            sums[cell.day] += cell.seconds
        return sums

    @property
    def rooms(self) -> list[RoomUse]:
        """The rooms that were used, the most used first."""
        sums: Counter[Room] = Counter()
        for cell in self.cells:
            sums[cell.room] += cell.seconds
        return [RoomUse(room, seconds) for room, seconds in sums.most_common()]


def of_month(account: Account, month: Month, now: dt.datetime) -> Usage:
    """Everything that the account's rooms used in the month, up to `now`."""
    sums: Counter[tuple[dt.date, str]] = Counter()
    days = TruncDate("started_at", tzinfo=month.zone), TruncDate("ended_at", tzinfo=month.zone)
    found = _records(account, month).annotate(first_day=days[0], last_day=days[1])
    whole = found.filter(first_day=F("last_day")).values_list("first_day", "room_id")
    for day, room_id, seconds in whole.annotate(Sum("seconds")).order_by():
        sums[day, room_id] += seconds
    crossing = found.exclude(first_day=F("last_day"))
    rows = crossing.values_list("room_id", "started_at", "ended_at", "seconds")
    spans = [(room_id, Span(start, end, seconds)) for room_id, start, end, seconds in rows]
    for room_id, span in [*spans, *_open_spans(account, now)]:
        for day, seconds in span.by_day(month.zone):
            sums[day, room_id] += seconds
    return Usage(month, _cells(sums, month))


def _cells(sums: Counter[tuple[dt.date, str]], month: Month) -> list[Cell]:
    rooms = Room.objects.in_bulk({room_id for _day, room_id in sums})
    cells = [
        Cell(day, rooms[room_id], seconds)
        for (day, room_id), seconds in sums.items()
        if month.first <= day < month.next.first
    ]
    return sorted(cells, key=lambda cell: (cell.day, cell.room.name, cell.room.pk))


def seconds_used(account: Account, month: Month, now: dt.datetime) -> int:
    """The sum alone, which the cap and the notices ask for again and again."""
    records = _records(account, month)
    inside = Q(started_at__gte=month.start, ended_at__lte=month.end)
    whole = records.filter(inside).aggregate(sum=Sum("seconds"))["sum"] or 0
    crossing = records.exclude(inside).values_list("started_at", "ended_at", "seconds")
    spans = [Span(*row) for row in crossing]
    spans += [span for _room_id, span in _open_spans(account, now)]
    return whole + sum(span.within(month) for span in spans)


def _records(account: Account, month: Month) -> QuerySet[UsageRecord]:
    """The records of stays of which a part may lie in the month."""
    return UsageRecord.objects.filter(
        account=account, ended_at__gte=month.start, started_at__lt=month.end
    )


def _open_spans(account: Account, now: dt.datetime) -> Iterator[tuple[str, Span]]:
    """The stays still open, each with its room's id, up to `now`."""
    stays = Participant.objects.filter(room__account=account, left_at=None)
    for room_id, joined in stays.values_list("room_id", "joined_at"):
        until = max(now, joined)
        yield room_id, Span(joined, until, round((until - joined).total_seconds()))
