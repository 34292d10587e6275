"""What is done to a meeting: plan, change, cancel, move one time of it. Pages and API call these.

Each locks the meeting's row, and starts the mailing that tells the invitees in the same
transaction. What cannot be done is a ValidationError whose keys are the meeting's fields.
"""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.meetings import invitees, mailings, occurrences, reminders, rules, times
from rooms.meetings.models import Mailing, Meeting, Occurrence
from rooms.meetings.signals import meeting_changed
from rooms.models import Room

# What invitees are told of when it changes; the rest is between us and the organizer.
TOLD = frozenset({"title", "agenda", "first_day", "starts", "time_zone", "minutes", "rrule"})
CLOCK = frozenset({"first_day", "starts", "time_zone"})
TIMES = CLOCK | {"minutes", "rrule"}
TWICE = dt.timedelta(seconds=10)  # the same within it is one press of a button that came twice


@transaction.atomic
def plan(room: Room, organizer: User, **fields: Any) -> Meeting:
    """A new meeting in `room`, to which its organizer is invited; `fields` are the model's.

    Nobody is written to yet. Raises ValidationError.
    """
    meeting = Meeting(room=room, organizer=organizer, **fields)
    _check(meeting)
    meeting.save()
    occurrences.write(meeting, timezone.now())
    _check_comes(meeting)
    invitees.add_organizer(meeting)
    _send("planned", meeting)
    return meeting


@transaction.atomic
def change(meeting: Meeting, *, by: User | None, tell: bool = True, **fields: Any) -> Meeting:
    """Set the model's `fields`; the invitees are told of what concerns them if `tell`.

    Times that have passed stay as they were. Raises ValidationError.
    """
    meeting = _locked(meeting)
    changed = {field for field, value in fields.items() if getattr(meeting, field) != value}
    if not changed:
        return meeting
    for field in changed:
        setattr(meeting, field, fields[field])
    _check(meeting)
    if changed & TOLD:
        _bump(meeting)
    meeting.save()
    if changed & CLOCK and not meeting.rrule:  # its one time was perhaps moved before
        coming = meeting.occurrences.filter(occurrences.to_come(timezone.now()))
        coming.update(moved_day=None, moved_starts=None)
    if changed & TIMES:
        occurrences.write(meeting, timezone.now())
        _check_comes(meeting)
    if changed & reminders.FIELDS:
        reminders.replan(meeting)
    if tell and changed & TOLD:
        mailings.start(meeting, Mailing.Kind.UPDATE, by=by)
    _send("changed", meeting)
    return meeting


@transaction.atomic
def cancel(meeting: Meeting, *, by: User | None, tell: bool = True) -> Meeting:
    """Call the whole meeting off, for good; doing it again changes nothing."""
    meeting = _locked(meeting, cancelled_too=True)
    if meeting.cancelled_at is None:
        _bump(meeting)
        meeting.cancelled_at = meeting.changed_at
        meeting.save()
        mailings.stop_all(meeting, why=_("The meeting was cancelled."))
        if tell:
            mailings.start(meeting, Mailing.Kind.CANCELLATION, by=by)
        _send("cancelled", meeting)
    return meeting


@transaction.atomic
def move(
    occurrence: Occurrence, *, day: dt.date, starts: dt.time, by: User | None, tell: bool = True
) -> Occurrence:
    """Let this one time begin elsewhen, in the meeting's zone. Raises ValidationError."""
    occurrence = _locked_occurrence(occurrence)
    meeting = occurrence.meeting
    _check_start(day, starts, meeting.time_zone, "day")
    before = occurrence.starts_at
    occurrence.moved_day, occurrence.moved_starts = day, starts
    occurrences.place(occurrence)
    if occurrence.ends_at <= timezone.now():
        raise ValidationError({"day": _("This time has passed. Choose a later one.")})
    occurrence.waiting_told_at = None
    occurrence.save()
    occurrences.let_calls_follow([occurrence.pk])
    _tell_one(occurrence, Mailing.Kind.UPDATE, by, tell)
    if occurrence.starts_at != before:
        _send("changed", meeting, occurrence)
    return occurrence


@transaction.atomic
def cancel_one(occurrence: Occurrence, *, by: User | None, tell: bool = True) -> Occurrence:
    """Call this one time off. Raises ValidationError if it has passed."""
    occurrence = _locked_occurrence(occurrence)
    occurrence.cancelled_at = timezone.now()
    occurrence.save()
    _tell_one(occurrence, Mailing.Kind.CANCELLATION, by, tell)
    _send("changed", occurrence.meeting, occurrence)
    return occurrence


@transaction.atomic
def start_now(account: Account, organizer: User, room: Room | None = None) -> Meeting:
    """A meeting that begins this minute, from nothing: in `room`, else in the account's first.

    An account without a room gets one. Asked for twice at once, it is the same meeting.
    """
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    room = room or Room.objects.active().filter(account=account).order_by("created_at").first()
    room = room or changes.make(account, name=_("Meetings"))
    zone = organizer.time_zone
    now = timezone.now().astimezone(times.zone(zone)).replace(second=0, microsecond=0)
    if now.fold:  # the zone says this time for the second time, and would mean the first
        zone, now = "UTC", now.astimezone(dt.UTC)
    just_now = {"first_day": now.date(), "starts": now.time(), "time_zone": zone, "rrule": ""}
    since = timezone.now() - TWICE
    same = Meeting.objects.planned().filter(organizer=organizer, room=room, created_at__gte=since)
    if begun := same.filter(**just_now).first():
        return begun
    title = _("Meeting at %(time)s") % {"time": f"{now:%H:%M}"}
    return plan(
        room,
        organizer,
        title=title,
        minutes=60,
        **just_now,
    )


def _locked(meeting: Meeting, *, cancelled_too: bool = False) -> Meeting:
    found = Meeting.objects.locked().select_related("room__account").get(pk=meeting.pk)
    if found.cancelled_at and not cancelled_too:
        raise ValidationError(_("This meeting was cancelled. Plan a new one."), code="cancelled")
    if found.room.archived_at and not cancelled_too:
        raise ValidationError(_("The room of this meeting is archived."), code="archived")
    return found


def _locked_occurrence(occurrence: Occurrence) -> Occurrence:
    meeting = _locked(occurrence.meeting)
    found = Occurrence.objects.select_for_update().get(pk=occurrence.pk)
    found.meeting = meeting
    if found.cancelled_at:
        raise ValidationError(_("This time was cancelled."), code="cancelled")
    if found.ends_at <= timezone.now():
        raise ValidationError(_("This time has passed."), code="passed")
    return found


def _tell_one(occurrence: Occurrence, kind: str, by: User | None, tell: bool) -> None:
    meeting = occurrence.meeting
    _bump(meeting)
    meeting.save()
    if tell:
        mailings.start(meeting, kind, by=by, occurrence=occurrence)


def _send(what: str, meeting: Meeting, occurrence: Occurrence | None = None) -> None:
    meeting_changed.send(Meeting, meeting=meeting, what=what, occurrence=occurrence)


def _bump(meeting: Meeting) -> None:
    """Calendars take a message for news only if its number is higher than what they know."""
    meeting.sequence += 1
    meeting.changed_at = timezone.now()


def _check(meeting: Meeting) -> None:
    """What a form checks field by field is checked here for everybody. Raises ValidationError."""
    meeting.clean_fields(exclude=["room", "organizer"])
    repeat = rules.parse(meeting.rrule, meeting.starts, meeting.time_zone)
    _check_start(meeting.first_day, meeting.starts, meeting.time_zone, "starts")
    rules.check(repeat, meeting.first_day)
    reminders.check(meeting.reminders)
    meeting.rrule = rules.to_rrule(repeat)
    if (meeting.quiet_from is None) != (meeting.quiet_until is None):
        raise ValidationError({"quiet_until": _("Give both times, or none.")})


def _check_start(day: dt.date, starts: dt.time, zone: str, field: str) -> None:
    if skipped := times.skipped_text(day, starts, zone):
        raise ValidationError({field: skipped})


def _check_comes(meeting: Meeting) -> None:
    if not Occurrence.objects.filter(meeting=meeting, ends_at__gt=timezone.now()).exists():
        raise ValidationError({"first_day": _("This time has passed. Choose a later one.")})
