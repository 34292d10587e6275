"""What the page of a meeting shows: the same few statements, however many are invited."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import dial_in
from rooms.meetings import delivery_state
from rooms.meetings.agenda import Entry
from rooms.meetings.delivery_state import State
from rooms.meetings.forms import lead
from rooms.meetings.models import Invitee, InviteeQuerySet, Meeting, Occurrence, Reply
from rooms.meetings.preview import Schedule
from rooms.meetings.progress import newest, progress, resumable
from rooms.notices.models import Notice

PAGE_SIZE = 50
NEXT, PAST = 5, 3
SEARCH_FROM = 8
# A mailing that went well is told of for so long.
NEWS = dt.timedelta(minutes=30)

FILTERS: dict[str, Any] = {
    "": gettext_lazy("All"),
    "none": gettext_lazy("Not replied"),
    "accepted": gettext_lazy("Accepted"),
    "declined": gettext_lazy("Declined"),
    "failed": gettext_lazy("Not reached"),
}


@dataclass(frozen=True)
class Row:
    invitee: Invitee
    state: State


@dataclass(frozen=True)
class Counts:
    """Numbers of invitees; the organizer, who is one of them, has accepted."""

    invited: int
    accepted: int
    declined: int
    failed: int
    not_written: int
    by_email: int
    by_phone: int

    @property
    def none(self) -> int:
        return self.invited - self.accepted - self.declined


def invitees_of(meeting: Meeting) -> InviteeQuerySet:
    return Invitee.objects.invited().filter(meeting=meeting)


def counts(meeting: Meeting) -> Counts:
    there = invitees_of(meeting).aggregate(
        invited=Count("pk"),
        accepted=Count("pk", filter=Q(reply=Reply.ACCEPTED)),
        declined=Count("pk", filter=Q(reply=Reply.DECLINED)),
        not_written=Count("pk", filter=Q(invited_at=None, is_organizer=False) & ~Q(email="")),
        by_email=Count("pk", filter=~Q(email="")),
        by_phone=Count("pk", filter=~Q(phone="")),
    )
    return Counts(**there, failed=delivery_state.failed(meeting).count())


@dataclass(frozen=True)
class Told:
    """How many are told of a change by e-mail, and how many have been invited without one."""

    by_email: int
    otherwise: int


def told(meeting: Meeting) -> Told:
    there = invitees_of(meeting).filter(is_organizer=False).exclude(invited_at=None)
    numbers = there.aggregate(
        by_email=Count("pk", filter=~Q(email="")), otherwise=Count("pk", filter=Q(email=""))
    )
    return Told(**numbers)


def table(meeting: Meeting, query: Any) -> dict[str, Any]:
    """The people of the meeting; `query` has `q`, `show` (one of FILTERS) and `page`."""
    sought = query.get("q", "").replace("\0", "").strip()
    show = query.get("show", "")
    show = show if show in FILTERS else ""
    found = _sought(_shown(meeting, show), sought)
    page: Page[Invitee] = Paginator(found.order_by("created_at", "id"), PAGE_SIZE).get_page(
        query.get("page")
    )
    people = list(page.object_list)
    for invitee in people:
        invitee.meeting = meeting
    states = delivery_state.states(meeting, people)
    return {
        "page": page,
        "rows": [Row(invitee, states[invitee.pk]) for invitee in people],
        "sought": sought,
        "show": show,
        "filters": FILTERS,
    }


def _shown(meeting: Meeting, show: str) -> QuerySet[Invitee]:
    if show == "failed":
        return delivery_state.failed(meeting)
    if show:
        return invitees_of(meeting).filter(reply="" if show == "none" else show)
    return invitees_of(meeting)


def _sought(found: QuerySet[Invitee], sought: str) -> QuerySet[Invitee]:
    if not sought:
        return found
    # A regular expression, because SQLite's LIKE folds the case of ASCII letters alone.
    words = Q(name__iregex=re.escape(sought)) | Q(email__icontains=sought)
    digits = re.sub(r"[\s().+-]", "", sought)
    return found.filter(words | Q(phone__endswith=digits) if digits.isdecimal() else words)


def mailing_status(meeting: Meeting, now: dt.datetime) -> dict[str, Any]:
    """The newest mailing to many, while there is something to say about it."""
    mailing = newest(meeting)
    if mailing is None:
        return {"meeting": meeting, "mailing": None}
    mailing.meeting = meeting
    done = progress(mailing)
    worth_telling = (
        done.going_on
        or done.failed
        or (mailing.stopped_at and done.skipped)
        or now - mailing.created_at < NEWS
    )
    if not worth_telling or not done.total:
        return {"meeting": meeting, "mailing": None}
    can_resume = bool(done.skipped) and resumable(mailing)
    return {"meeting": meeting, "mailing": mailing, "progress": done, "can_resume": can_resume}


def about(meeting: Meeting) -> dict[str, Any]:
    """What the meeting is, when, and how to dial in; `meeting` has its room and account."""
    now, zone = timezone.now(), timezone.get_current_timezone()
    ways = dial_in.ways_into(meeting.room)
    times = meeting.occurrences.all()
    coming = times.filter(ends_at__gt=now).order_by("starts_at", "id")[:NEXT]
    past = times.filter(ends_at__lte=now).order_by("-starts_at", "-id")[:PAST]

    def entries(found: Iterable[Occurrence]) -> list[Entry]:
        for one in found:
            one.meeting = meeting
        return [Entry.of(one, zone, now) for one in found]

    soon = entries(coming)
    return {
        "meeting": meeting,
        "room": meeting.room,
        "way": ways[0] if ways else None,
        "other_ways": ways[1:],
        "sentence": Schedule.of(meeting).sentence(),
        "entries": soon,
        "past": entries(past),
        "going_on": any(entry.state == "now" for entry in soon),
        "is_open": not meeting.cancelled_at and not meeting.room.archived_at and bool(soon),
        "reminders": reminders_text(meeting),
        "site_url": settings.PUBLIC_URL,
        "zone": timezone.get_current_timezone_name(),
    }


def reminders_text(meeting: Meeting) -> str:
    """ "1 day and 15 minutes before by e-mail; 1 hour before by SMS", or ""."""
    said = {
        Notice.Channel.EMAIL: _("%(times)s before by e-mail"),
        Notice.Channel.SMS: _("%(times)s before by SMS"),
    }
    parts = []
    for channel, text in said.items():
        leads = [one["minutes"] for one in meeting.reminders if one["channel"] == channel]
        if leads:
            times = [lead(minutes) for minutes in sorted(leads, reverse=True)]
            parts.append(text % {"times": get_text_list(times, _("and"))})
    return "; ".join(parts)
