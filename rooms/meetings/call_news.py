"""What the carrier tells of calls to invitees, and what those who pick up choose.

Every function takes `about` (call_me.about): news of a try that is no longer the current one
changes nothing. Call them in a transaction where something else is written with it.
"""

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone

from rooms.meetings.call_me import AGAIN_AFTER, MOST_TRIES, Status
from rooms.meetings.models import CallRequest

# A call that the carrier never tells the end of does not keep its request for ever.
LONGEST_CALL = dt.timedelta(hours=12)


def _try(about: str) -> QuerySet[CallRequest]:
    pk, _dot, tries = about.rpartition(".")
    return CallRequest.objects.filter(pk=pk, tries=int(tries) if tries.isdecimal() else -1)


def find(about: str) -> CallRequest | None:
    """The request with all that is told to whom it calls, if this is still its current try."""
    return (
        _try(about)
        .select_related("invitee", "occurrence__meeting__room__account")
        .select_related("occurrence__meeting__organizer")
        .first()
    )


def room_of(about: str) -> str | None:
    """The id of the room that the call of this try leads to."""
    pk = about.rpartition(".")[0]
    return CallRequest.objects.filter(pk=pk).values_list("invitee__room", flat=True).first()


def heard(about: str, call: str) -> bool:
    """The carrier has placed the call of this try; False where it is another call, or too late."""
    return bool(
        _try(about)
        .filter(Q(call="") | Q(call=call), status__in=[Status.PLACING, Status.CALLING])
        .update(status=Status.CALLING, call=call, claimed_until=timezone.now() + LONGEST_CALL)
    )


def entered(about: str) -> bool:
    """Whoever was called is in the room now."""
    return bool(_open(about).update(status=Status.ENTERED, error=""))


def declined(about: str) -> bool:
    """Whoever was called does not want to come."""
    return bool(_open(about).update(status=Status.DECLINED, error=""))


def later(about: str) -> bool:
    """Whoever was called wants to be called again; False where there were too many tries."""
    due_at = timezone.now() + AGAIN_AFTER
    mine = _open(about).filter(tries__lt=MOST_TRIES, occurrence__ends_at__gt=due_at)
    return bool(mine.update(status=Status.WAITING, due_at=due_at, error=""))


def not_let_in(about: str) -> None:
    """The room's account lets nobody in now; calling again would not help."""
    _open(about).update(status=Status.FAILED, error="not_let_in")


def machine(about: str) -> None:
    """A voicemail picked up; the carrier hangs up on it."""
    _open(about).update(error="machine")


def ended(about: str, why: str) -> None:
    """The call of this try is over; where nobody came in by it, it is tried again or has failed.

    `why` is one of CallRequest.REASONS; that a voicemail picked up is known from before.
    """
    again = timezone.now() + AGAIN_AFTER
    mine = _open(about)
    if why == "no_key" and mine.filter(error="machine").exists():
        why = "machine"
    if not mine.filter(tries__lt=MOST_TRIES, occurrence__ends_at__gt=again).update(
        status=Status.WAITING, due_at=again, error=why
    ):
        mine.update(status=Status.FAILED, error=why)


def about_call(call: str) -> str:
    """The words that name the try of the call with this id, or "" where it is none of ours."""
    request = CallRequest.objects.filter(call=call).first()
    return f"{request.pk}.{request.tries}" if request else ""


def _open(about: str) -> QuerySet[CallRequest]:
    return _try(about).filter(status__in=[Status.PLACING, Status.CALLING])
