"""Who came to one time of a meeting, when, and who did not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from django.utils.translation import gettext as _

from rooms import phones
from rooms.conferences.models import Participant
from rooms.meetings import callers, windows
from rooms.meetings.models import Invitee, Occurrence


@dataclass(frozen=True)
class Span:
    """A time in the room; `left` is None for somebody who is there now."""

    joined: dt.datetime
    left: dt.datetime | None
    conference: str

    def seconds(self, now: dt.datetime) -> int:
        return max(0, round(((self.left or now) - self.joined).total_seconds()))


@dataclass
class Row:
    """Somebody who came. `number` is E.164, "" where it was withheld; show it masked."""

    key: str
    name: str
    number: str
    invitee: Invitee | None
    spans: list[Span] = field(default_factory=list)
    seconds: int = 0

    @property
    def who(self) -> str:
        return self.name or phones.masked(self.number) or _("number withheld")

    @property
    def joined(self) -> dt.datetime:
        return self.spans[0].joined

    @property
    def left(self) -> dt.datetime | None:
        """When they left for good; None while they are there."""
        return self.spans[-1].left

    @property
    def since(self) -> dt.datetime:
        """When they came the last time."""
        return self.spans[-1].joined

    @property
    def dropped(self) -> int:
        """How often they left and came back."""
        return len(self.spans) - 1

    @property
    def away(self) -> list[tuple[dt.datetime, dt.datetime]]:
        """From when until when they were gone in between."""
        pairs = pairwise(self.spans)
        return [(one.left, other.joined) for one, other in pairs if one.left]


@dataclass
class Attendance:
    """`rows` in the order in which they came; `absent` are those invited who did not.

    Of what is `forgotten` nothing is known, nor who did not come.
    """

    occurrence: Occurrence
    now: dt.datetime
    rows: list[Row]
    absent: list[Invitee]
    invited: int
    forgotten: bool = False

    @property
    def going_on(self) -> bool:
        """Whether somebody is there now."""
        return any(row.left is None for row in self.rows)

    @property
    def came(self) -> int:
        """How many of those invited."""
        return self.invited - len(self.absent)

    @property
    def first(self) -> dt.datetime | None:
        return min((row.joined for row in self.rows), default=None)

    @property
    def last(self) -> dt.datetime | None:
        """When the last one left; None if nobody came, or somebody is there now."""
        if self.going_on:
            return None
        return max((row.left for row in self.rows if row.left), default=None)

    @property
    def seconds(self) -> int:
        """Of all participants together."""
        return sum(row.seconds for row in self.rows)

    @cached_property
    def most_at_once(self) -> int:
        spans = [span for row in self.rows for span in row.spans]
        # Somebody who leaves in the moment in which another comes was not there with them.
        steps = [(span.joined, 1) for span in spans]
        steps += [(span.left or self.now, -1) for span in spans]
        most = there = 0
        for _moment, step in sorted(steps):
            there += step
            most = max(most, there)
        return most


def of(occurrence: Occurrence, now: dt.datetime) -> Attendance:
    """`occurrence` has its meeting, room and account."""
    invitees = list(Invitee.objects.filter(meeting=occurrence.meeting_id))
    rows = _rows(windows.stays(occurrence, now), occurrence, invitees)
    if not rows and windows.is_forgotten(occurrence):
        return Attendance(occurrence, now, [], [], 0, forgotten=True)
    for row in rows:
        row.seconds = sum(span.seconds(now) for span in row.spans)
    came = {row.invitee.pk for row in rows if row.invitee}
    listed = [one for one in invitees if _was_invited(one, occurrence)]
    absent = [one for one in listed if one.pk not in came]
    return Attendance(occurrence, now, rows, absent, len(listed))


def _was_invited(invitee: Invitee, occurrence: Occurrence) -> bool:
    """Who was taken off before, or is on the list only since, did not miss it."""
    if invitee.removed_at is not None and invitee.removed_at <= occurrence.ends_at:
        return False
    return invitee.created_at < occurrence.ends_at


def _rows(
    stays: Sequence[Participant], occurrence: Occurrence, invitees: list[Invitee]
) -> list[Row]:
    book = _Book(occurrence, invitees, stays)
    rows: dict[str, Row] = {}
    for stay in stays:
        found = book.row(stay)
        row = rows.setdefault(found.key, found)
        row.number = row.number or found.number
        _add(row.spans, Span(stay.joined_at, stay.left_at, stay.conference_id))
    return list(rows.values())


def _add(spans: list[Span], span: Span) -> None:
    """`span` begins no earlier than the others; one that overlaps the last makes it longer."""
    last = spans[-1] if spans else None
    if last is None or (last.left is not None and last.left < span.joined):
        spans.append(span)
        return
    left = None if last.left is None or span.left is None else max(last.left, span.left)
    spans[-1] = Span(last.joined, left, last.conference)


class _Book:
    """Tells the stays of one person from those of others."""

    def __init__(
        self, occurrence: Occurrence, invitees: list[Invitee], stays: Sequence[Participant]
    ) -> None:
        listed = [one for one in invitees if one.removed_at is None]
        self.by_id = {one.pk: one for one in invitees}
        self.by_email = {one.email: one for one in listed if one.email}
        self.by_phone: dict[str, list[Invitee]] = {}
        for one in listed:
            self.by_phone.setdefault(one.phone, []).append(one)
        account = occurrence.meeting.room.account_id
        self.names = callers.names(account, (stay.caller for stay in stays if not stay.name))

    def row(self, stay: Participant) -> Row:
        """Of whoever came, without spans."""
        invitee = self._invitee(stay)
        if invitee:
            name = invitee.name or stay.name or invitee.email
            return Row(invitee.pk, name, stay.caller, invitee)
        told = stay.invitee
        name = stay.name or (told and (told.name or told.email)) or self.names.get(stay.caller, "")
        # Two withheld numbers may be two people.
        return Row(stay.invitee_id or stay.caller or stay.call, name, stay.caller, None)

    def _invitee(self, stay: Participant) -> Invitee | None:
        """The same person may be invited to more than one meeting of the room."""
        told = stay.invitee
        if told is None:
            return callers.the_one(self.by_phone.get(stay.caller, []) if stay.caller else [])
        found = self.by_id.get(told.pk) or (self.by_email.get(told.email) if told.email else None)
        if found or not told.phone:
            return found
        return callers.the_one(self.by_phone.get(told.phone, []))
