"""What became of each invitee: invited, reminded, to be called, there. For page and API.

However many are asked for, it takes the same few statements.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from rooms.conferences.models import Participant
from rooms.meetings.models import CallRequest, Invitee, Meeting
from rooms.notices.models import Notice

Invitation = Literal["none", "waiting", "sent", "arrived", "failed", "not_sent"]
Status = Notice.Status
_INVITATION: dict[str, Invitation] = {
    Status.PENDING: "waiting",
    Status.SENDING: "waiting",
    Status.SENT: "sent",
    Status.FAILED: "failed",
    Status.SKIPPED: "not_sent",
}


@dataclass(frozen=True)
class State:
    """`invitation` tells the newest one written, `why` what went wrong: where it still waits, it is
    tried again. `invited_at` is when it was sent or arrived, `channel` how. `call` is the request
    for the latest time of the meeting that has one. `joined_at` is the last time they came.
    """

    invitation: Invitation = "none"
    why: str = ""
    channel: str = ""
    invited_at: dt.datetime | None = None
    reminded_at: dt.datetime | None = None
    joined_at: dt.datetime | None = None
    call: CallRequest | None = None


def states(meeting: Meeting, invitees: Iterable[Invitee]) -> dict[str, State]:
    """By the id of each of these invitees of the meeting."""
    pks = [invitee.pk for invitee in invitees]
    letters = {notice.invitee_id: notice for notice in _newest_invitations(pks)}
    reminded = _last(
        Notice.objects.filter(kind=Notice.Kind.REMINDER, status=Status.SENT), "sent_at", pks
    )
    joined = _last(Participant.objects.all(), "joined_at", pks)
    calls = {request.invitee_id: request for request in _newest_calls(meeting, pks)}
    return {
        pk: _state(letters.get(pk), reminded.get(pk), joined.get(pk), calls.get(pk)) for pk in pks
    }


def failed(meeting: Meeting) -> QuerySet[Invitee]:
    """Who is still invited, and whose newest invitation failed."""
    letters = Notice.objects.filter(invitee=OuterRef("pk"), kind=Notice.Kind.INVITATION)
    newer = Notice.objects.filter(
        Q(created_at__gt=OuterRef("created_at"))
        | Q(created_at=OuterRef("created_at"), pk__gt=OuterRef("pk")),
        invitee=OuterRef("invitee"),
        kind=Notice.Kind.INVITATION,
    )
    newest_failed = letters.filter(~Exists(newer), status=Status.FAILED)
    return Invitee.objects.invited().filter(Exists(newest_failed), meeting=meeting)


def _state(
    letter: Notice | None,
    reminded_at: dt.datetime | None,
    joined_at: dt.datetime | None,
    call: CallRequest | None,
) -> State:
    if letter is None:
        return State(reminded_at=reminded_at, joined_at=joined_at, call=call)
    return State(
        invitation="arrived" if letter.delivered_at else _INVITATION[letter.status],
        why=letter.error,
        channel=letter.channel,
        invited_at=letter.delivered_at or letter.sent_at,
        reminded_at=reminded_at,
        joined_at=joined_at,
        call=call,
    )


def _newest_invitations(pks: list[str]) -> Iterable[Notice]:
    """A long series may have many of each; all but the newest stay in the database."""
    place = Window(
        RowNumber(), partition_by=F("invitee"), order_by=[F("created_at").desc(), F("id").desc()]
    )
    found = Notice.objects.filter(invitee__in=pks, kind=Notice.Kind.INVITATION)
    return found.annotate(place=place).filter(place=1).defer("text").order_by()


def _newest_calls(meeting: Meeting, pks: list[str]) -> Iterable[CallRequest]:
    place = Window(
        RowNumber(), partition_by=F("invitee"), order_by=[F("occurrence__starts_at").desc()]
    )
    found = CallRequest.objects.filter(invitee__in=pks, occurrence__meeting=meeting)
    return found.annotate(place=place).filter(place=1).select_related("occurrence").order_by()


def _last(
    rows: "QuerySet[Notice] | QuerySet[Participant]", field: str, pks: list[str]
) -> dict[str, dt.datetime]:
    found = rows.filter(invitee__in=pks).order_by().values("invitee").annotate(last=Max(field))
    return {row["invitee"]: row["last"] for row in found}
