"""When an invitee is reminded of a meeting: lead times, quiet hours, and the next look at each.

A lead time is real time before the start, whatever clocks do in between. A reminder that would
come in quiet hours comes when they end, if the meeting has not begun by then, else just before
they begin. They are those of the meeting, on the clocks of the invitee.

`Occurrence.remind_at` says when the sweep (reminder_sweep.py) looks at an occurrence next. Whoever
changes what it depends on calls `plan`, `replan` or `look_again`.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.meetings.models import Meeting, Occurrence
from rooms.notices import quiet
from rooms.notices.models import Notice
from rooms.notices.quiet import QuietHours

CHANNELS = (str(Notice.Channel.EMAIL), str(Notice.Channel.SMS))
MOST = 8
LONGEST = 14 * 24 * 60  # minutes
MINUTE = dt.timedelta(minutes=1)
BEFORE_QUIET = MINUTE
# What was due so shortly before its lead times were changed, and not seen yet, is still sent.
GRACE = dt.timedelta(seconds=30)
# No quiet hours, nor the days on which clocks change, take a reminder further from its lead time.
FURTHEST = dt.timedelta(hours=26)
# What a change of these asks for: `replan`.
FIELDS = frozenset({"reminders", "quiet_from", "quiet_until"})


def check(reminders: Any) -> None:
    """Raises ValidationError unless it is a list of `{"channel", "minutes"}` as we can keep it."""
    if not isinstance(reminders, list) or not all(_is_one(one) for one in reminders):
        text = _(
            "Give for each a channel (email, sms) and minutes before the start (1 to %(most)d)."
        )
        raise ValidationError({"reminders": text % {"most": LONGEST}})
    if len(reminders) > MOST:
        text = _("A meeting has at most %(most)d reminders.")
        raise ValidationError({"reminders": text % {"most": MOST}})
    if len({(one["channel"], one["minutes"]) for one in reminders}) < len(reminders):
        raise ValidationError({"reminders": _("The same reminder is there twice.")})


def _is_one(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) != {"channel", "minutes"}:
        return False
    minutes = one["minutes"]
    return one["channel"] in CHANNELS and type(minutes) is int and 1 <= minutes <= LONGEST


def hours(meeting: Meeting) -> QuietHours | None:
    return quiet.hours(meeting.quiet_from, meeting.quiet_until)


def due_at(
    starts_at: dt.datetime, minutes: int, hours: QuietHours | None, zone: zoneinfo.ZoneInfo
) -> dt.datetime:
    """When an invitee in `zone` is reminded, `minutes` before the start if it is not quiet then."""
    at = starts_at - minutes * MINUTE
    around = hours.around(at, zone) if hours else None
    if around is None:
        return at
    begin, end = around
    return end if end < starts_at else begin - BEFORE_QUIET


def plan(occurrence: Occurrence) -> None:
    """It starts at another time from now on: reminders that were due by now are none for it.

    `occurrence` has its meeting. Does not save.
    """
    occurrence.reminded_until = timezone.now()
    occurrence.remind_at = first_look(occurrence)


def first_look(occurrence: Occurrence) -> dt.datetime | None:
    """No later than the first reminder of anybody; None where there is none."""
    meeting = occurrence.meeting
    if not meeting.reminders:
        return None
    longest: int = max(one["minutes"] for one in meeting.reminders)
    first = occurrence.starts_at - longest * MINUTE
    return first - FURTHEST if hours(meeting) else first


def replan(meeting: Meeting) -> None:
    """The meeting's lead times or quiet hours have changed; call it in the same transaction."""
    rows = list(Occurrence.objects.filter(meeting=meeting, starts_at__gt=timezone.now()))
    for row in rows:
        row.meeting = meeting
        plan(row)
        row.reminded_until -= GRACE
    Occurrence.objects.bulk_update(rows, ["reminded_until", "remind_at"], batch_size=500)


def look_again(meeting: Meeting) -> None:
    """Its people, or their zones, have changed: quiet hours elsewhere may begin sooner.

    Call it in the same transaction.
    """
    if not hours(meeting):
        return  # the lead times are the same for everybody
    now = timezone.now()
    near = now + LONGEST * MINUTE + FURTHEST
    coming = Occurrence.objects.filter(meeting=meeting, starts_at__gt=now, starts_at__lte=near)
    coming.update(remind_at=now)


def next_look(occurrence: Occurrence, zones: Iterable[str], now: dt.datetime) -> dt.datetime | None:
    """The next moment at which somebody in one of the `zones` is reminded, or would have been."""
    meeting = occurrence.meeting
    quiet_hours = hours(meeting)
    moments = set()
    for minutes in {one["minutes"] for one in meeting.reminders}:
        moments.add(occurrence.starts_at - minutes * MINUTE)
        if quiet_hours:
            moments |= {
                due_at(occurrence.starts_at, minutes, quiet_hours, zoneinfo.ZoneInfo(zone))
                for zone in zones
            }
    return min((moment for moment in moments if moment > now), default=None)
