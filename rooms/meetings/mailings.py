"""Writing to the invitees of a meeting: started in one moment, carried out by a sweep, stoppable.

A mailing's notices are written in steps, each one transaction with how far it has come, so that a
killed worker loses none and nobody gets two. What a notice says is composed when it is sent
(letters.py), so it tells the meeting as it is by then. Mailings of one meeting go one after the
other, the oldest first: who is new to the second was perhaps written to by the first.

`Invitee.invited_at` is set for whom an invitation was written that was not held back.
"""

import datetime as dt
import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError

from rooms.accounts.models import User
from rooms.meetings.models import Invitee, Mailing, Meeting, Occurrence
from rooms.notices.models import Notice

log = logging.getLogger(__name__)
Kind = Mailing.Kind
Audience = Mailing.Audience
Channel = Mailing.Channel
Status = Notice.Status
STEP = 200  # invitees in one transaction
TWICE = dt.timedelta(seconds=30)  # the same within it is one press of a button that came twice
NOTICE_KINDS = {
    Kind.INVITATION: Notice.Kind.INVITATION,
    Kind.UPDATE: Notice.Kind.INVITATION,
    Kind.CANCELLATION: Notice.Kind.CANCELLATION,
}


@transaction.atomic
def start(
    meeting: Meeting,
    kind: str,
    *,
    by: User | None,
    audience: str = Audience.ALL,
    invitee: Invitee | None = None,
    occurrence: Occurrence | None = None,
    channel: str = Channel.EMAIL,
) -> Mailing:
    """Begin to write to the invitees; call it in the transaction of what it tells about.

    One to all by e-mail takes the place of what was begun before to all and is not yet sent,
    since it tells the newest. Started again at once, nothing having changed, it is the same one.
    `audience` ONE needs `invitee`.
    """
    changed_at = Meeting.objects.locked().get(pk=meeting.pk).changed_at
    wanted = Mailing(
        meeting=meeting,
        kind=kind,
        audience=audience,
        channel=channel,
        invitee=invitee,
        occurrence=occurrence,
        started_by=by,
    )
    if same := _just_started(wanted, changed_at):
        return same
    if audience == Audience.ALL and channel == Channel.EMAIL and occurrence is None:
        _take_place(wanted)
    wanted.save()
    transaction.on_commit(_nudge)
    return wanted


def resend(invitee: Invitee, channel: str, *, by: User | None) -> Mailing:
    """Send the invitation to one person again. `invitee` has its meeting.

    Raises ValidationError where there is no address for that channel.
    """
    if not (invitee.phone if channel == Channel.SMS else invitee.email):
        text = _("There is no address to send it to.")
        raise ValidationError({"channel": ValidationError(text, code="no_address")})
    return start(
        invitee.meeting,
        Kind.INVITATION,
        by=by,
        audience=Audience.ONE,
        invitee=invitee,
        channel=channel,
    )


def _just_started(wanted: Mailing, changed_at: dt.datetime) -> Mailing | None:
    """One to NEW people is never the same: it is for those who are new by now."""
    if wanted.audience == Audience.NEW:
        return None
    since = max(changed_at, timezone.now() - TWICE)
    there = Mailing.objects.filter(
        meeting=wanted.meeting_id,
        kind=wanted.kind,
        audience=wanted.audience,
        channel=wanted.channel,
        invitee=wanted.invitee_id,
        occurrence=wanted.occurrence_id,
    )
    return there.filter(unsent(), stopped_at=None, created_at__gte=since).first()


def _take_place(wanted: Mailing) -> None:
    """Stop what `wanted` makes needless; it is for those too who have not got that yet."""
    why = _("A newer message took its place.")
    for mailing in _on_its_way(wanted.meeting).filter(channel=wanted.channel):
        if Kind.CANCELLATION not in (wanted.kind, mailing.kind):
            waiting = Notice.objects.filter(mailing=mailing, status=Status.PENDING)
            left = Q(pk__in=remaining(mailing).values("pk")) | Q(pk__in=waiting.values("invitee"))
            Invitee.objects.filter(left, invited_at=None).update(invited_at=timezone.now())
        _stop(mailing, why)


def _on_its_way(meeting: Meeting) -> QuerySet[Mailing]:
    """What goes to all, or to those not invited yet."""
    there = Mailing.objects.filter(meeting=meeting, stopped_at=None, occurrence=None)
    return there.exclude(audience=Audience.ONE).filter(unsent())


def unsent() -> Q:
    """Mailings of which something is still to be written or sent."""
    waiting = Notice.objects.filter(mailing=OuterRef("pk"), status=Status.PENDING)
    return Q(finished_at=None) | Q(Exists(waiting))


@transaction.atomic
def stop_all(meeting: Meeting, *, why: str) -> None:
    """Stop what is on its way to all, or to those not invited yet."""
    for mailing in _on_its_way(meeting):
        stop(mailing, why=why)


@transaction.atomic
def stop(mailing: Mailing, *, why: str = "") -> None:
    """Send no more of it; what has been handed over cannot be taken back.

    Whom it would have invited first is not invited.
    """
    if _stop(mailing, why or _("The mailing was stopped.")):
        held_back = Notice.objects.filter(mailing=mailing, status=Status.SKIPPED)
        forget_invited(Invitee.objects.filter(pk__in=held_back.values("invitee")))


def _stop(mailing: Mailing, why: str) -> bool:
    now = timezone.now()
    going_on = Mailing.objects.filter(pk=mailing.pk, stopped_at=None)
    if not going_on.update(stopped_at=now, stopped_why=why[:100]):
        return False
    Notice.objects.filter(mailing=mailing, status=Status.PENDING).update(
        status=Status.SKIPPED, error=why[:100]
    )
    return True


def forget_invited(people: QuerySet[Invitee]) -> None:
    """Those of them for whom every invitation was held back are not invited yet."""
    people.filter(~Exists(_invitations())).update(invited_at=None)


def _invitations() -> QuerySet[Notice]:
    """Of the invitee of an outer query: those sent, and those that still may be."""
    written = Notice.objects.filter(invitee=OuterRef("pk"), kind=Notice.Kind.INVITATION)
    return written.exclude(status=Status.SKIPPED)


def _nudge() -> None:
    from rooms.meetings.tasks import write_mailings

    try:
        write_mailings.delay()
    except (KombuError, OSError) as error:  # beat asks for it some seconds later
        log.warning("no worker could be nudged: %s", error)


def write_due(*, until: dt.datetime) -> int:
    """Write the notices of what was started, until all are written or time is up."""
    written = 0
    while timezone.now() < until:
        step = _write_step()
        if step is None:
            break
        written += step
    return written


@transaction.atomic
def _write_step() -> int | None:
    """The next notices of the oldest mailing; None where there is nothing to write."""
    older = Mailing.objects.filter(
        meeting=OuterRef("meeting"), finished_at=None, stopped_at=None, pk__lt=OuterRef("pk")
    )
    due = Mailing.objects.filter(~Exists(older), finished_at=None, stopped_at=None)
    mailing = (
        due.select_for_update(of=("self",), skip_locked=True)
        .select_related("meeting__room")
        .order_by("created_at")
        .first()
    )
    if mailing is None:
        return None
    people = list(remaining(mailing).order_by("pk")[:STEP])
    Notice.objects.bulk_create(
        [_notice(mailing, invitee) for invitee in people], ignore_conflicts=True
    )
    if mailing.kind != Kind.CANCELLATION:
        pks = [invitee.pk for invitee in people]
        Invitee.objects.filter(pk__in=pks, invited_at=None).update(invited_at=timezone.now())
    if people:
        mailing.written_up_to = people[-1].pk
    if len(people) < STEP:
        mailing.finished_at = timezone.now()
    mailing.save(update_fields=["written_up_to", "finished_at"])
    return len(people)


def remaining(mailing: Mailing) -> QuerySet[Invitee]:
    """Those whose notice is still to be written."""
    return _recipients(mailing).filter(pk__gt=mailing.written_up_to)


def _recipients(mailing: Mailing) -> QuerySet[Invitee]:
    news = mailing.kind != Kind.INVITATION  # of what they were told before
    if mailing.audience == Audience.ONE:
        people = Invitee.objects.filter(pk=mailing.invitee_id)
    else:
        people = Invitee.objects.invited().filter(
            meeting=mailing.meeting_id, created_at__lte=mailing.created_at
        )
        if mailing.audience == Audience.NEW:
            people = people.filter(~Exists(_invitations()), invited_at=None)
        elif news:
            people = people.exclude(invited_at=None)
    if mailing.channel == Channel.SMS:
        return people.exclude(phone="")
    # Whoever has no e-mail was invited by SMS, and hears of changes in the same way.
    return people.exclude(email="", phone="") if news else people.exclude(email="")


def _notice(mailing: Mailing, invitee: Invitee) -> Notice:
    """What it says is written when it is sent; until then the title stands for it."""
    by_email = mailing.channel == Channel.EMAIL and invitee.email
    return Notice(
        account_id=mailing.meeting.room.account_id,
        room_id=mailing.meeting.room_id,
        invitee=invitee,
        mailing=mailing,
        kind=NOTICE_KINDS[Kind(mailing.kind)],
        channel=Notice.Channel.EMAIL if by_email else Notice.Channel.SMS,
        address=invitee.email if by_email else invitee.phone,
        key=f"{mailing.pk}:{invitee.pk}",
        subject=mailing.meeting.title[:200],
        facts={"what": mailing.kind, "occurrence": mailing.occurrence_id},
    )
