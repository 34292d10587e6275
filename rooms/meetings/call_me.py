"""Calling people into a room: who asked, which try it is, what became of it.

Invitees are asked for here, at the start of a meeting; who is called in now is in call_in.py.

One call at a time to one person: a worker takes the request by a conditional update, and where it
is unclear whether the carrier has placed the call (a worker was killed, no answer came) nothing is
dialled again until so much time has passed that a call would have been heard of. What the carrier
tells names the request and the number of the try (`about`), so news of an older try changes
nothing.
"""

import datetime as dt
import logging
import time

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rooms import calls
from rooms.accounts.models import User
from rooms.calls import CallError
from rooms.meetings import call_in
from rooms.meetings.models import CallRequest, Invitee, Occurrence, Reply

log = logging.getLogger(__name__)
Status = CallRequest.Status

MOST_TRIES = 3  # by ourselves; whoever asks anew gets one more
MOST_TRIES_EVER = 6
AGAIN_AFTER = dt.timedelta(minutes=5)
BUSY_AFTER = dt.timedelta(seconds=30)
# A call that was placed rings for 45 seconds at most, so by then the carrier has told of it.
UNCLEAR_FOR = dt.timedelta(seconds=120)
LATEST = dt.timedelta(minutes=15)  # after the start nobody new is called of their own standing wish
PACE = 0.4  # seconds; Vonage takes 3 new calls a second
LOCK = "meetings.call_me"
LOCK_SECONDS = 60


def ask(invitee: Invitee, occurrence: Occurrence, *, by: User | None = None) -> CallRequest:
    """Ask for a call at the start of `occurrence`, or now if it goes on; once, however often asked.

    `by` is the organizer who asks for an invitee. Raises ValidationError.
    """
    calls.check_number(invitee.phone)
    now = timezone.now()
    if invitee.removed_at or not Occurrence.objects.upcoming(now).filter(pk=occurrence.pk).exists():
        raise ValidationError(_("This time is over, or was cancelled."), code="over")
    due_at = max(now, occurrence.starts_at)
    with transaction.atomic():
        fresh = {"asked_by": by, "due_at": due_at, "room_id": invitee.room_id}
        request, _made = CallRequest.objects.select_for_update().get_or_create(
            occurrence=occurrence, invitee=invitee, defaults=fresh
        )
        over = request.status in (Status.FAILED, Status.DECLINED, Status.WITHDRAWN)
        if over or (request.status == Status.ENTERED and not _is_in(request)):
            _ask_again(request, due_at, by)
    return request


def _ask_again(request: CallRequest, due_at: dt.datetime, by: User | None) -> None:
    if request.tries >= MOST_TRIES_EVER:
        text = _("This person was called %(tries)d times. Ask them to dial in.")
        raise ValidationError(text % {"tries": request.tries}, code="tries")
    request.status, request.due_at, request.asked_by = Status.WAITING, due_at, by
    request.error = ""
    request.save(update_fields=["status", "due_at", "asked_by", "error"])


def withdraw(invitee: Invitee, occurrence: Occurrence) -> None:
    """Call no more; a phone that rings already goes on ringing.

    That holds for this time alone, and against a standing wish too.
    """
    mine = CallRequest.objects.filter(invitee=invitee, occurrence=occurrence)
    mine.filter(status=Status.WAITING).update(status=Status.WITHDRAWN)
    if invitee.wants_call and not mine.exists():
        fresh = CallRequest(invitee=invitee, occurrence=occurrence, due_at=occurrence.starts_at)
        fresh.room_id, fresh.status = invitee.room_id, Status.WITHDRAWN
        CallRequest.objects.bulk_create([fresh], ignore_conflicts=True)


def set_standing(invitee: Invitee, wanted: bool) -> None:
    """Whether the invitee is to be called at every start. Raises ValidationError."""
    if wanted:
        calls.check_number(invitee.phone)
    Invitee.objects.filter(pk=invitee.pk).update(wants_call=wanted)
    if not wanted:  # whoever else asked for the call
        CallRequest.objects.filter(invitee=invitee, status=Status.WAITING).update(
            status=Status.WITHDRAWN
        )


def write_standing(now: dt.datetime) -> int:
    """Make requests of standing wishes for what starts now; returns how many."""
    starting = Occurrence.objects.taking_place().filter(
        starts_at__lte=now, starts_at__gt=now - LATEST, ends_at__gt=now
    )
    written = CallRequest.objects.filter(occurrence=OuterRef("pk"), invitee=OuterRef("wanting"))
    wanting = starting.filter(
        meeting__invitees__wants_call=True,
        meeting__invitees__removed_at=None,
        meeting__invitees__reply__in=(Reply.NONE, Reply.ACCEPTED),
    ).annotate(wanting=F("meeting__invitees__pk"))
    facts = ("pk", "wanting", "meeting__room", "starts_at")
    due = wanting.filter(~Exists(written)).values_list(*facts)
    requests = [
        CallRequest(occurrence_id=occurrence, invitee_id=invitee, room_id=room, due_at=starts_at)
        for occurrence, invitee, room, starts_at in due[:500]
    ]
    CallRequest.objects.bulk_create(requests, ignore_conflicts=True)
    return len(requests)


def place_due(*, until: dt.datetime) -> int:
    """Call those who are due, until none is left or time is up; returns how many were dialled.

    One worker at a time, so that the carrier's limit on new calls holds.
    """
    if not _due(timezone.now()).exists() or not cache.add(LOCK, True, LOCK_SECONDS):
        return 0
    try:
        placed = 0
        while timezone.now() < until and (request := _take_next(timezone.now())):
            placed += _place(request)
        return placed
    finally:
        cache.delete(LOCK)


def _due(now: dt.datetime) -> QuerySet[CallRequest]:
    unclear = Q(status__in=[Status.PLACING, Status.CALLING], claimed_until__lte=now)
    return CallRequest.objects.filter(Q(status=Status.WAITING) | unclear, due_at__lte=now)


def _take_next(now: dt.datetime) -> CallRequest | None:
    """The next due request, taken for one more try: one changed row means that it is ours."""
    for pk in _due(now).order_by("due_at").values_list("pk", flat=True)[:20]:
        taken = (
            _due(now)
            .filter(pk=pk)
            .update(
                status=Status.PLACING,
                claimed_until=now + UNCLEAR_FOR,
                tries=F("tries") + 1,
                call="",
            )
        )
        if taken:
            known = CallRequest.objects.select_related("occurrence__meeting__room")
            request = known.select_related("room__account", "invitee", "person").get(pk=pk)
            call_in.show(request)
            return request
    return None


def _place(request: CallRequest) -> bool:
    """Dial, unless the call is no longer wanted. A fault of one keeps nobody else from a call."""
    with translation.override(request.room.account.language):
        if settled := _settled(request):
            _write(request, **settled)
            return False
        try:
            calls.check_number(request.number)
            uuid = calls.place(to=request.number, room_id=request.room_id, about=about(request))
        except (CallError, ValidationError) as error:
            _not_placed(request, error)
            return False
        except Exception:  # it may ring by now: only the carrier's news, or time, will tell
            log.exception("call request %s could not be carried out", request.pk)
            return False
    CallRequest.objects.filter(pk=request.pk, tries=request.tries, call="").update(call=uuid)
    time.sleep(PACE)
    return True


def _settled(request: CallRequest) -> dict[str, object] | None:
    """What to write instead of calling, where no call is wanted."""
    now = timezone.now()
    if request.tries > MOST_TRIES_EVER:
        return {"status": Status.FAILED, "error": _("The carrier told nothing of the call.")}
    found = _settled_meeting(request, now) if request.occurrence else call_in.settled(request, now)
    if found is None and _is_in(request):
        return {"status": Status.ENTERED, "tries": F("tries") - 1}
    return found


def _settled_meeting(request: CallRequest, now: dt.datetime) -> dict[str, object] | None:
    occurrence, invitee = request.occurrence, request.invitee
    assert occurrence is not None
    if invitee is None or invitee.removed_at:
        return {"status": Status.WITHDRAWN, "error": _("They were taken off the list.")}
    if not Occurrence.objects.taking_place().filter(pk=occurrence.pk).exists():
        return {"status": Status.WITHDRAWN, "error": _("The meeting was cancelled.")}
    if occurrence.ends_at <= now:
        return {"status": Status.FAILED, "error": request.error or _("The meeting was over.")}
    if occurrence.starts_at > now:  # it was moved
        return {
            "status": Status.WAITING,
            "due_at": occurrence.starts_at,
            "tries": F("tries") - 1,
        }
    return None


def _is_in(request: CallRequest) -> bool:
    return call_in.is_in(request.room_id, request.number, request.invitee)


def _not_placed(request: CallRequest, error: CallError | ValidationError) -> None:
    why = str(error) if isinstance(error, CallError) else " ".join(error.messages)
    if isinstance(error, ValidationError) or error.permanent:
        _write(request, status=Status.FAILED, error=why[:300])
    elif error.unclear:
        _write(request, error=why[:300])
    else:  # it did not ring, so it was no try
        due_at = timezone.now() + BUSY_AFTER
        _write(request, status=Status.WAITING, due_at=due_at, error=why[:300], tries=F("tries") - 1)


def _write(request: CallRequest, **fields: object) -> None:
    """Unless the try has been overtaken by another, or by news of it."""
    mine = CallRequest.objects.filter(pk=request.pk, tries=request.tries, status=Status.PLACING)
    if mine.update(**fields):
        call_in.show(request)


def about(request: CallRequest) -> str:
    """Names the request and the try, in what the carrier tells."""
    return f"{request.pk}.{request.tries}"
