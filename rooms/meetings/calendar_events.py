"""A meeting as VEVENTs (RFC 5545, 3.6.1), for one who reads it."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from icalendar import Alarm, Event, vCalAddress, vRecur

from rooms import dial_in
from rooms.dial_in import Way
from rooms.meetings import links, rules, times, ways
from rooms.meetings.models import Invitee, Meeting, Occurrence, Reply
from rooms.models import PhoneNumber

ALARM = dt.timedelta(minutes=-10)
PARTSTAT = {
    Reply.NONE: "NEEDS-ACTION",
    Reply.ACCEPTED: "ACCEPTED",
    Reply.DECLINED: "DECLINED",
}
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
Exceptions = Mapping[str, list[Occurrence]]  # what was moved or cancelled, by the meeting's id


@dataclass(frozen=True)
class Reader:
    """Who reads of a meeting, and so what they are told: their number, their PIN, their page.

    Without an `invitee` it is what everybody may know who has the room's code. Whoever asks for
    many gives the `numbers` that are active. `written_at` is now unless it is given.
    """

    meeting: Meeting
    invitee: Invitee | None
    cancelled: bool = False
    numbers: Iterable[PhoneNumber] | None = None
    written_at: dt.datetime | None = None

    @classmethod
    def of(cls, meeting: Meeting, invitee: Invitee | None, **options: Any) -> Self:
        if invitee:
            invitee.meeting = meeting
        return cls(meeting, invitee, **options)

    @cached_property
    def ways(self) -> list[Way]:
        room, numbers = self.meeting.room, self.numbers
        if numbers is not None:
            numbers = dial_in.shown(room, numbers)
        if self.invitee:
            return ways.of(self.invitee, numbers)
        return dial_in.ways_into(room, numbers)

    @cached_property
    def page(self) -> str:
        """The address where they find how to join."""
        if self.invitee:
            return links.join_page(self.invitee)
        return dial_in.public_url(self.meeting.room)

    def start(self, day: dt.date, time: dt.time | None = None) -> dt.datetime:
        """What clocks show in the meeting's zone, whether that time exists or not."""
        return dt.datetime.combine(day, time or self.meeting.starts, self.meeting.zone)


def events(reader: Reader, exceptions: Exceptions, occurrence: Occurrence | None) -> list[Event]:
    """The whole meeting with its exceptions, or `occurrence` alone."""
    meeting = reader.meeting
    if not meeting.rrule:
        mine = [occurrence] if occurrence else exceptions.get(meeting.pk, [])
        moved = next((row for row in mine if row.day == meeting.first_day), None)
        return [_event(reader, meeting.first_day, moved)]
    if occurrence is not None:
        return [_event(reader, occurrence.day, occurrence, single=True)]
    whole = _event(reader, meeting.first_day)
    rule = rules.rrule_for_calendar(meeting.rrule, meeting.starts, meeting.time_zone)
    whole.add("rrule", vRecur.from_ical(rule))
    mine = _of_the_rule(meeting, exceptions.get(meeting.pk, []))
    if left_out := [reader.start(row.day) for row in mine if row.cancelled_at]:
        whole.add("exdate", left_out)
    moved_ones = [_event(reader, row.day, row, single=True) for row in mine if not row.cancelled_at]
    return [whole, *moved_ones]


def _of_the_rule(meeting: Meeting, rows: list[Occurrence]) -> list[Occurrence]:
    """Without those that passed under another rule: calendars would not know where they belong."""
    if not rows:
        return []
    first, last = rows[0].day, rows[-1].day
    days = set(rules.days(meeting.rrule, meeting.first_day, since=first, until=last))
    return [row for row in rows if row.day in days]


def _event(
    reader: Reader, day: dt.date, occurrence: Occurrence | None = None, *, single: bool = False
) -> Event:
    """On `day`, or where it was moved to; `single` is one time of a series."""
    meeting, one = reader.meeting, Event()
    one.add("uid", meeting.uid)
    one.add("sequence", meeting.sequence)
    one.add("dtstamp", reader.written_at or timezone.now())
    one.add("created", meeting.created_at)
    one.add("last-modified", meeting.changed_at)
    if single:
        one.add("recurrence-id", reader.start(day))
    if occurrence is not None and occurrence.moved_day:
        _add_time(one, reader, occurrence.moved_day, occurrence.moved_starts)
    else:
        _add_time(one, reader, day, None)
    one.add("summary", _plain(meeting.title))
    one.add("status", "CANCELLED" if reader.cancelled else "CONFIRMED")
    one.add("transp", "OPAQUE")
    _add_people(one, reader)
    if not reader.cancelled:
        _add_how(one, reader)
    return one


def _add_time(one: Event, reader: Reader, day: dt.date, time: dt.time | None) -> None:
    meeting = reader.meeting
    starts = reader.start(day, time)
    moment = times.moment(day, starts.time(), meeting.time_zone)
    ends = (moment + meeting.duration).astimezone(meeting.zone)
    one.add("dtstart", starts)
    if ends.replace(tzinfo=None) - starts.replace(tzinfo=None) == meeting.duration:
        one.add("dtend", ends.replace(fold=0))
    else:  # clocks are changed meanwhile
        one.add("duration", meeting.duration)


def _add_people(one: Event, reader: Reader) -> None:
    """The organizer and this invitee alone: nobody is told who else is invited."""
    meeting, invitee = reader.meeting, reader.invitee
    _name, service = parseaddr(settings.DEFAULT_FROM_EMAIL)
    user = meeting.organizer
    email = service
    # A calendar takes no invitation from its own owner, so then it comes from the service.
    if user and not (invitee and invitee.email == user.email.lower()):
        email = user.email
    organizer = vCalAddress(f"mailto:{email}")
    organizer.params["CN"] = _quotable(str(user or meeting.room.account))
    if email != service:
        organizer.params["SENT-BY"] = f"mailto:{service}"
    one.add("organizer", organizer)
    if invitee and invitee.email:
        attendee = vCalAddress(f"mailto:{invitee.email}")
        attendee.params["CN"] = _quotable(str(invitee))
        attendee.params["CUTYPE"] = "INDIVIDUAL"
        attendee.params["ROLE"] = "REQ-PARTICIPANT"
        attendee.params["PARTSTAT"] = PARTSTAT[Reply(invitee.reply)]
        attendee.params["RSVP"] = "TRUE"
        one.add("attendee", attendee)


def _add_how(one: Event, reader: Reader) -> None:
    meeting = reader.meeting
    context = {"meeting": meeting, "ways": reader.ways, "page": reader.page}
    one.add("description", squeezed(render_to_string("meetings/letters/calendar.txt", context)))
    one.add("url", reader.page)
    best = reader.ways[0] if reader.ways else None
    # Phones dial what stands here when it is tapped; commas are pauses.
    one.add("location", best.one_tap.removeprefix("tel:") if best else reader.page)
    one.add("class", "PRIVATE" if best and best.pin else "PUBLIC")
    if best:
        parameters = {"VALUE": "URI", "FEATURE": "PHONE", "LABEL": _quotable(meeting.room.name)}
        one.add("conference", best.one_tap.replace("#", "%23"), parameters=parameters)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", ALARM)
    alarm.add("description", _plain(meeting.title))
    one.add_component(alarm)


def squeezed(text: str) -> str:
    """Without the empty lines that a template leaves where it has nothing to say."""
    return _EMPTY_LINES.sub("\n\n", text.strip())


def _plain(text: str) -> str:
    """In one line of signs that can be seen."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _quotable(name: str) -> str:
    """Parameters of iCalendar stand in double quotes, and can hold none."""
    return _plain(name).replace('"', "'")
