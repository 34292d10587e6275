"""What invitations, updates and cancellations say, by e-mail and by SMS.

They are written when they are sent, so they tell the meeting as it is by then; what has become of
no use meanwhile is not sent, and says why. In the language and the zone of whoever gets them.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from rooms import dial_in
from rooms.meetings import calendars, joining, links, occurrences, ways
from rooms.meetings.calendar_events import squeezed
from rooms.meetings.models import Invitee, Mailing, Meeting, Occurrence, Reply
from rooms.models import PhoneNumber
from rooms.notices.content import Content, Skip, writes
from rooms.notices.models import Notice

Kind = Mailing.Kind
LISTED = 5  # next times of a series
TOLD = (Notice.Status.SENT, Notice.Status.SENDING)


@dataclass(frozen=True)
class Letter:
    """One message: `what` it is (a Mailing.Kind), to whom; `single` where it is of one time alone.

    `occurrence` is that time, or the next one, which others are `following`.
    """

    what: str
    invitee: Invitee
    occurrence: Occurrence
    single: bool
    following: tuple[Occurrence, ...] = ()

    @property
    def meeting(self) -> Meeting:
        return self.invitee.meeting

    @property
    def sender(self) -> str:
        """Who invites, as the invitee knows them."""
        return str(self.meeting.organizer or self.meeting.room.account)

    @property
    def gone(self) -> bool:
        """The invitee was taken off the list of a meeting that takes place."""
        return self.invitee.removed_at is not None and self.meeting.cancelled_at is None


@writes(Notice.Kind.INVITATION)
def invitation(notice: Notice) -> Content:
    """An invitation or an update. Raises Skip."""
    invitee, occurrence = _read(notice)
    meeting = invitee.meeting
    if invitee.removed_at:
        raise Skip(_("Taken off the list meanwhile."))
    if meeting.cancelled_at or meeting.room.archived_at:
        raise Skip(_("The meeting was cancelled meanwhile."))
    if occurrence and (occurrence.cancelled_at or occurrence.ends_at <= timezone.now()):
        raise Skip(_("This time was cancelled, or has passed."))
    told = [occurrence] if occurrence else _coming(meeting)
    if not told:
        raise Skip(_("The meeting is over."))
    told[0].meeting = meeting
    what = notice.facts["what"]
    if what == Kind.UPDATE and occurrence is None and not _was_told(notice):
        what = Kind.INVITATION
    if invitee.invited_at is None:  # it was, and then its mailing was stopped for a while
        Invitee.objects.filter(pk=invitee.pk).update(invited_at=timezone.now())
    letter = Letter(what, invitee, told[0], occurrence is not None, tuple(told[1:]))
    return _content(notice, letter)


@writes(Notice.Kind.CANCELLATION)
def cancellation(notice: Notice) -> Content:
    """That the meeting, or one time of it, is off, or that the invitee is. Raises Skip."""
    invitee, occurrence = _read(notice)
    meeting = invitee.meeting
    if not _was_told(notice):
        raise Skip(_("There was no invitation to take back."))
    if occurrence and (invitee.removed_at or meeting.cancelled_at):
        raise Skip(_("More than this one time was cancelled."))
    holds = invitee.removed_at is None or _is_invited_again(invitee, notice)
    if occurrence is None and meeting.cancelled_at is None and holds:
        raise Skip(_("The invitation holds."))
    shown = occurrence or _next_or_last(meeting)
    if shown is None:
        raise Skip(_("The meeting has no time."))
    shown.meeting = meeting
    return _content(notice, Letter(Kind.CANCELLATION, invitee, shown, occurrence is not None))


def _read(notice: Notice) -> tuple[Invitee, Occurrence | None]:
    """Whom it is for, and the single time that it is of. The newest address counts. Raises Skip."""
    mailing = Mailing.objects.filter(pk=notice.mailing_id).first()
    if mailing and mailing.stopped_at:
        _hold_back(notice, mailing)
        raise Skip(mailing.stopped_why)
    known = Invitee.objects.select_related("meeting__room__account", "meeting__organizer")
    invitee = known.get(pk=notice.invitee_id)
    address = invitee.email if notice.channel == Notice.Channel.EMAIL else invitee.phone
    if not address:
        raise Skip(_("There is no address to send it to."))
    if address != notice.address:
        notice.address = address
        notice.save(update_fields=["address"])
    pk = notice.facts.get("occurrence")
    return invitee, Occurrence.objects.get(pk=pk) if pk else None


def _hold_back(notice: Notice, mailing: Mailing) -> None:
    """In our hand when its mailing was stopped: whom it would have invited is not invited."""
    newer = Mailing.objects.filter(meeting=mailing.meeting_id, created_at__gte=mailing.stopped_at)
    if not (_was_told(notice) or newer.filter(audience=Mailing.Audience.ALL).exists()):
        Invitee.objects.filter(pk=notice.invitee_id).update(invited_at=None)


def _was_told(notice: Notice) -> bool:
    """Whether an earlier message invited this person."""
    others = Notice.objects.filter(invitee=notice.invitee_id, kind=Notice.Kind.INVITATION)
    return others.filter(status__in=TOLD).exclude(pk=notice.pk).exists()


def _is_invited_again(invitee: Invitee, notice: Notice) -> bool:
    """Somebody who was taken off and put back is a new invitee, and the same to calendars."""
    there = Invitee.objects.invited().filter(meeting=invitee.meeting_id)
    same = there.filter(email=notice.address) | there.filter(phone=notice.address)
    return same.exists()


def _coming(meeting: Meeting) -> list[Occurrence]:
    coming = Occurrence.objects.upcoming(timezone.now()).filter(meeting=meeting)
    return list(coming[: LISTED + 1])


def _next_or_last(meeting: Meeting) -> Occurrence | None:
    mine = Occurrence.objects.filter(meeting=meeting)
    coming = mine.filter(ends_at__gt=timezone.now()).order_by("starts_at").first()
    return coming or mine.order_by("starts_at").last()


def _content(notice: Notice, letter: Letter) -> Content:
    meeting, invitee = letter.meeting, letter.invitee
    numbers = dial_in.numbers_of(meeting.room)
    with translation.override(invitee.spoken_language):
        context = _context(letter, numbers)
        if notice.channel == Notice.Channel.SMS:
            return Content(meeting.title, _rendered("sms.txt", context))
        html = _rendered("letter.html", context)
        text = _rendered("letter.txt", context) + "\n"
        subject = _subject(letter, context["local"])
    about = letter.occurrence if letter.single else None
    if letter.what == Kind.CANCELLATION:
        method, calendar = "CANCEL", calendars.cancel(meeting, invitee, about)
    else:
        method, calendar = "REQUEST", calendars.request(meeting, invitee, about, numbers)
    organizer = None if invitee.is_organizer else meeting.organizer
    return Content(
        subject=subject,
        text=text,
        html=html,
        calendar=calendar,
        method=method,
        sender="" if invitee.is_organizer else letter.sender,
        reply_to=organizer.email if organizer else "",
    )


def _rendered(name: str, context: dict[str, Any]) -> str:
    return squeezed(render_to_string(f"meetings/letters/{name}", context))


def _subject(letter: Letter, local: joining.Local) -> str:
    what = {"title": letter.meeting.title, "when": date_format(local.starts, "j E Y, H:i")}
    if letter.gone:
        return _("You are no longer invited: %(title)s") % what
    if letter.what == Kind.CANCELLATION and letter.meeting.rrule and not letter.single:
        return _("Cancelled: %(title)s, every time") % what
    if letter.what == Kind.CANCELLATION:
        return _("Cancelled: %(title)s, %(when)s") % what
    if letter.what == Kind.UPDATE:
        return _("Updated: %(title)s, %(when)s") % what
    if letter.meeting.rrule and not letter.single:
        return _("Invitation: %(title)s, from %(when)s") % what
    return _("Invitation: %(title)s, %(when)s") % what


def _context(letter: Letter, numbers: list[PhoneNumber]) -> dict[str, Any]:
    """What all three templates are written from; times are in the invitee's zone."""
    invitee, meeting, occurrence = letter.invitee, letter.meeting, letter.occurrence
    theirs = joining.local(occurrence, invitee.zone_name)
    ours = joining.local(occurrence, meeting.time_zone)
    elsewhere = ours if ours.starts != theirs.starts else None
    series = bool(meeting.rrule) and not letter.single
    return {
        "letter": letter,
        "meeting": meeting,
        "invitee": invitee,
        "local": theirs,
        "meeting_local": elsewhere,
        "was": _original(letter) if letter.single and occurrence.moved else None,
        "rule": joining.rule(meeting, elsewhere) if series else "",
        "coming": [joining.local(one, invitee.zone_name) for one in letter.following],
        "ways": ways.of(invitee, numbers),
        "page": links.join_page(invitee),
        "accept": links.reply(invitee, Reply.ACCEPTED),
        "decline": links.reply(invitee, Reply.DECLINED),
        "language": translation.get_language(),
    }


def _original(letter: Letter) -> dt.datetime:
    """When it would have begun, had it not been moved; in the invitee's zone."""
    there = Occurrence(meeting=letter.meeting, day=letter.occurrence.day)
    occurrences.place(there)
    return joining.local(there, letter.invitee.zone_name).starts
