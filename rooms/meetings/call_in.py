"""Calling somebody into a room now, meeting or not.

An organizer calls in whom the account knows, and whoever texts a room's code is called back. Each
is one call; call_me.py dials, by the same rules for numbers, money and tries.
"""

import datetime as dt
import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError

from rooms import calls
from rooms.accounts.models import BlockedNumber, Person, User
from rooms.conferences import commands, presence
from rooms.conferences.models import Participant
from rooms.meetings.models import CallRequest, Invitee, Occurrence
from rooms.models import Room

log = logging.getLogger(__name__)
Kind, Status = CallRequest.Kind, CallRequest.Status
OPEN = (Status.WAITING, Status.PLACING, Status.CALLING)

MOST_TRIES = 6  # to one person of an account
TRIES_COUNT = dt.timedelta(hours=12)
BACK_AN_HOUR = 3  # calls to one number, whatever it texts
# Whoever wanted the call expects it no more; a call may be asked for again in five minutes, twice.
LASTS = dt.timedelta(minutes=20)
SOON = dt.timedelta(seconds=60)  # a call that is due by then is about to be placed
INVITED_FOR = dt.timedelta(days=1)  # after the last time of a meeting


def callable_invitees(room: Room, now: dt.datetime) -> QuerySet[Invitee]:
    """Those with a phone who are invited to a meeting in the room that is not long over."""
    lately = Occurrence.objects.taking_place().filter(
        meeting=OuterRef("meeting"), ends_at__gt=now - INVITED_FOR
    )
    people = Invitee.objects.invited().filter(room=room, meeting__cancelled_at=None)
    return people.filter(Exists(lately)).exclude(phone="")


def callable_people(room: Room) -> QuerySet[Person]:
    """Those with a phone on the people list of the room's account."""
    return Person.objects.filter(account=room.account_id).exclude(phone="")


@transaction.atomic
def ask(
    room: Room, *, by: User | None, invitee: Invitee | None = None, person: Person | None = None
) -> CallRequest:
    """Have one of them called into the room now; the same call where they are being called.

    Raises ValidationError. Who was removed from the room may be called in again: an organizer
    decides that.
    """
    now = timezone.now()
    room = Room.objects.locked().select_related("account").get(pk=room.pk)
    known = invitee or person
    if known is None or not _is_known(room, invitee, person, now):
        text = _("Only people who are invited to this room, or on your people list, are called.")
        raise ValidationError(text, code="unknown")
    calls.check_number(known.phone)
    going_on = CallRequest.objects.filter(
        room=room, phone=known.phone, kind=Kind.CALLED_IN, status__in=OPEN
    ).first()
    if going_on:
        return going_on
    _check_room(room, known.phone, now)
    _check_tries(room, known.phone, now)
    request = CallRequest.objects.create(
        kind=Kind.CALLED_IN,
        room=room,
        phone=known.phone,
        invitee=invitee,
        person=None if invitee else person,
        asked_by=by,
        due_at=now,
    )
    commands.show(room)
    nudge_on_commit()
    return request


def call_back(room: Room, phone: str, now: dt.datetime) -> CallRequest:
    """Have whoever texted the room's code called; in a transaction. Raises ValidationError.

    Its code is `pending` where the number is being called already, `often` where it was called as
    often as may be, or one of calls.check_number.
    """
    calls.check_number(phone)
    texted = CallRequest.objects.filter(kind=Kind.TEXTED, phone=phone)
    if texted.filter(status__in=OPEN).exists():
        raise ValidationError(_("This number is being called."), code="pending")
    if texted.filter(created_at__gt=now - dt.timedelta(hours=1)).count() >= BACK_AN_HOUR:
        raise ValidationError(_("This number was called too often."), code="often")
    request = CallRequest(kind=Kind.TEXTED, room=room, phone=phone, due_at=now, created_at=now)
    CallRequest.objects.bulk_create([request], ignore_conflicts=True)
    nudge_on_commit()
    return request


def withdraw(request: CallRequest) -> None:
    """Call no more; a phone that rings already goes on ringing."""
    waiting = CallRequest.objects.filter(pk=request.pk, status=Status.WAITING)
    if waiting.update(status=Status.WITHDRAWN):
        show(request)


def settled(request: CallRequest, now: dt.datetime) -> dict[str, object] | None:
    """What to write instead of calling, where no call is wanted any more."""
    if now > request.created_at + LASTS:
        error = request.error or _("The call could not be placed in time.")
        return {"status": Status.FAILED, "error": error}
    if request.room.archived_at:
        return {"status": Status.WITHDRAWN, "error": _("The room was archived.")}
    gone = request.invitee.removed_at if request.invitee else request.person is None
    if request.kind == Kind.CALLED_IN and gone:
        return {"status": Status.WITHDRAWN, "error": _("They were taken off the list.")}
    return None


def is_in(room_id: str, phone: str, invitee: Invitee | None = None) -> bool:
    """Whether somebody is in the room: by the PIN or an earlier call, or by the number."""
    who = Q(caller=phone) if phone else Q(pk=None)
    if invitee:
        who |= Q(invitee=invitee)
    return Participant.objects.filter(who, room=room_id, left_at=None).exists()


def show(request: CallRequest) -> None:
    """Open pages of the room show how the call stands, where an organizer asked for it there."""
    if request.kind == Kind.CALLED_IN:
        commands.show(Room(pk=request.room_id))


def nudge_on_commit() -> None:
    """Have a worker look for calls that are due."""
    transaction.on_commit(_nudge)


def _nudge() -> None:
    from rooms.meetings.tasks import call

    try:
        call.delay()
    except (KombuError, OSError) as error:  # beat asks for it some seconds later
        log.warning("no worker could be nudged: %s", error)


def _is_known(room: Room, invitee: Invitee | None, person: Person | None, now: dt.datetime) -> bool:
    if invitee:
        invited = Invitee.objects.invited().filter(pk=invitee.pk, room=room)
        return callable_invitees(room, now).filter(pk=invitee.pk).exists() or (
            not invitee.phone and invited.exists()  # they are told that there is no number
        )
    return person is not None and person.account_id == room.account_id


def _check_room(room: Room, phone: str, now: dt.datetime) -> None:
    """Raises ValidationError where whoever is called could not enter, or has."""
    if room.archived_at:
        raise ValidationError(_("This room is archived."), code="archived")
    if not presence.lets_in(room, now):
        raise ValidationError(_("The room lets nobody in at the moment."), code="not_let_in")
    if is_in(room.pk, phone):
        raise ValidationError(_("They are on the line already."), code="in")
    if room.locked:
        raise ValidationError(_("The room is locked. Unlock it first."), code="locked")
    if presence.is_full(room):
        raise ValidationError(_("The room is full."), code="full")
    if BlockedNumber.objects.filter(account=room.account_id, number=phone).exists():
        raise ValidationError(_("This number is blocked. Unblock it first."), code="blocked")


def _check_tries(room: Room, phone: str, now: dt.datetime) -> None:
    """Raises ValidationError where the account has had the number called often enough."""
    lately = CallRequest.objects.filter(
        kind=Kind.CALLED_IN,
        phone=phone,
        created_at__gt=now - TRIES_COUNT,
        room__account=room.account_id,
    )
    tries = lately.aggregate(sum=Sum("tries"))["sum"] or 0
    if tries >= MOST_TRIES:
        text = _("This person was called %(tries)d times. Ask them to dial in.")
        raise ValidationError(text % {"tries": tries}, code="tries")
