"""What hosts and organizers do to a conference: pages, the API and keys call these.

Every function takes the room's lock in a transaction of its own and raises ValidationError, with
a text fit to be shown, where it can't be done. What a call is asked for is pending until the
carrier has done it (commands.py); the rest is done when the function returns.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.conferences import commands, leaving, presence, recording_rules
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Conference, Participant
from rooms.ids import new_id
from rooms.models import Room

Kind: TypeAlias = Command.Kind
LeftWhy: TypeAlias = Participant.LeftWhy
LONGEST_TEXT = 500  # of an announcement; a talk takes 1500 characters


@transaction.atomic
def mute(stay: Participant, on: bool, by: By) -> Command:
    """Nobody hears the participant, or all do again."""
    return _ask(stay, Kind.MUTE if on else Kind.UNMUTE, by)


@transaction.atomic
def mute_all(room: Room, by: By) -> list[Command]:
    """Mute everybody who is in, but hosts."""
    room = live_room(room)
    back = Command.objects.pending().filter(kind=Kind.UNMUTE, participant__room=room)
    unmuting = set(back.values_list("participant", flat=True))
    guests = [
        stay
        for stay in there(room)
        if not (stay.is_host or stay.waiting) and (not stay.muted or stay.pk in unmuting)
    ]
    return commands.write(room, [_asked(stay, Kind.MUTE, by) for stay in guests])


@transaction.atomic
def hold(stay: Participant, on: bool, by: By) -> Command:
    """The participant hears music and nobody, and nobody hears them; or they are back."""
    room, stay = _both(stay)
    if on and stay.waiting:
        raise ValidationError(_("They wait for a host, and hear music already."), code="waiting")
    asked = Command.objects.pending().filter(participant=stay, kind=Kind.HOLD)
    if not (on or stay.held or asked.exists()):
        raise ValidationError(_("They are not on hold."), code="not_held")
    return commands.write(room, [_asked(stay, Kind.HOLD if on else Kind.UNHOLD, by)])[0]


@transaction.atomic
def remove(stay: Participant, by: By) -> Command:
    """Hang the participant up; their number alone does not bring them back."""
    return _ask(stay, Kind.REMOVE, by, why=LeftWhy.REMOVED)


@transaction.atomic
def move(stay: Participant, by: By) -> Command:
    """Lead the participant out of the room, to key another code."""
    return _ask(stay, Kind.MOVE, by, why=LeftWhy.MOVED)


@transaction.atomic
def promote(stay: Participant, by: By) -> Command:
    """Make the participant a host; where guests wait for one, all are let in."""
    room, stay = _both(stay)
    if stay.is_host:
        raise ValidationError(_("They are a host already."), code="host")
    waited = stay.waiting
    stay.role = Participant.Role.HOST
    stay.save(update_fields=["role"])
    asked = [_noted(stay, Kind.PROMOTE, by)]
    return commands.write(room, [*asked, *_begin(room, [stay] if waited else [], by)])[0]


@transaction.atomic
def let_in(room: Room, by: By) -> None:
    """Let all in who wait, without a host; nobody may be waiting."""
    room = Room.objects.locked().select_related("account").get(pk=room.pk)
    if room.people_waiting:
        commands.write(room, _begin(room, [stay for stay in there(room) if stay.waiting], by))


def _begin(room: Room, waited: list[Participant], by: By) -> list[Command]:
    """Nobody waits any more; the calls of these start the conversation, and its recording."""
    now = timezone.now()
    presence.begin(room, now)
    leaving.recount(room, now)
    if waited and room.recording_id is None and recording_rules.wanted(room):
        recording_rules.from_the_first(room.pk, waited[0].conference_id, now)
    return [_asked(stay, Kind.BEGIN, by) for stay in waited]


@transaction.atomic
def raise_hand(stay: Participant, up: bool, by: By) -> Command:
    """Show that the participant wants to speak, or no more."""
    room, stay = _both(stay)
    changed = up == (stay.hand_raised_at is None)
    stay.hand_raised_at = (stay.hand_raised_at or timezone.now()) if up else None
    stay.save(update_fields=["hand_raised_at"])
    kind = Kind.RAISE_HAND if up else Kind.LOWER_HAND
    return commands.write(room, [_noted(stay, kind, by)], changed=changed)[0]


@transaction.atomic
def lock(room: Room, on: bool, by: By) -> Command:
    """Let no guest in until it is unlocked, or everybody has left."""
    room = live_room(room)
    changed = room.locked != on
    room.locked = on
    room.save(update_fields=["locked"])
    asked = _of_all(room, Kind.LOCK if on else Kind.UNLOCK, by)
    return commands.write(room, [asked], changed=changed)[0]


@transaction.atomic
def silence(room: Room, on: bool, by: By) -> Command:
    """Announce nobody's coming and going for the rest of this conference, or do again."""
    room = live_room(room)
    Conference.objects.filter(pk=room.open_conference_id).update(silenced=on)
    kind = Kind.SILENCE if on else Kind.UNSILENCE
    return commands.write(room, [_of_all(room, kind, by)])[0]


@transaction.atomic
def announce(room: Room, text: str, by: By) -> list[Command]:
    """Say `text` to everybody on the line, in the room's language."""
    room = live_room(room)
    words = " ".join(text.split())
    if not words:
        raise ValidationError(_("Write what is to be said."), code="empty")
    if len(words) > LONGEST_TEXT:
        why = _("Write no more than %(most)d characters.") % {"most": LONGEST_TEXT}
        raise ValidationError(why, code="long")
    return say_to(room, there(room), words, about=new_id(commands.ANNOUNCEMENT), by=by)


@transaction.atomic
def end(room: Room, by: By, why: str = LeftWhy.ENDED) -> list[Command]:
    """Hang everybody up."""
    room = live_room(room)
    stays = there(room)
    asked = [_asked(stay, Kind.REMOVE, by, why=why, about="end") for stay in stays]
    return commands.write(room, [_of_all(room, Kind.END, by), *asked])


def say_to(
    room: Room,
    stays: Iterable[Participant],
    text: str,
    *,
    about: str,
    by: By = commands.SERVICE,
    **fields: object,
) -> list[Command]:
    """Say `text` to these, once about each thing. The caller holds the lock of `room`.

    `fields` are those of Command, such as `rank`, `language` and `expires_at`.
    """
    fields = {"rank": Command.Rank.NEWS, "language": room.language, **fields}
    words = [commands.new(Kind.SAY, stay, about, by, text=text, **fields) for stay in stays]
    return commands.write(room, words)


def there(room: Room) -> list[Participant]:
    """Who is on the line, in or waiting, in the order they came."""
    return list(Participant.objects.filter(room=room, left_at=None))


def live_room(room: Room) -> Room:
    """The room, locked, with its account. Raises ValidationError where nobody is on the line."""
    room = Room.objects.locked().select_related("account").get(pk=room.pk)
    if room.open_conference_id is None:
        raise ValidationError(_("Nobody is on the line."), code="nobody")
    return room


def _both(stay: Participant) -> tuple[Room, Participant]:
    """The participant's room, locked, and the participant as they are now."""
    room = Room.objects.locked().select_related("account").get(pk=stay.room_id)
    fresh = Participant.objects.get(pk=stay.pk)
    if fresh.left_at is not None:
        raise ValidationError(_("They have left."), code="left")
    return room, fresh


def _ask(stay: Participant, kind: Kind, by: By, **fields: Any) -> Command:
    room, stay = _both(stay)
    return commands.write(room, [_asked(stay, kind, by, **fields)])[0]


def _asked(stay: Participant, kind: Kind, by: By, *, about: str = "", **fields: object) -> Command:
    return commands.new(kind, stay, about or new_id(str(kind)), by, **fields)


def _noted(stay: Participant, kind: Kind, by: By) -> Command:
    return commands.new(kind, stay, new_id(str(kind)), by, done_at=timezone.now())


def _of_all(room: Room, kind: Kind, by: By) -> Command:
    """What concerns the conference as a whole is done as it is written."""
    return commands.new(
        kind,
        None,
        new_id(str(kind)),
        by,
        conference_id=room.open_conference_id,
        done_at=timezone.now(),
    )
