"""The actions on a conference by their names, which the panel and the API share."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rooms.conferences import actions, recordings, sounds
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Conference, Participant, Sound
from rooms.conferences.sounds import BuiltIn
from rooms.models import Room

ON_PARTICIPANT: dict[str, Callable[[Participant, By], Command]] = {
    "mute": lambda stay, by: actions.mute(stay, True, by),
    "unmute": lambda stay, by: actions.mute(stay, False, by),
    "hold": lambda stay, by: actions.hold(stay, True, by),
    "unhold": lambda stay, by: actions.hold(stay, False, by),
    "remove": actions.remove,
    "promote": actions.promote,
    "lower_hand": lambda stay, by: actions.raise_hand(stay, False, by),
}
ON_CONFERENCE: dict[str, Callable[[Room, By], list[Command]]] = {
    "mute_all": actions.mute_all,
    "lock": lambda room, by: [actions.lock(room, True, by)],
    "unlock": lambda room, by: [actions.lock(room, False, by)],
    "silence": lambda room, by: [actions.silence(room, True, by)],
    "unsilence": lambda room, by: [actions.silence(room, False, by)],
    "record": lambda room, by: [recordings.start(room, by)],
    "stop_recording": lambda room, by: [recordings.stop(room, by)],
    "end": actions.end,
}
# What fails because of how things stand, whatever is sent: the API calls it a conflict.
CONFLICTS = frozenset(
    {"host", "left", "waiting", "not_held", "nobody", "over"}
    | {"recording", "not_recording", "stopping"}
)


def on_participant(name: str, stay: Participant, by: By) -> Command:
    """Do one of ON_PARTICIPANT. Raises ValidationError with a text for people."""
    return ON_PARTICIPANT[name](stay, by)


@transaction.atomic
def on_conference(name: str, conference: Conference, by: By) -> list[Command]:
    """Do one of ON_CONFERENCE, if this conference still goes on. Raises ValidationError."""
    return ON_CONFERENCE[name](_going_on(conference), by)


@transaction.atomic
def announce(conference: Conference, text: str, by: By) -> list[Command]:
    """Say `text` to all in this conference, if it still goes on. Raises ValidationError."""
    return actions.announce(_going_on(conference), text, by)


@transaction.atomic
def play(conference: Conference, sound: Sound | BuiltIn, by: By) -> list[Command]:
    """Play it to all in this conference, if it still goes on. Raises ValidationError."""
    return sounds.play(_going_on(conference), sound, by)


@transaction.atomic
def stop_playing(conference: Conference, by: By) -> list[Command]:
    """Stop what is playing in this conference, if it still goes on. Raises ValidationError."""
    return sounds.stop(_going_on(conference), by)


def _going_on(conference: Conference) -> Room:
    """The room, locked: what was meant for one conference must not happen to the next."""
    room = actions.live_room(conference.room)
    if room.open_conference_id != conference.pk:
        raise ValidationError(_("This conference is over."), code="over")
    return room
