"""Writes down when a meeting takes place, from its rule, and keeps that current.

A series without an end is written down `AHEAD`; `plan_on` goes on from there. Writing again
changes nothing, so rows follow the rule and the time zone database, whatever was killed when.
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from rooms.meetings import reminders, rules, times
from rooms.meetings.models import CallRequest, Meeting, Occurrence

log = logging.getLogger(__name__)

AHEAD = dt.timedelta(days=400)
AGAIN = dt.timedelta(days=30)  # how much of AHEAD may have passed before more is written


def write(meeting: Meeting, now: dt.datetime) -> None:
    """Make the rows of times to come what the meeting says; those that have passed stay.

    Call it in a transaction that holds the meeting's row.
    """
    today = now.astimezone(meeting.zone).date()
    until = max(today, meeting.first_day) + AHEAD
    since = today - dt.timedelta(days=1)  # one that began yesterday may go on
    # A time that was moved far from its day is still to come when the day has passed.
    kept = {row.day: row for row in meeting.occurrences.filter(Q(day__gte=since) | to_come(now))}
    first = min([since, *kept])
    days = set(rules.days(meeting.rrule, meeting.first_day, since=first, until=until))
    for row in kept.values():
        row.meeting = meeting
    over = {day for day, row in kept.items() if row.ends_at <= now}
    gone = [row.pk for day, row in kept.items() if day not in days | over and not _stays(row, now)]
    Occurrence.objects.filter(pk__in=gone).delete()
    _place_all([row for day, row in kept.items() if day not in over])
    coming = [day for day in sorted(days - kept.keys()) if day >= since]
    fresh = [Occurrence(meeting=meeting, day=day) for day in coming]
    for row in fresh:
        place(row)
    fresh = [row for row in fresh if row.ends_at > now or row.day == meeting.first_day]
    Occurrence.objects.bulk_create(fresh, ignore_conflicts=True)
    last = rules.last_day(meeting.rrule, meeting.first_day)
    meeting.planned_until = None if last and last <= until else until
    Meeting.objects.filter(pk=meeting.pk).update(planned_until=meeting.planned_until)


def to_come(now: dt.datetime) -> Q:
    return Q(ends_at__gt=now)


def place(row: Occurrence) -> None:
    """Set its moments, in UTC, from its day or from where it was moved to. Does not save."""
    meeting, before = row.meeting, row.starts_at
    day, starts = row.moved_day or row.day, row.moved_starts or meeting.starts
    row.starts_at = times.moment(day, starts, meeting.time_zone)
    row.ends_at = row.starts_at + meeting.duration
    if row.starts_at != before:
        reminders.plan(row)


def _stays(row: Occurrence, now: dt.datetime) -> bool:
    """One that goes on now is not taken from under those who talk."""
    return row.starts_at <= now


def _place_all(rows: list[Occurrence]) -> None:
    changed = []
    for row in rows:
        before = row.starts_at, row.ends_at
        place(row)
        if (row.starts_at, row.ends_at) != before:
            changed.append(row)
    fields = ["starts_at", "ends_at", "remind_at", "reminded_until"]
    Occurrence.objects.bulk_update(changed, fields, batch_size=500)
    let_calls_follow([row.pk for row in changed])


def let_calls_follow(moved: list[str]) -> None:
    """Who asked to be called at the start of these is called when they start now."""
    starts_at = Occurrence.objects.filter(pk=OuterRef("occurrence")).values("starts_at")
    for step in range(0, len(moved), 500):
        CallRequest.objects.filter(
            occurrence__in=moved[step : step + 500], status=CallRequest.Status.WAITING, tries=0
        ).update(due_at=Subquery(starts_at))


def plan_on(now: dt.datetime) -> int:
    """Write more of the series whose rows run out; returns of how many."""
    near = (now + AHEAD - AGAIN).date()
    due = Meeting.objects.planned().filter(planned_until__lt=near).exclude(rrule="")
    count = 0
    for pk in due.order_by("planned_until").values_list("pk", flat=True)[:500]:
        try:
            count += _go_on(pk)
        except Exception:  # a fault in one must not keep the others from going on
            log.exception("meeting %s: its next times could not be written", pk)
    return count


@transaction.atomic
def _go_on(pk: str) -> bool:
    meeting = Meeting.objects.locked().filter(pk=pk, cancelled_at=None).first()
    if meeting:
        write(meeting, timezone.now())
    return meeting is not None
