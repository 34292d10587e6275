"""What an invitee's join page tells: when, in which zone, whether it has begun, how to get in."""

import dataclasses
import datetime as dt
import math

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from rooms import qr
from rooms.accounts import cities
from rooms.meetings import links, opening, rules, times, ways
from rooms.meetings.models import Invitee, Meeting, Occurrence

LISTED = 5  # next times of a series


@dataclasses.dataclass(frozen=True)
class Local:
    """One time as a clock shows it in a zone: without a zone, or templates would convert it."""

    starts: dt.datetime
    ends: dt.datetime
    zone_name: str

    @property
    def city(self) -> str:
        """What people call the zone, in the page's language; "" for UTC and its like."""
        return cities.of_zone(self.zone_name, get_language() or "en")


@dataclasses.dataclass(frozen=True)
class Status:
    """Where a meeting stands; `occurrence` goes on or comes next, else it was the last one."""

    name: str  # "cancelled", "now", "coming" or "over"
    text: str
    occurrence: Occurrence | None

    @property
    def takes_place(self) -> bool:
        return self.name in ("now", "coming")


def status(meeting: Meeting, now: dt.datetime) -> Status:
    """In the reader's language."""
    mine = Occurrence.objects.filter(meeting=meeting)
    last = mine.filter(cancelled_at=None).order_by("-starts_at").first()
    if meeting.cancelled_at:
        return Status("cancelled", _("This meeting was cancelled."), last)
    current = mine.upcoming(now).first()
    if current is None:
        if last is None:
            return Status("cancelled", _("This meeting was cancelled."), mine.last())
        return Status("over", _("This meeting is over."), last)
    if current.starts_at <= now:
        return Status("now", _("It is going on now."), current)
    return Status("coming", _starts_in(current.starts_at - now), current)


def _starts_in(left: dt.timedelta) -> str:
    """Rounded as people say it: minutes for two hours, hours for two days, days beyond."""
    minutes = math.ceil(left / dt.timedelta(minutes=1))
    if minutes <= 120:
        text = ngettext("Starts in %(n)d minute", "Starts in %(n)d minutes", minutes)
        return text % {"n": minutes}
    hours = round(minutes / 60)
    if hours <= 48:
        return ngettext("Starts in %(n)d hour", "Starts in %(n)d hours", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("Starts in %(n)d day", "Starts in %(n)d days", days) % {"n": days}


def local(occurrence: Occurrence, zone_name: str) -> Local:
    starts, ends = (
        at.astimezone(times.zone(zone_name)).replace(tzinfo=None)
        for at in (occurrence.starts_at, occurrence.ends_at)
    )
    return Local(starts, ends, zone_name)


def when(invitee: Invitee, found: Status, now: dt.datetime) -> dict[str, object]:
    """The time in the invitee's zone, in the meeting's where clocks differ, and the next ones."""
    meeting, occurrence = invitee.meeting, found.occurrence
    if occurrence is None:
        return {}
    theirs = local(occurrence, invitee.zone_name)
    ours = local(occurrence, meeting.time_zone)
    facts: dict[str, object] = {"local": theirs}
    if theirs.starts != ours.starts:
        facts["meeting_local"] = ours
    if meeting.rrule and found.takes_place:
        facts["rule"] = rule(meeting, ours if theirs.starts != ours.starts else None)
        coming = Occurrence.objects.upcoming(now).filter(meeting=meeting)
        facts["coming"] = [local(one, invitee.zone_name) for one in coming[1 : LISTED + 1]]
    return facts


def how(invitee: Invitee, found: Status, now: dt.datetime) -> dict[str, object]:
    """Numbers and digits, and from when they let in; nothing where there is nothing to enter."""
    meeting = invitee.meeting
    state = opening.state(meeting.room, now, meeting)
    if not (found.takes_place or (found.name == "over" and state.open)):
        return {}
    mine = ways.of(invitee)
    picture, side = qr.path(links.join_page(invitee))
    return {
        "way": mine[0] if mine else None,
        "other_ways": mine[1:],
        "opens": None if state.open else state.opens_at,
        "qr_path": picture,
        "qr_side": side,
    }


def rule(meeting: Meeting, elsewhere: Local | None) -> str:
    """On which days, in words; `elsewhere` is its time in the meeting's zone, if not the reader's.

    Monday in the one may be Tuesday in the other, so then the zone is named.
    """
    sentence = rules.sentence(rules.parse(meeting.rrule), meeting.first_day)
    return f"{sentence} ({elsewhere.city or elsewhere.zone_name})" if elsewhere else sentence
