"""What one caller is told for a key: who is here, how many, and which keys there are."""

from rooms.conferences.models import Participant
from rooms.meetings import callers
from rooms.models import Room
from telephony import prompts, room_news
from telephony.voice import plural, say

MOST_NAMED = 10


def help_for(room: Room, stay: Participant) -> str:
    """The keys that do something for this caller."""
    if stay.waiting:
        return say(
            room.language,
            "Press star, then a key. 1: who is waiting. 2: how many. Star: key another code.",
        )
    if not stay.is_host:
        return say(
            room.language,
            "Press star, then a key. 1: who is here. 2: how many. 5: raise or lower your hand. "
            "6: mute yourself, or be heard again. Star: leave, and key another code.",
        )
    return say(
        room.language,
        "Press star, then a key. 1: who is here. 2: how many. 4: mute everybody but hosts. "
        "5: raise or lower your hand. 6: mute yourself, or be heard again. 7: lock or unlock "
        "the room. 8: announcements on or off. 9: start or stop recording. "
        "Star: leave, and key another code. Hash: end the call for everybody.",
    )


def who_is_here(room: Room, stay: Participant) -> str:
    """The others who are in, or who wait too, by name or by the end of their number."""
    there = Participant.objects.filter(room=room, left_at=None, waiting=stay.waiting)
    others = list(there.exclude(pk=stay.pk))
    if not others:
        return _nobody_else(room, stay)
    named = others[:MOST_NAMED]
    known = callers.names(room.account_id, (one.caller for one in named if not one.name))
    people = ", ".join(
        room_news.name_of(one, known) or room_news.unknown(room.language, one.caller)
        for one in named
    )
    rest = len(others) - len(named)
    if not rest:
        return say(room.language, "With you: {people}.", people=people)
    return plural(
        room.language,
        "With you: {people}, and {n} other.",
        "With you: {people}, and {n} others.",
        rest,
        people=people,
    )


def how_many(room: Room, stay: Participant) -> str:
    """How many are in, or wait for a host, with this caller."""
    people = room.people_waiting if stay.waiting else room.people_in
    if people <= 1:
        return _nobody_else(room, stay)
    if stay.waiting:
        return plural(room.language, "{n} person is waiting.", "{n} people are waiting.", people)
    return prompts.here(room.language, people)


def _nobody_else(room: Room, stay: Participant) -> str:
    if stay.waiting:
        return say(room.language, "Nobody else is waiting.")
    return say(room.language, "Nobody else is here.")
