"""What a reminder says, written when it is sent: the meeting as it is by then, and how soon."""

import datetime as dt
import zoneinfo
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from rooms import phones
from rooms.accounts import cities
from rooms.meetings import reminder_outcomes, reminders, ways
from rooms.meetings.models import Invitee, Occurrence, Reply
from rooms.meetings.reminders import MINUTE
from rooms.notices import unsubscribe
from rooms.notices.content import Content, Skip, writes
from rooms.notices.models import Notice

LONGEST_SMS = 300
SHORTEST_TITLE = 20


@writes(Notice.Kind.REMINDER)
def reminder(notice: Notice) -> Content:
    """Raises Skip."""
    now = timezone.now()
    occurrence = _the_start_of(notice)
    invitee = Invitee.objects.get(pk=notice.invitee_id)
    invitee.meeting = occurrence.meeting
    if why := _why_not(notice, occurrence, invitee, now):
        raise Skip(why)
    zone = zoneinfo.ZoneInfo(invitee.zone_name)
    with translation.override(invitee.spoken_language), timezone.override(zone):
        context = _context(invitee, occurrence, now)
        if notice.channel == Notice.Channel.SMS:
            return Content(subject=context["subject"], text=_sms(context))
        return Content(
            subject=context["subject"],
            text=render_to_string("meetings/reminders/reminder.txt", context).strip() + "\n",
            html=render_to_string("meetings/reminders/reminder.html", context),
            sender=str(occurrence.meeting.organizer or occurrence.meeting.room.account),
            unsubscribe=context["unsubscribe"],
        )


def _the_start_of(notice: Notice) -> Occurrence:
    """The occurrence, if it still begins when this reminder says. Raises Skip."""
    starts_at = dt.datetime.fromisoformat(notice.facts["starts_at"])
    found = Occurrence.objects.select_related("meeting__room__account", "meeting__organizer")
    occurrence = found.filter(pk=notice.facts["occurrence"], starts_at=starts_at).first()
    if occurrence is None:
        raise Skip(_("The meeting was moved."))
    return occurrence


def _why_not(notice: Notice, occurrence: Occurrence, invitee: Invitee, now: dt.datetime) -> str:
    """Why this is not to be sent any more, or ""."""
    meeting = occurrence.meeting
    if occurrence.cancelled_at or meeting.cancelled_at or meeting.room.archived_at:
        return _("The meeting was cancelled.")
    if invitee.removed_at:
        return _("No longer invited.")
    if invitee.reply == Reply.DECLINED:
        return _("The invitation was declined.")
    if not invitee.wants_reminders:
        return _("Reminders were turned off.")
    if notice.address not in (invitee.email, invitee.phone):
        return _("The address was changed.")
    if now >= occurrence.starts_at:
        return reminder_outcomes.began()
    if _later_one(notice):
        return reminder_outcomes.took_place()
    hours = reminders.hours(meeting)
    if hours and hours.covers(now, zoneinfo.ZoneInfo(invitee.zone_name)):
        return reminder_outcomes.quiet()
    if not meeting.room.account.may_host(now):
        return _("The account may not hold meetings now.")
    return ""


def _later_one(notice: Notice) -> bool:
    """Whether a reminder closer to the same start was written, while this one waited."""
    same_start = notice.key.rsplit(":", 3)[0]
    others = Notice.objects.filter(
        invitee=notice.invitee_id,
        channel=notice.channel,
        key__startswith=f"{same_start}:",
        status__in=[Notice.Status.PENDING, Notice.Status.SENDING, Notice.Status.SENT],
    )
    minutes = notice.facts["minutes"]
    return any(facts["minutes"] < minutes for facts in others.values_list("facts", flat=True))


def _context(invitee: Invitee, occurrence: Occurrence, now: dt.datetime) -> dict[str, Any]:
    meeting = occurrence.meeting
    starts, ends = (
        timezone.localtime(moment) for moment in (occurrence.starts_at, occurrence.ends_at)
    )
    soon = in_words(occurrence.starts_at - now)
    numbers = ways.of(invitee)
    return {
        "invitee": invitee,
        "meeting": meeting,
        "title": meeting.title,
        "soon": soon,
        "subject": _("%(title)s: %(soon)s") % {"title": meeting.title, "soon": soon},
        "starts": starts,
        "ends": ends,
        "zone": cities.of_zone(invitee.zone_name, get_language() or "en") or invitee.zone_name,
        "way": numbers[0] if numbers else None,
        "url": settings.PUBLIC_URL + reverse("join:page", args=[invitee.token]),
        "unsubscribe": url_for_invitee(invitee),
    }


def _sms(context: dict[str, Any]) -> str:
    """The title gives way where it is too long; all the rest is needed."""
    text = render_to_string("meetings/reminders/reminder_sms.txt", context).strip()
    if len(text) > LONGEST_SMS:
        room = max(SHORTEST_TITLE, len(context["title"]) - (len(text) - LONGEST_SMS))
        title = context["title"][: room - 3] + "..."  # an ellipsis would double the SMS's price
        text = render_to_string(
            "meetings/reminders/reminder_sms.txt", {**context, "title": title}
        ).strip()
    return text


def in_words(left: dt.timedelta) -> str:
    """As "in 1 hour 5 minutes": the two greatest units that count, to the nearest minute."""
    minutes = max(1, round(left / MINUTE))
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
    ]
    first = next(index for index, part in enumerate(parts) if part)
    told = " ".join(part for part in parts[first : first + 2] if part)
    return _("in %(time)s") % {"time": told}


def url_for_invitee(invitee: Invitee) -> str:
    """Where reminders of this meeting are turned off by one click."""
    return unsubscribe.url(invitee.pk)


@unsubscribe.offers("iv")
def _offer(pk: str) -> unsubscribe.Offer | None:
    found = Invitee.objects.invited().select_related("meeting__room__account")
    invitee = found.filter(pk=pk).first()
    if invitee is None:
        return None

    def turn_off() -> None:
        Invitee.objects.filter(pk=pk).update(wants_reminders=False)

    with translation.override(invitee.spoken_language):
        what = _("Reminders of “%(title)s”") % {"title": invitee.meeting.title}
    return unsubscribe.Offer(
        what=what,
        address=", ".join(filter(None, [invitee.email, phones.masked(invitee.phone)])),
        language=invitee.spoken_language,
        is_on=invitee.wants_reminders,
        turn_off=turn_off,
        page=reverse("join:page", args=[invitee.token]),
    )
