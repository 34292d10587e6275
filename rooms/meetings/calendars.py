"""Meetings as calendars read them: iCalendar (RFC 5545), sent as RFC 5546 wants it.

A meeting is one thing to calendars, known by its `uid`, and a message is news to them if its
SEQUENCE is higher than what they know. A message about the whole meeting tells its rule, the days
that are left out (EXDATE) and those that were moved (a VEVENT with RECURRENCE-ID for each); one
about a single time tells that VEVENT alone.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, prefetch_related_objects
from django.utils import translation
from icalendar import Calendar, Event

from rooms.meetings import rules
from rooms.meetings.calendar_events import Reader, events
from rooms.meetings.models import Invitee, Meeting, Occurrence
from rooms.meetings.vtimezone import vtimezone
from rooms.models import PhoneNumber

PRODID = "-//AnyRoom//Meetings//EN"
HOW_OFTEN = dt.timedelta(hours=1)  # calendars are asked to read a feed again after that


def request(
    meeting: Meeting,
    invitee: Invitee | None,
    occurrence: Occurrence | None = None,
    numbers: Iterable[PhoneNumber] | None = None,
) -> str:
    """An invitation or its update: of the whole meeting, or of one time that was moved.

    In the language of the invitee, whose address alone is told. Without an invitee who has one it
    is no invitation, but a meeting to be written down (METHOD:PUBLISH). `meeting` has its room,
    account and organizer; whoever asks for many gives the active `numbers`.
    """
    reader = Reader.of(meeting, invitee, numbers=numbers)
    method = "REQUEST" if invitee and invitee.email else "PUBLISH"
    with _in_language(invitee):
        return _text(method, meeting, events(reader, _exceptions([meeting]), occurrence))


def cancel(meeting: Meeting, invitee: Invitee | None, occurrence: Occurrence | None = None) -> str:
    """Takes the meeting, or one time of it, out of the invitee's calendar (METHOD:CANCEL)."""
    reader = Reader.of(meeting, invitee, cancelled=True)
    moved = {} if meeting.rrule else _exceptions([meeting])
    with _in_language(invitee):
        return _text("CANCEL", meeting, events(reader, moved, occurrence))


def feed(meetings: Iterable[Meeting], name: str) -> bytes:
    """Meetings for those who subscribe to a calendar called `name`, in the current language.

    They have their rooms, accounts and organizers; however many there are, it takes three
    statements.
    """
    found = list(meetings)
    numbers = list(PhoneNumber.objects.filter(active=True))
    prefetch_related_objects([meeting.room for meeting in found], "shown_numbers")
    exceptions = _exceptions(found)
    calendar = _calendar("PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", HOW_OFTEN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    years: dict[str, list[int | None]] = defaultdict(list)
    told: list[Event] = []
    for meeting in found:
        reader = Reader(meeting, None, numbers=numbers, written_at=meeting.changed_at)
        mine = events(reader, exceptions, None)
        years[meeting.time_zone] += _years(meeting, mine)
        told += mine
    for zone in sorted(years):
        _add_zone(calendar, zone, years[zone])
    for one in told:
        calendar.add_component(one)
    return bytes(calendar.to_ical())


def _in_language(invitee: Invitee | None) -> translation.override:
    language = invitee.spoken_language if invitee else translation.get_language()
    return translation.override(language)


def _text(method: str, meeting: Meeting, told: list[Event]) -> str:
    calendar = _calendar(method)
    _add_zone(calendar, meeting.time_zone, _years(meeting, told))
    for one in told:
        calendar.add_component(one)
    return bytes(calendar.to_ical()).decode()


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _add_zone(calendar: Calendar, zone: str, years: list[int | None]) -> None:
    if zone == "UTC":  # its times end in Z
        return
    known = [year for year in years if year is not None]
    calendar.add_component(vtimezone(zone, min(known), max(known) if None not in years else None))


def _years(meeting: Meeting, told: list[Event]) -> list[int | None]:
    """Those that the zone has to be told of; None among them is for ever."""
    years: list[int | None] = []
    for one in told:
        starts = one.DTSTART or meeting.first_day
        years += [starts.year, starts.year + 1]  # whatever goes on at New Year
        if "RRULE" in one:
            last = rules.last_day(meeting.rrule, meeting.first_day)
            years.append(last.year if last else None)
    return years


def _exceptions(meetings: list[Meeting]) -> dict[str, list[Occurrence]]:
    """What was moved or cancelled of them, by the meeting's id."""
    found: dict[str, list[Occurrence]] = defaultdict(list)
    rows = Occurrence.objects.filter(meeting__in=[meeting.pk for meeting in meetings])
    for row in rows.exclude(Q(moved_day=None) & Q(cancelled_at=None)).order_by("day"):
        found[row.meeting_id].append(row)
    return found
