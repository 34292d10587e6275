"""What meetings keep of somebody who is erased: their invitations, calls to them, texts.

An invitee of a time that is over stays as nobody, since its report counts who was invited; PIN and
join page no longer work. One of meetings that are all to come goes.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from rooms.accounts.erased import forget_doers
from rooms.accounts.erasing import OnTheLine, covers, erasing, holding, seeking
from rooms.accounts.erasing_rows import clear
from rooms.accounts.erasing_subject import Known, Reach, Subject
from rooms.accounts.models import Account
from rooms.conferences.models import Participant
from rooms.meetings.models import CallRequest, Feed, Invitee, Mailing, Meeting, Occurrence
from rooms.meetings.models.invitee import new_token

Status = CallRequest.Status
UNDER_WAY = (Status.PLACING, Status.CALLING)
# What an invitee is who is nobody any more.
NOBODY: dict[str, Any] = {
    **dict.fromkeys(("name", "email", "phone", "language", "time_zone", "pin", "reply"), ""),
    **dict.fromkeys(("replied_at", "opened_at")),
    **dict.fromkeys(("wants_reminders", "wants_call"), False),
}


@receiver(seeking, dispatch_uid="erasing: meetings")
def _seek(account: Account, known: Known, **_sent: Any) -> Known:
    """With the phone of whoever has the address, and the other way round, where it is one's own."""
    invitees = Invitee.objects.filter(room__account=account)
    found = invitees.filter(Q(phone__in=known.phones) | Q(email__in=known.emails))
    theirs = [one for one in found if not _is_another(one, known)]
    phones = {one.phone for one in theirs if one.phone and one.email in known.emails}
    shared = invitees.filter(phone__in=phones).exclude(email__in=known.emails | {""})
    phones -= set(shared.values_list("phone", flat=True))
    emails = {one.email for one in theirs if one.email}
    if len(emails | known.emails) > 1:
        emails = {one.email for one in theirs if one.email and _is_named(one, known)}
    others = invitees.filter(name__in=known.names).exclude(pk__in=[one.pk for one in theirs])
    return Known(
        frozenset(phones),
        frozenset(emails),
        frozenset(one.name for one in theirs if one.name),
        others=frozenset(others.order_by().values_list("name", flat=True).distinct()),
        invitees=frozenset(one.pk for one in theirs),
        rooms=frozenset(one.room_id for one in theirs),
    )


def _is_another(invitee: Invitee, known: Known) -> bool:
    """Whether it is somebody else with the same phone, such as an office's, not asked for."""
    if invitee.phone in known.asked or invitee.email in known.emails or not invitee.email:
        return False
    return bool(known.names and invitee.name) and not _is_named(invitee, known)


def _is_named(invitee: Invitee, known: Known) -> bool:
    """Ana is Ana Ruiz, as far as names can tell."""
    words = {word for name in known.names for word in name.casefold().split()}
    return not words.isdisjoint(invitee.name.casefold().split())


@receiver(holding, dispatch_uid="erasing: meetings")
def _hold(subject: Subject, **_sent: Any) -> None:
    """Nothing is written to them meanwhile, and nobody is erased whose phone rings."""
    meetings = list(_theirs(subject).order_by().values_list("meeting", flat=True).distinct())
    mailings = Mailing.objects.filter(meeting__in=meetings, finished_at=None, stopped_at=None)
    list(mailings.select_for_update().order_by("pk"))
    times = Occurrence.objects.filter(meeting__in=meetings, remind_at__isnull=False)
    list(times.select_for_update().order_by("pk"))
    if _requests(subject).filter(status__in=UNDER_WAY).exists():
        raise OnTheLine


@receiver(erasing, dispatch_uid="erasing: meetings")
@covers(
    *("meetings.Invitee.name", "meetings.Invitee.email", "meetings.Invitee.phone"),
    *("meetings.Invitee.pin", "meetings.Invitee.token", "meetings.Invitee.reply"),
    *("meetings.CallRequest.phone", "meetings.CallRequest.error"),
    *("meetings.Meeting.title", "meetings.Meeting.agenda", "meetings.Occurrence.notes"),
)
def _erase(subject: Subject, account: Account, **_sent: Any) -> dict[str, int]:
    requests = _requests(subject)
    asked = list(requests.values_list("pk", flat=True))
    requests.filter(status=Status.WAITING).update(status=Status.WITHDRAWN)
    erased = {"requests": len(asked), "invitees": _invitees(subject)}
    CallRequest.objects.filter(pk__in=asked).update(phone="", person=None)
    calls = CallRequest.objects.filter(room__account=account)
    clear(calls.filter(pk__in=asked), "error", subject=subject, reach=Reach.OWN)
    meetings = Meeting.objects.of_account(account)
    notes = Occurrence.objects.of_account(account).exclude(notes="")
    erased["texts"] = clear(meetings, "title", "agenda", subject=subject)
    erased["texts"] += clear(notes, "notes", subject=subject)
    mailings = Mailing.objects.filter(meeting__room__account=account)
    feeds = Feed.objects.filter(account=account)
    done = ((meetings, "organizer"), (mailings, "started_by"), (feeds, "made_by"))
    forget_doers(subject, (*done, (calls, "asked_by")))
    return erased


def _invitees(subject: Subject) -> int:
    now = timezone.now()
    theirs = _theirs(subject)
    over = Occurrence.objects.filter(starts_at__lte=now).order_by().values("meeting")
    came = Participant.objects.filter(invitee__in=subject.known.invitees).values("invitee")
    kept = list(theirs.filter(Q(meeting__in=over) | Q(pk__in=came)).values_list("pk", "removed_at"))
    for pk, removed_at in kept:
        fresh = {"token": new_token(), "removed_at": removed_at or now}
        Invitee.objects.filter(pk=pk).update(**NOBODY, **fresh)
    gone = theirs.exclude(pk__in=[pk for pk, _removed_at in kept])
    return len(kept) + gone.delete()[1].get("meetings.Invitee", 0)


def _theirs(subject: Subject) -> QuerySet[Invitee]:
    return Invitee.objects.filter(pk__in=subject.known.invitees)


def _requests(subject: Subject) -> QuerySet[CallRequest]:
    """That they be called: by their number, or as an invitee or person."""
    rows = CallRequest.objects.filter(room__account=subject.account)
    named = Q(person__phone__in=subject.phones) | Q(person__email__in=subject.emails)
    invited = Q(invitee__in=subject.known.invitees)
    return rows.filter(named | invited | Q(phone__in=subject.phones))
