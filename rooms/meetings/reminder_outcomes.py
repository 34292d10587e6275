"""What comes of the lead times of one occurrence, at one moment, for an invitee in some zone."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from rooms.meetings import reminders
from rooms.meetings.models import Occurrence
from rooms.meetings.reminders import MINUTE


@dataclass(frozen=True)
class Outcome:
    """One lead time: to be sent at `due_at`, or not to be sent, for the reason `why`."""

    minutes: int
    due_at: dt.datetime
    why: str = ""


def outcomes(
    occurrence: Occurrence,
    leads: Iterable[int],
    zone: zoneinfo.ZoneInfo,
    *,
    since: dt.datetime,
    now: dt.datetime,
) -> Iterator[Outcome]:
    """Of the `leads`, minutes by one channel, that are due after `since` and by `now`.

    Reasons are in the language that is active. `occurrence` has its meeting.
    """
    hours = reminders.hours(occurrence.meeting)
    starts_at = occurrence.starts_at
    due = []
    for minutes in sorted(leads, reverse=True):
        meant = starts_at - minutes * MINUTE
        due_at = reminders.due_at(starts_at, minutes, hours, zone)
        if since < due_at <= now:
            due.append((minutes, due_at))
        elif due_at <= since < meant <= now:  # it would have had to come before
            yield Outcome(minutes, meant, quiet())
    for minutes, due_at in due[:-1]:
        yield Outcome(minutes, due_at, began() if now >= starts_at else took_place())
    for minutes, due_at in due[-1:]:
        if now >= starts_at:
            yield Outcome(minutes, due_at, began())
        else:
            # Where sweeps were away until quiet hours began, it comes when they end.
            around = hours.around(now, zone) if hours else None
            at = around[1] if around else now
            yield Outcome(minutes, at, "" if at < starts_at else quiet())


def began() -> str:
    return _("The meeting had begun.")


def took_place() -> str:
    return _("A later reminder took its place.")


def quiet() -> str:
    return _("It would have come in quiet hours.")
