"""A month of meetings as a calendar draws it: whole weeks, each day with its first few times."""

import datetime as dt
import re
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format

from rooms.meetings.agenda import Entry
from rooms.meetings.models import Occurrence, OccurrenceQuerySet
from rooms.meetings.repeats import FIRST_DAY, LAST_DAY

MOST = 4  # times in one day's cell; the others are told as a number
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Cell:
    """A day; `more` is how many times are not among `entries`."""

    day: dt.date
    in_month: bool
    is_today: bool
    entries: list[Entry]
    more: int


@dataclass(frozen=True)
class Grid:
    """`previous` and `next` are months as addresses name them, "2026-11"."""

    first: dt.date
    weekdays: list[tuple[str, str]]
    weeks: list[list[Cell]]
    previous: str
    next: str

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def any(self) -> bool:
        return any(cell.entries for week in self.weeks for cell in week if cell.in_month)


def month_named(name: str) -> dt.date:
    """The first day of "2026-11". Raises ValueError."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", name):
        raise ValueError(name)
    first = dt.date.fromisoformat(f"{name}-01")
    # So that the months beside it and the days around it exist too.
    if not FIRST_DAY.year < first.year < LAST_DAY.year:
        raise ValueError(name)
    return first


def draw(times: OccurrenceQuerySet, first: dt.date, zone: dt.tzinfo, now: dt.datetime) -> Grid:
    """The month that begins on `first`, in the reader's zone and with the reader's weeks."""
    starts_with = first_weekday()
    after = (first + dt.timedelta(days=31)).replace(day=1)
    start = first - dt.timedelta(days=(first.weekday() - starts_with) % 7)
    end = after + dt.timedelta(days=(starts_with - after.weekday()) % 7)
    entries, counts = _entries(times, start, end, zone, now)
    today = now.astimezone(zone).date()

    def cell(day: dt.date) -> Cell:
        shown = entries.get(day, [])
        more = counts.get(day, 0) - len(shown)
        return Cell(day, first <= day < after, day == today, shown, more)

    weeks = []
    while start < end:
        weeks.append([cell(start + dt.timedelta(days=n)) for n in range(7)])
        start += WEEK
    order = [(starts_with + n) % 7 for n in range(7)]
    return Grid(
        first=first,
        weekdays=[(str(WEEKDAYS[n]), str(WEEKDAYS_ABBR[n])) for n in order],
        weeks=weeks,
        previous=f"{first - dt.timedelta(days=1):%Y-%m}",
        next=f"{after:%Y-%m}",
    )


def first_weekday() -> int:
    """What a week starts with where the page's language is spoken; 0 is Monday."""
    return (int(str(get_format("FIRST_DAY_OF_WEEK"))) - 1) % 7


def _entries(
    times: OccurrenceQuerySet, start: dt.date, end: dt.date, zone: dt.tzinfo, now: dt.datetime
) -> tuple[dict[dt.date, list[Entry]], dict[dt.date, int]]:
    """The first `MOST` of each day, and how many a day has.

    A month may have thousands: of most, only when they are is read.
    """
    since, until = (dt.datetime.combine(day, dt.time.min, tzinfo=zone) for day in (start, end))
    there = times.filter(starts_at__gte=since, starts_at__lt=until).select_related(None)
    counts: dict[dt.date, int] = {}
    shown: list[str] = []
    for pk, starts_at in there.order_by("starts_at", "id").values_list("pk", "starts_at"):
        day = starts_at.astimezone(zone).date()
        counts[day] = counts.get(day, 0) + 1
        if counts[day] <= MOST:
            shown.append(pk)
    entries: dict[dt.date, list[Entry]] = {}
    rows = Occurrence.objects.filter(pk__in=shown).select_related("meeting")
    for one in rows.order_by("starts_at", "id"):
        entry = Entry.of(one, zone, now)
        entries.setdefault(entry.starts.date(), []).append(entry)
    return entries, counts
