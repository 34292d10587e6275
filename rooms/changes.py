"""What is done to a room: make, change, archive, give a new code. Pages and API call these."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.dispatch import Signal, receiver
from django.utils import timezone

from rooms import access_codes
from rooms.accounts.closing import account_closed
from rooms.accounts.models import Account
from rooms.conferences import actions, commands
from rooms.models import Room

# Sent with `room` inside the transaction that archives it, while it still has its code.
room_archived = Signal()
# Sent with `room` and `what` was done to it ("made", "changed", "code_rotated" or "archived") when
# all of that is written, inside its transaction. What changes nothing is not told.
room_changed = Signal()


@transaction.atomic
def make(account: Account, *, name: str, language: str = "", **fields: Any) -> Room:
    """A new room of `account` with an access code; its language is the account's if not given.

    `fields` are those that `change` sets too.
    """
    shown_numbers = fields.pop("shown_numbers", [])
    room = Room.objects.create(
        account=account, name=name, language=language or account.language, **fields
    )
    room.shown_numbers.set(shown_numbers)
    access_codes.give(room, timezone.now())
    room_changed.send(Room, room=room, what="made")
    return room


@transaction.atomic
def change(room: Room, **fields: Any) -> Room:
    """Set what an organizer chooses for a room, as `name`, `guest_pin` or `shown_numbers`.

    Whoever waits for a host is let in where nobody needs to any more.
    """
    differs = _differs(Room.objects.locked().get(pk=room.pk), fields)
    shown_numbers = fields.pop("shown_numbers", None)
    for field, value in fields.items():
        setattr(room, field, value)
    room.save(update_fields=list(fields))
    if fields.get("waits_for_host") is False:
        actions.let_in(room, commands.SERVICE)
    if shown_numbers is not None:
        room.shown_numbers.set(shown_numbers)
    _tell_open_pages(room)
    if differs:
        room_changed.send(Room, room=room, what="changed")
    return room


def _differs(before: Room, fields: Mapping[str, Any]) -> bool:
    """Whether one of `fields` is not what the room has; a form may have set them on its own row."""
    wished = dict(fields)
    numbers = wished.pop("shown_numbers", None)
    if numbers is not None and set(numbers) != set(before.shown_numbers.all()):
        return True
    return any(getattr(before, field) != value for field, value in wished.items())


@transaction.atomic
def archive(room: Room) -> Room:
    """Close the room for good: its code is retired; who is on the line now stays.

    What else becomes of what was planned in it, receivers of `room_archived` do.
    """
    room = Room.objects.locked().get(pk=room.pk)
    if room.archived_at is None:
        now = timezone.now()
        room.archived_at = now
        room.save(update_fields=["archived_at"])
        # Before the code goes, which takes the whole row: who holds a meeting may need the room.
        room_archived.send(Room, room=room)
        access_codes.retire(room, now)
        _tell_open_pages(room)
        room_changed.send(Room, room=room, what="archived")
    return room


@receiver(account_closed)
def archive_all(account: Account, **_kwargs: Any) -> None:
    """An account that is closed keeps no room open."""
    for room in Room.objects.active().filter(account=account).order_by("pk"):
        archive(room)


@transaction.atomic
def rotate_code(room: Room) -> Room:
    """Give the room a new code; the old one leads nowhere from now on. Who is in stays.

    Raises Room.DoesNotExist if the room was archived meanwhile.
    """
    room = Room.objects.active().locked().get(pk=room.pk)
    access_codes.give(room, timezone.now())
    _tell_open_pages(room)
    room_changed.send(Room, room=room, what="code_rotated")
    return room


def _tell_open_pages(room: Room) -> None:
    """Whoever has the room's page open sees the change there; the live process looks by itself."""
    Room.objects.filter(pk=room.pk).update(live_version=F("live_version") + 1)
