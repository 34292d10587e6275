"""How far a mailing has come, and going on with one that was stopped."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from rooms.meetings import mailings
from rooms.meetings.models import Mailing, Meeting
from rooms.notices.models import Notice

Status = Notice.Status


@dataclass(frozen=True)
class Progress:
    """Numbers of people. `skipped` are those who get nothing: it was stopped, or need not be."""

    total: int
    sent: int
    failed: int
    skipped: int
    waiting: int

    @property
    def going_on(self) -> bool:
        return self.waiting > 0

    @property
    def done(self) -> int:
        return self.sent + self.failed


def progress(mailing: Mailing) -> Progress:
    """By at most two statements, however many are written to."""
    rows = Notice.objects.filter(mailing=mailing).order_by().values("status")
    counts = {row["status"]: row["n"] for row in rows.annotate(n=Count("pk"))}
    unwritten = 0 if mailing.finished_at else mailings.remaining(mailing).count()
    stopped = mailing.stopped_at is not None
    return Progress(
        total=sum(counts.values()) + unwritten,
        sent=counts.get(Status.SENT, 0),
        failed=counts.get(Status.FAILED, 0),
        skipped=counts.get(Status.SKIPPED, 0) + (unwritten if stopped else 0),
        waiting=counts.get(Status.PENDING, 0)
        + counts.get(Status.SENDING, 0)
        + (0 if stopped else unwritten),
    )


def newest(meeting: Meeting) -> Mailing | None:
    """The last that went to more than one person."""
    found = Mailing.objects.filter(meeting=meeting).exclude(audience=Mailing.Audience.ONE)
    return found.order_by("-created_at", "-id").first()


def resumable(mailing: Mailing) -> bool:
    """Whether what a stopped mailing has left may still be sent: nothing newer took its place."""
    meeting = mailing.meeting
    outdated = meeting.cancelled_at and mailing.kind != Mailing.Kind.CANCELLATION
    return bool(mailing.stopped_at) and not outdated and newest(meeting) == mailing


@transaction.atomic
def resume(mailing: Mailing) -> bool:
    """Send the rest of a stopped mailing: nobody gets it twice. False if it cannot go on."""
    Meeting.objects.locked().get(pk=mailing.meeting_id)
    locked = Mailing.objects.select_for_update(of=("self",)).select_related("meeting")
    mailing = locked.get(pk=mailing.pk)
    if not resumable(mailing):
        return False
    held_back = Notice.objects.filter(
        mailing=mailing, status=Status.SKIPPED, error=mailing.stopped_why
    )
    held_back.update(status=Status.PENDING, error="", due_at=timezone.now())
    Mailing.objects.filter(pk=mailing.pk).update(stopped_at=None, stopped_why="")
    return True
