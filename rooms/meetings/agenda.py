"""The account's meetings as lists by time: what is shown of them, day by day, in steps."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from django.db.models import Exists, F, Min, OuterRef, Q

from rooms.accounts.models import Account
from rooms.meetings.models import Occurrence, OccurrenceQuerySet
from rooms.meetings.models.meeting import LONGEST
from rooms.models import Room

State = Literal["off", "over", "now", "coming"]
STEP = 40
NEXT = 3  # of a room, on its page
_CURSOR = re.compile(r"(\d{8}T\d{6})Z((?:oc_[0-9a-z]{26})?)")
_MOMENT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Entry:
    """One time as a list shows it; `starts` and `ends` are in the reader's zone."""

    occurrence: Occurrence
    starts: dt.datetime
    ends: dt.datetime
    state: State

    @classmethod
    def of(cls, occurrence: Occurrence, zone: dt.tzinfo, now: dt.datetime) -> "Entry":
        """`occurrence` has its meeting."""
        starts, ends = occurrence.starts_at.astimezone(zone), occurrence.ends_at.astimezone(zone)
        return cls(occurrence, starts, ends, state(occurrence, now))


def state(occurrence: Occurrence, now: dt.datetime) -> State:
    """`occurrence` has its meeting. What was over before the meeting was cancelled took place."""
    called_off = occurrence.meeting.cancelled_at
    if occurrence.cancelled_at or (called_off and occurrence.ends_at > called_off):
        return "off"
    if occurrence.ends_at <= now:
        return "over"
    return "now" if occurrence.starts_at <= now else "coming"


@dataclass(frozen=True)
class Day:
    day: dt.date
    entries: list[Entry]


@dataclass(frozen=True)
class Page:
    """A stretch of the agenda; `earlier` and `later` are cursors, "" where there is no more."""

    days: list[Day]
    earlier: str
    later: str


def of_account(account: Account, room: Room | None = None) -> OccurrenceQuerySet:
    """What lists show, cancelled ones too.

    Of a series that was called off whole, the one time that would have come next stands for all.
    """
    times = Occurrence.objects.of_account(account)
    if room:
        times = times.filter(meeting__room=room)
    before = Occurrence.objects.filter(
        meeting=OuterRef("meeting"),
        ends_at__gt=OuterRef("meeting__cancelled_at"),
        starts_at__lt=OuterRef("starts_at"),
    )
    held = Q(meeting__cancelled_at=None) | Q(ends_at__lte=F("meeting__cancelled_at"))
    return times.filter(held | ~Exists(before)).select_related("meeting__room")


def page(times: OccurrenceQuerySet, zone: dt.tzinfo, now: dt.datetime, *, start: str) -> Page:
    """From the cursor `start` on."""
    found = list(times.filter(_from(start)).order_by("starts_at", "id")[: STEP + 1])
    later = cursor(found[STEP].starts_at, found[STEP].pk) if len(found) > STEP else ""
    earlier = start if times.filter(_before(start)).exists() else ""
    return Page(_days(found[:STEP], zone, now), earlier, later)


def page_before(times: OccurrenceQuerySet, zone: dt.tzinfo, now: dt.datetime, *, end: str) -> Page:
    """The last ones before the cursor `end`."""
    found = list(times.filter(_before(end)).order_by("-starts_at", "-id")[: STEP + 1])
    shown = found[:STEP][::-1]
    earlier = cursor(shown[0].starts_at, shown[0].pk) if len(found) > STEP else ""
    return Page(_days(shown, zone, now), earlier, end)


def next_of(room: Room, zone: dt.tzinfo, now: dt.datetime) -> list[Entry]:
    """What goes on in the room now or comes next."""
    found = Occurrence.objects.upcoming(now).filter(meeting__room=room).select_related("meeting")
    return [Entry.of(one, zone, now) for one in found[:NEXT]]


def start_of(times: OccurrenceQuerySet, now: dt.datetime) -> str:
    """The cursor of what goes on now or comes; what goes on began earlier."""
    longest = now - dt.timedelta(minutes=LONGEST)
    going_on = times.taking_place().filter(
        starts_at__gte=longest, starts_at__lte=now, ends_at__gt=now
    )
    began: dt.datetime | None = going_on.aggregate(began=Min("starts_at"))["began"]
    return cursor(began or now)


def cursor(at: dt.datetime, pk: str = "") -> str:
    """Where a page begins: at a moment, there at one occurrence of several."""
    return f"{at.astimezone(dt.UTC):{_MOMENT}}Z{pk}"


def _from(start: str) -> Q:
    """What is not before the cursor. Raises ValueError for one that no page has given."""
    at, pk = _place(start)
    # The first condition is one that the index of starts can be asked for.
    return Q(starts_at__gte=at) & (Q(starts_at__gt=at) | Q(id__gte=pk))


def _before(end: str) -> Q:
    at, pk = _place(end)
    return Q(starts_at__lte=at) & (Q(starts_at__lt=at) | Q(id__lt=pk))


def _place(cursor: str) -> tuple[dt.datetime, str]:
    parts = _CURSOR.fullmatch(cursor)
    if not parts:
        raise ValueError(cursor)
    return dt.datetime.strptime(parts[1], _MOMENT).replace(tzinfo=dt.UTC), parts[2]


def _days(found: Iterable[Occurrence], zone: dt.tzinfo, now: dt.datetime) -> list[Day]:
    entries = [Entry.of(one, zone, now) for one in found]
    by_day = groupby(entries, key=lambda entry: entry.starts.date())
    return [Day(day, list(group)) for day, group in by_day]
