"""What a key during the call does, and what its caller is told; nobody else hears it.

    *0 help     *1 who is here   *2 how many      *5 raise hand   *6 mute     ** another room
    hosts: *4 mute all           *7 lock          *8 announcements            *9 record   *# end

Each does what a page does, by the functions of rooms/conferences, and has a word for it, which is
kept with the key. The caller holds the room's lock.
"""

from django.core.exceptions import ValidationError
from django.db import transaction

from rooms.conferences import actions, recordings
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Conference, Participant
from rooms.models import Room
from telephony import key_words
from telephony.control_ends import answer
from telephony.voice import say

Kind = Command.Kind
HOSTS = "4789#"
FOR_WHO_WAITS = "012*"
ASK_END = "ask_end"
# A word for what was done, and what is said of it; "" where something else tells it.
Deed = tuple[str, str]


def do(room: Room, stay_id: str, key: str, *, about: str) -> str:
    """Do what a star and `key` mean, and tell the caller; returns the word for it.

    `about` names the key press, so that what is said of it is said once.
    """
    room.refresh_from_db()  # the key before this one may have changed it
    stay = _there(stay_id)
    if stay is None:
        return "gone"
    did, text = _refusal(room, stay, key) or _done(room, stay, key)
    if text:
        answer(room, stay, text, about=about)
    return did


def end(room: Room, stay_id: str) -> str:
    """End the call for all, which the host has confirmed."""
    stay = _there(stay_id)
    if stay is None or not stay.is_host or stay.held:
        return "gone"
    actions.end(room, By(participant=stay))
    return "end"


def _there(stay_id: str) -> Participant | None:
    return Participant.objects.filter(pk=stay_id, left_at=None).first()


def _refusal(room: Room, stay: Participant, key: str) -> Deed | None:
    if stay.held and key != "*":
        return "held", say(room.language, "You are on hold.")
    if stay.waiting and key not in FOR_WHO_WAITS:
        return "waits", say(room.language, "The host is not here yet.")
    if key in HOSTS and not stay.is_host:
        return "not_host", say(room.language, "Only hosts can do that.")
    return None


def _done(room: Room, stay: Participant, key: str) -> Deed:
    try:
        with transaction.atomic():
            return _deed(room, stay, key, By(participant=stay))
    except ValidationError:  # its text is for pages
        return "failed", say(room.language, "That cannot be done now.")


def _deed(room: Room, stay: Participant, key: str, by: By) -> Deed:
    match key:
        case "0":
            return "help", key_words.help_for(room, stay)
        case "1":
            return "who", key_words.who_is_here(room, stay)
        case "2":
            return "count", key_words.how_many(room, stay)
        case "4":
            return _mute_all(room, by)
        case "5":
            return _raise_hand(room, stay, by)
        case "6":
            return _mute(stay, by)
        case "7":
            return _lock(room, by)
        case "8":
            return _silence(room, by)
        case "9":
            return _record(room, by)
        case "*":
            actions.move(stay, by)
            return "move", ""  # the prompt that follows says enough
        case "#":
            return ASK_END, say(room.language, "Press 1 to end the call for everybody.")
    return "unknown", say(room.language, "There is no such key. Press star 0 for help.")


def _mute_all(room: Room, by: By) -> Deed:
    if actions.mute_all(room, by):
        return "mute_all", say(room.language, "Everybody but hosts is being muted.")
    return "mute_all", say(room.language, "There is nobody to mute.")


def _raise_hand(room: Room, stay: Participant, by: By) -> Deed:
    if stay.hand_raised_at is None:
        actions.raise_hand(stay, True, by)
        return "raise_hand", say(room.language, "Your hand is raised.")
    actions.raise_hand(stay, False, by)
    return "lower_hand", say(room.language, "Your hand is lowered.")


def _mute(stay: Participant, by: By) -> Deed:
    """The other of what was asked last; the caller is told once the carrier has done it."""
    asked = Command.objects.pending().filter(participant=stay, kind__in=(Kind.MUTE, Kind.UNMUTE))
    last = asked.order_by("created_at").last()
    muted = stay.muted if last is None else last.kind == Kind.MUTE
    actions.mute(stay, not muted, by)
    return "unmute" if muted else "mute", ""


def _lock(room: Room, by: By) -> Deed:
    actions.lock(room, not room.locked, by)
    if room.locked:
        return "unlock", say(room.language, "The room is unlocked.")
    return "lock", say(room.language, "The room is locked.")


def _silence(room: Room, by: By) -> Deed:
    silenced = Conference.objects.filter(pk=room.open_conference_id, silenced=True).exists()
    actions.silence(room, not silenced, by)
    if silenced:
        return "unsilence", say(room.language, "Announcements are on.")
    return "silence", say(room.language, "Announcements are off.")


def _record(room: Room, by: By) -> Deed:
    """Everybody is told when it has begun."""
    if room.recording_id:
        recordings.stop(room, by)
        return "stop_recording", say(room.language, "The recording is being stopped.")
    recordings.start(room, by)
    return "record", say(room.language, "The recording is being started.")
