"""What a page says about calling an invitee: whether that is possible, and how it stands."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from rooms import calls
from rooms.meetings.models import CallRequest, Invitee, Occurrence

Status = CallRequest.Status
UNDER_WAY = frozenset({Status.PLACING, Status.CALLING})


@dataclass(frozen=True)
class Offer:
    """Calling one invitee into one occurrence; `why_not` says why they cannot be called."""

    invitee: Invitee
    occurrence: Occurrence
    request: CallRequest | None
    why_not: str
    going_on: bool

    @property
    def waits(self) -> bool:
        """A call is to come."""
        if self.request:
            return self.request.status == Status.WAITING
        return self.invitee.wants_call

    @property
    def under_way(self) -> bool:
        return self.request is not None and self.request.status in UNDER_WAY


def of(invitee: Invitee, occurrence: Occurrence | None, now: dt.datetime) -> Offer | None:
    """The offer for this occurrence; None where there is none to come."""
    if occurrence is None or occurrence.ends_at <= now:
        return None
    try:
        calls.check_number(invitee.phone)
        why_not = ""
    except ValidationError as error:
        why_not = " ".join(error.messages)
    request = CallRequest.objects.filter(invitee=invitee, occurrence=occurrence).first()
    return Offer(invitee, occurrence, request, why_not, occurrence.starts_at <= now)
