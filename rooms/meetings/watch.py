"""Looks after meetings while they go on and when they are over, and tells their hosts.

Each thing is told once: the mark on the occurrence and the notices are one transaction. Sweeps may
be away for long: what is still worth knowing is told later.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from ulid import ULID

from rooms import dial_in
from rooms.accounts.models import Membership, Role, User
from rooms.meetings import attendance, ways
from rooms.meetings.attendance import Attendance, Row
from rooms.meetings.models import Invitee, Meeting, Occurrence
from rooms.meetings.models.meeting import LONGEST
from rooms.notices import outbox
from rooms.notices.models import Notice

log = logging.getLogger(__name__)

PATIENCE = dt.timedelta(minutes=5)  # hosts may be late by so much before they are told
LONGEST_AFTER = dt.timedelta(hours=4)  # a report waits for those still on the line no longer
WORTH_KNOWING = dt.timedelta(days=7)
MOST_LINES = 60  # of a report by mail; its page shows all
MOST_AT_ONCE = 500


def tell_waiting(now: dt.datetime) -> int:
    """Tell the hosts whose people have been waiting since the start; returns for how many."""
    due = Occurrence.objects.taking_place().filter(
        starts_at__gte=now - dt.timedelta(minutes=LONGEST),
        starts_at__lte=now - PATIENCE,
        ends_at__gt=now,
        waiting_told_at=None,
        meeting__room__open_conference__isnull=False,
        meeting__room__hosts_in=0,
    )
    found = due.values_list("pk", flat=True)[:MOST_AT_ONCE]
    return sum(_alone(_tell_waiting, pk, now) for pk in found)


@transaction.atomic
def _tell_waiting(pk: str, now: dt.datetime) -> bool:
    occurrence = _held(pk)
    if occurrence is None or occurrence.waiting_told_at or occurrence.cancelled_at:
        return False
    found = attendance.of(occurrence, now)
    waiting = [row for row in found.rows if row.left is None]
    if not waiting or _host_came(found):
        return False
    Occurrence.objects.filter(pk=pk).update(waiting_told_at=now)
    for host in _hosts(occurrence.meeting):
        _tell_host(occurrence, host, waiting)
    return True


def _tell_host(occurrence: Occurrence, host: User, waiting: list[Row]) -> None:
    """Each has a PIN of their own."""
    meeting = occurrence.meeting
    me = Q(email=host.email)
    if host.pk == meeting.organizer_id:
        me |= Q(is_organizer=True)
    mine = Invitee.objects.invited().filter(me, meeting=meeting).first()
    if mine:
        mine.meeting = meeting
    found = ways.of(mine) if mine else dial_in.ways_into(meeting.room)
    context = {
        "waiting": waiting[:MOST_LINES],
        "count": len(waiting),
        "way": found[0] if found else None,
    }
    # One that is moved after this is told anew.
    key = f"{occurrence.pk}:{occurrence.starts_at:%Y%m%d%H%M}"
    _record(occurrence, Notice.Kind.WAITING, key, [host], context)


def settle(now: dt.datetime) -> int:
    """Report what is over, or that nobody came; returns how many were settled."""
    due = Occurrence.objects.filter(settled_at=None, cancelled_at=None, ends_at__lte=now)
    found = due.order_by("ends_at").values_list("pk", flat=True)
    return sum(_alone(_settle, pk, now) for pk in found[:MOST_AT_ONCE])


def _alone(tell: Callable[[str, dt.datetime], bool], pk: str, now: dt.datetime) -> bool:
    try:
        return tell(pk, now)
    except Exception:  # a fault in one must not keep the others from being told
        log.exception("hosts could not be told of occurrence %s", pk)
        return False


@transaction.atomic
def _settle(pk: str, now: dt.datetime) -> bool:
    occurrence = _held(pk)
    if occurrence is None or occurrence.settled_at or occurrence.ends_at > now:
        return False
    if _is_told(occurrence, now):
        found = attendance.of(occurrence, now)
        if found.going_on and now < occurrence.ends_at + LONGEST_AFTER:
            return False
        _report(found)
    Occurrence.objects.filter(pk=pk).update(settled_at=now)
    return True


def _held(pk: str) -> Occurrence | None:
    """Locked, with what is needed of it; None where another sweep has it in hand."""
    rows = Occurrence.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("meeting__room__account", "meeting__organizer").filter(pk=pk).first()


def _is_told(occurrence: Occurrence, now: dt.datetime) -> bool:
    """Not what was called off before, written down afterwards, or is long past."""
    meeting, end = occurrence.meeting, occurrence.ends_at
    ends = (occurrence.cancelled_at, meeting.cancelled_at, meeting.room.archived_at)
    if any(moment is not None and moment <= end for moment in ends):
        return False
    return _written_at(occurrence) < end and now - end <= WORTH_KNOWING


def _written_at(occurrence: Occurrence) -> dt.datetime:
    """An id tells when its row was made."""
    return ULID.from_str(occurrence.pk.partition("_")[2].upper()).datetime


def _report(found: Attendance) -> None:
    occurrence = found.occurrence
    meeting = occurrence.meeting
    if not found.rows:
        context = {"absent": found.absent[:MOST_LINES], "count": len(found.absent)}
        _record(occurrence, Notice.Kind.MISSED, occurrence.pk, _organizer(meeting), context)
        return
    context = {
        "found": found,
        "rows": found.rows[:MOST_LINES],
        "more": max(0, len(found.rows) - MOST_LINES),
        "absent": found.absent[:MOST_LINES],
        "more_absent": max(0, len(found.absent) - MOST_LINES),
    }
    _record(occurrence, Notice.Kind.REPORT, occurrence.pk, _organizer(meeting), context)


def _record(
    occurrence: Occurrence, kind: str, key: str, to: list[User], context: dict[str, object]
) -> None:
    meeting = occurrence.meeting
    outbox.record(
        meeting.room.account,
        kind=kind,
        key=f"{kind}:{key}",
        template=f"reports/notices/{kind}.txt",
        context={"meeting": meeting, "occurrence": occurrence, "room": meeting.room, **context},
        room=meeting.room,
        to=to,
    )


def _host_came(found: Attendance) -> bool:
    """Whether somebody came who may begin: the organizer, or a member of the account."""
    invitees = [row.invitee for row in found.rows if row.invitee]
    if any(invitee.is_organizer for invitee in invitees):
        return True
    account = found.occurrence.meeting.room.account_id
    members = User.objects.filter(accounts=account, is_active=True)
    numbers = {row.number for row in found.rows if row.number}
    emails = {invitee.email for invitee in invitees if invitee.email}
    return members.filter(phone__in=numbers).exists() or members.filter(email__in=emails).exists()


def _organizer(meeting: Meeting) -> list[User]:
    """Whose meeting it is, if still a member of the account; else its owners."""
    members = Membership.objects.filter(account=meeting.room.account_id, user__is_active=True)
    mine = members.filter(user=meeting.organizer_id)
    found = mine or members.filter(role=Role.OWNER)
    return [member.user for member in found.select_related("user").order_by("pk")]


def _hosts(meeting: Meeting) -> list[User]:
    """The organizer, and the members who are invited."""
    emails = Invitee.objects.invited().filter(meeting=meeting).exclude(email="").values("email")
    invited = User.objects.filter(
        accounts=meeting.room.account_id, is_active=True, email__in=emails
    )
    return list({user.pk: user for user in (*_organizer(meeting), *invited)}.values())
