"""What is done to the people of a meeting: invite, change, take off, reply. Pages and API."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.accounts.models import Person, User
from rooms.meetings import mailings, reminders
from rooms.meetings.models import CallRequest, Invitee, Mailing, Meeting, Reply
from rooms.meetings.signals import invitee_replied

MOST = 5000  # to one meeting
PIN_LENGTH = 6
LONG_PIN_LENGTH = 8
LONG_PINS_FROM = 200  # people in a room: beyond, six digits are too easily hit


@dataclass(frozen=True)
class Guest:
    """Somebody to be invited; `email` lower case or "", `phone` E.164 or "", one of them given."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    time_zone: str = ""


@dataclass
class Added:
    """What came of inviting: who is new, and who was on the list already."""

    new: list[Invitee] = field(default_factory=list)
    repeated: list[Guest] = field(default_factory=list)


def add(meeting: Meeting, guests: Iterable[Guest], *, by: User | None, tell: bool = True) -> Added:
    """Invite `guests`; who is on the list already is told back and stays as they are.

    What is not given comes from the account's people list. If `tell`, invitations go out to all
    who were not invited yet. Raises ValidationError beyond `MOST`.
    """
    for _attempt in range(3):
        try:
            return _add(meeting, list(guests), by, tell)
        except IntegrityError:  # somebody else took a PIN, or invited the same person, meanwhile
            continue
    raise ValidationError(_("Somebody else changes this list. Try again."), code="busy")


@transaction.atomic
def _add(meeting: Meeting, guests: list[Guest], by: User | None, tell: bool) -> Added:
    locked = Meeting.objects.locked().select_related("room__account").get(pk=meeting.pk)
    if locked.cancelled_at:
        raise ValidationError(_("This meeting was cancelled. Plan a new one."), code="cancelled")
    there = Invitee.objects.invited().filter(meeting=locked)
    emails = set(there.exclude(email="").values_list("email", flat=True))
    phones = set(there.filter(email="").values_list("phone", flat=True))
    before = there.count()
    added, rows = Added(), []
    for guest in guests:
        if guest.email in emails if guest.email else guest.phone in phones:
            added.repeated.append(guest)
            continue
        (emails if guest.email else phones).add(guest.email or guest.phone)
        rows.append(guest)
    if before + len(rows) > MOST:
        text = _("A meeting has at most %(most)d people; these would make it %(all)d.")
        raise ValidationError(text % {"most": MOST, "all": before + len(rows)}, code="too_many")
    pins = _fresh_pins(locked, len(rows))
    added.new = [
        Invitee(meeting=locked, room_id=locked.room_id, pin=pin, **vars(guest))
        for guest, pin in zip(_completed(locked, rows), pins, strict=True)
    ]
    Invitee.objects.bulk_create(added.new, batch_size=500)
    reminders.look_again(locked)
    if tell and added.new:
        mailings.start(locked, Mailing.Kind.INVITATION, by=by, audience=Mailing.Audience.NEW)
    return added


def add_organizer(meeting: Meeting) -> None:
    """The organizer has a PIN and a join page too; a new meeting alone gets one."""
    user = meeting.organizer
    if user is None:
        return
    Invitee.objects.create(
        meeting=meeting,
        room_id=meeting.room_id,
        name=user.name,
        email=user.email,
        phone=user.phone,
        language=user.language,
        time_zone=user.time_zone,
        pin=_fresh_pins(meeting, 1)[0],
        is_organizer=True,
        reply=Reply.ACCEPTED,
        replied_at=timezone.now(),
    )


def _completed(meeting: Meeting, guests: list[Guest]) -> list[Guest]:
    """With what the account's people list knows of them."""
    wanted = [guest.email for guest in guests if guest.email]
    known: dict[str, Person] = {}
    for start in range(0, len(wanted), 500):
        people = Person.objects.filter(
            account=meeting.room.account_id, email__in=wanted[start : start + 500]
        )
        known.update({person.email: person for person in people})
    return [_with(guest, known.get(guest.email)) for guest in guests]


def _with(guest: Guest, person: Person | None) -> Guest:
    if person is None:
        return guest
    return Guest(
        name=guest.name or person.name,
        email=guest.email,
        phone=guest.phone or person.phone,
        language=guest.language or person.language,
        time_zone=guest.time_zone or person.time_zone,
    )


def _fresh_pins(meeting: Meeting, count: int) -> list[str]:
    """PINs that nobody in the room has or ever had, drawn evenly; the host's is none of them."""
    taken = set(Invitee.objects.filter(room=meeting.room_id).values_list("pin", flat=True))
    taken.add(meeting.room.host_pin)
    length = PIN_LENGTH if len(taken) + count < LONG_PINS_FROM else LONG_PIN_LENGTH
    pins: list[str] = []
    while len(pins) < count:
        pin = f"{secrets.randbelow(10**length):0{length}}"
        if pin not in taken:
            taken.add(pin)
            pins.append(pin)
    return pins


def change(invitee: Invitee, **fields: Any) -> Invitee:
    """Set name, email, phone, language or time_zone. Raises ValidationError."""
    try:
        return _change(invitee, **fields)
    except IntegrityError as error:
        field = "email" if invitee.email else "phone"
        raise ValidationError({field: _("Somebody else on this meeting's list has it.")}) from error


@transaction.atomic
def _change(invitee: Invitee, **fields: Any) -> Invitee:
    for name, value in fields.items():
        setattr(invitee, name, value)
    if not invitee.email and not invitee.phone:
        raise ValidationError({"email": _("Give an e-mail address or a phone number.")})
    invitee.full_clean(exclude=["meeting", "room", "pin", "token"])
    invitee.save(update_fields=list(fields))
    reminders.look_again(invitee.meeting)
    return invitee


@transaction.atomic
def remove(invitee: Invitee, *, by: User | None, tell: bool = True) -> None:
    """Take somebody off the list: PIN and join page stop working; doing it again changes nothing.

    They and their calendar are told if they were invited and `tell`.
    """
    Meeting.objects.locked().get(pk=invitee.meeting_id)
    now = timezone.now()
    if not Invitee.objects.invited().filter(pk=invitee.pk).update(removed_at=now):
        return
    invitee.refresh_from_db(fields=["invited_at"])  # a mailing may have come to them meanwhile
    if tell and invitee.invited_at:
        # A cancellation has to be newer than the invitation, and so has the next invitation.
        Meeting.objects.filter(pk=invitee.meeting_id).update(sequence=F("sequence") + 1)
        mailings.start(
            invitee.meeting,
            Mailing.Kind.CANCELLATION,
            by=by,
            audience=Mailing.Audience.ONE,
            invitee=invitee,
        )


@transaction.atomic
def reply(invitee: Invitee, answer: Reply) -> None:
    """Write down what the invitee answered; the last answer counts.

    Whoever declines is not called either, until they ask for it anew.
    """
    invitee.reply, invitee.replied_at = answer, timezone.now()
    answered = {"reply": answer, "replied_at": invitee.replied_at}
    mine = Invitee.objects.filter(pk=invitee.pk)
    if mine.exclude(reply=answer).update(**answered):
        invitee_replied.send(Invitee, invitee=invitee)
    else:
        mine.update(**answered)
    if answer == Reply.DECLINED:
        waiting = CallRequest.objects.filter(invitee=invitee, status=CallRequest.Status.WAITING)
        waiting.update(status=CallRequest.Status.WITHDRAWN)


def note_opened(invitee: Invitee) -> None:
    """The invitee has opened the join page, for the first time or again."""
    Invitee.objects.filter(pk=invitee.pk, opened_at=None).update(opened_at=timezone.now())
