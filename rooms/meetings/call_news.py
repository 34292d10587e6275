"""What the carrier tells of the calls that we place, and what those who pick up choose.

Every function takes `about` (call_me.about): news of a try that is no longer the current one
changes nothing. Call them in a transaction where something else is written with it; one that holds
the room's lock, since open pages of the room are told.
"""

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone

from rooms.conferences.models import Participant
from rooms.meetings import call_in
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
        .select_related("invitee__meeting__room", "person", "room__account", "asked_by")
        .select_related("occurrence__meeting__organizer")
        .first()
    )


def room_of(about: str) -> str | None:
    """The id of the room that the call of this try leads to."""
    pk = about.rpartition(".")[0]
    return CallRequest.objects.filter(pk=pk).values_list("room", flat=True).first()


def heard(about: str, call: str) -> bool:
    """The carrier has placed the call of this try; False where it is another call, or too late."""
    mine = _open(about).filter(Q(call="") | Q(call=call))
    until = timezone.now() + LONGEST_CALL
    return _write(about, mine, status=Status.CALLING, call=call, claimed_until=until)


def entered(about: str) -> bool:
    """Whoever was called is in the room now."""
    return _write(about, _open(about), status=Status.ENTERED, error="")


def declined(about: str) -> bool:
    """Whoever was called does not want to come."""
    return _write(about, _open(about), status=Status.DECLINED, error="")


def later(about: str) -> bool:
    """Whoever was called wants to be called again; False where there were too many tries."""
    due_at = timezone.now() + AGAIN_AFTER
    mine = _open(about).filter(_may_ring_at(due_at))
    return _write(about, mine, status=Status.WAITING, due_at=due_at, error="")


def not_let_in(about: str) -> None:
    """The room lets nobody in now; calling again would not help."""
    _write(about, _open(about), status=Status.FAILED, error="not_let_in")


def machine(about: str) -> None:
    """A voicemail picked up; the carrier hangs up on it."""
    _open(about).update(error="machine")


def ended(about: str, why: str) -> None:
    """The call of this try is over; where nobody came in by it, it is tried again or has failed.

    `why` is one of CallRequest.REASONS; that a voicemail picked up is known from before. One who
    was called in is not called again by itself: whoever asked sees why, and may ask again.
    """
    again = timezone.now() + AGAIN_AFTER
    mine = _open(about)
    if why == "no_key" and mine.filter(error="machine").exists():
        why = "machine"
    retried = mine.filter(_may_ring_at(again), kind=CallRequest.Kind.MEETING)
    if _write(about, retried, status=Status.WAITING, due_at=again, error=why):
        return
    call = mine.exclude(call="").values_list("call", flat=True).first()
    if call and Participant.objects.filter(call=call).exists():  # after the PIN, perhaps
        entered(about)
    else:
        _write(about, mine, status=Status.FAILED, error=why)


def about_call(call: str) -> str:
    """The words that name the try of the call with this id, or "" where it is none of ours."""
    request = CallRequest.objects.filter(call=call).first()
    return f"{request.pk}.{request.tries}" if request else ""


def _may_ring_at(moment: dt.datetime) -> Q:
    """Whether there is a try left, and somebody who waits for it."""
    goes_on = Q(occurrence__ends_at__gt=moment)
    wanted = Q(occurrence=None, created_at__gt=moment - call_in.LASTS)
    return Q(goes_on | wanted, tries__lt=MOST_TRIES)


def _open(about: str) -> QuerySet[CallRequest]:
    return _try(about).filter(status__in=[Status.PLACING, Status.CALLING])


def _write(about: str, mine: QuerySet[CallRequest], **fields: object) -> bool:
    """Whether there was something to write; open pages are told."""
    if not mine.update(**fields):
        return False
    if request := _try(about).first():
        call_in.show(request)
    return True
