"""What somebody hears who enters a room, in one sentence or two, and the way into it."""

import datetime as dt

from rooms.conferences import recordings
from rooms.conferences.presence import Joined
from telephony import conversations, prompts, prompts_doors
from telephony.call_flow import Reply
from telephony.vonage import ncco


def enter(joined: Joined, at: dt.datetime, person: str = "") -> Reply:
    """Lead a caller in who was counted in; in the same transaction.

    `person` is the caller's name where it is known. Where the conference is recorded, it is kept
    that the caller was told.
    """
    if joined.recorded:
        recordings.entered(joined, at)
    inside = conversations.into(
        joined.room_id,
        participant_id=joined.participant_id,
        conference_id=joined.conference_id,
        waits=joined.waiting,
        # Who waits begins no conversation, and so no recording of it.
        record=True if joined.recorded and not joined.waiting else None,
    )
    spoken = ncco.talk(greeting(joined, person), language=prompts.voice(joined.language))
    return Reply([spoken, *inside], "enter_waiting" if joined.waiting else "enter")


def greeting(joined: Joined, person: str = "") -> str:
    """The room's greeting or name, that it is recorded, and who is there."""
    language = joined.language
    welcome = "enter_known" if person else "enter"
    texts = [joined.greeting or prompts.say(language, welcome, room=joined.name, person=person)]
    if joined.recorded:
        texts.append(prompts.say(language, "recorded"))
    if joined.waiting:
        texts.append(prompts_doors.waiting(language, joined.others))
    elif joined.others:
        texts.append(prompts.here(language, joined.others))
    else:
        texts.append(prompts.say(language, "first"))
    return prompts.plain(" ".join(texts))
