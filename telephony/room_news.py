"""What those in a room hear of who comes and goes: names, a chime, or nothing.

The facts are the core's (rooms/conferences/announcing.py). What is to be heard is written down as
commands in the transaction that marks the facts as told: once, whatever is killed when. It is
dropped where it cannot be said within seconds.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from django.db import transaction

from rooms.conferences import actions, announcing, commands
from rooms.conferences.announcing import Batch, How
from rooms.conferences.models import Command, Participant
from rooms.meetings import callers
from rooms.models import Room
from telephony import conversations, host_news, prompts, waiting_news
from telephony.voice import digits, plural, say

log = logging.getLogger(__name__)
Kind = Command.Kind
EXPIRES_AFTER = dt.timedelta(seconds=10)
DIGITS_SAID = 3  # of an unknown caller's number; nobody hears it whole
MOST_ROOMS = 500  # in one sweep


def sweep(now: dt.datetime) -> int:
    """Write down what is to be heard in every room; returns in how many something was due."""
    fresh = Room.objects.filter(announce_due_at__isnull=False).order_by("announce_due_at")
    told = _each(_tell, list(fresh.values_list("pk", flat=True)[:MOST_ROOMS]), now)
    told += _each(host_news.end, host_news.rooms_that_end(), now)
    told += _each(waiting_news.tell, waiting_news.rooms(now), now)
    return told


def _each(tell: Callable[[str, dt.datetime], bool], rooms: list[str], now: dt.datetime) -> int:
    """Each in a transaction of its own; a fault in one room leaves the others alone."""
    told = 0
    for room_id in rooms:
        try:
            told += tell(room_id, now)
        except Exception:
            log.exception("room %s: what is to be heard could not be written down", room_id)
    return told


@transaction.atomic
def _tell(room_id: str, now: dt.datetime) -> bool:
    room = Room.objects.locked().filter(pk=room_id, announce_due_at__isnull=False).first()
    if room is None or room.announce_due_at is None:
        return False
    host_news.came(room, now)
    if room.announce_due_at > now:
        return False
    batch = announcing.gather(room, now)
    if batch and host_news.ends(room):  # they hear already that the host has left
        batch = replace(batch, left=[stay for stay in batch.left if not stay.is_host])
    if batch:
        _announce(room, batch, now)
    return True


def _announce(room: Room, batch: Batch, now: dt.datetime) -> None:
    if batch.left_alone:
        _say_to_who_is_alone(room, batch, batch.left_alone, now)
    elif batch.how == How.CHIME:
        _chime(room, batch, now)
    elif batch.how == How.NAMES:
        names = _names(room, batch)
        heard: dict[str, list[Participant]] = defaultdict(list)
        for stay in batch.listeners:
            heard[_sentences(room.language, *batch.news_for(stay), names)].append(stay)
        heard.pop("", None)
        for text, stays in heard.items():
            actions.say_to(room, stays, text, about=batch.about, expires_at=now + EXPIRES_AFTER)


def _say_to_who_is_alone(room: Room, batch: Batch, stay: Participant, now: dt.datetime) -> None:
    text = say(room.language, "You are alone now.")
    if batch.how == How.NAMES:
        told = _sentences(room.language, *batch.news_for(stay), _names(room, batch))
        text = f"{told} {text}".strip()
    actions.say_to(room, [stay], text, about=batch.about, expires_at=now + EXPIRES_AFTER)


def _chime(room: Room, batch: Batch, now: dt.datetime) -> None:
    """One sound, whatever many came and went; not over another that is about to be played."""
    pending = Command.objects.pending().filter(conference=room.open_conference_id, kind=Kind.PLAY)
    busy = set(pending.values_list("participant", flat=True))
    chimes = []
    for stay in batch.listeners:
        joined, left = batch.news_for(stay)
        if (joined or left) and stay.pk not in busy:
            url = conversations.JOINED_CHIME if joined else conversations.LEFT_CHIME
            chimes.append(
                commands.new(
                    Kind.PLAY,
                    stay,
                    batch.about,
                    sound_url=url,
                    rank=Command.Rank.NEWS,
                    expires_at=now + EXPIRES_AFTER,
                )
            )
    commands.write(room, chimes)


def _names(room: Room, batch: Batch) -> dict[str, str]:
    stays = [*batch.joined, *batch.left]
    return callers.names(room.account_id, (stay.caller for stay in stays if not stay.name))


def _sentences(
    language: str, joined: list[Participant], left: list[Participant], names: Mapping[str, str]
) -> str:
    """`Ana and 2 others joined. Ben left.`; "" where nobody did."""
    told = (_joined(language, joined, names), _left(language, left, names))
    return " ".join(text[0].upper() + text[1:] for text in told if text)


def _joined(language: str, stays: list[Participant], names: Mapping[str, str]) -> str:
    who, rest = _who(language, stays, names), len(stays) - 1
    if not who:
        return ""
    if len(who) == len(stays) == 1:
        return say(language, "{name} joined.", name=who[0])
    if len(who) == len(stays):
        return say(language, "{name} and {other} joined.", name=who[0], other=who[1])
    return plural(
        language,
        "{name} and {n} other joined.",
        "{name} and {n} others joined.",
        rest,
        name=who[0],
    )


def _left(language: str, stays: list[Participant], names: Mapping[str, str]) -> str:
    who, rest = _who(language, stays, names), len(stays) - 1
    if not who:
        return ""
    if len(who) == len(stays) == 1:
        return say(language, "{name} left.", name=who[0])
    if len(who) == len(stays):
        return say(language, "{name} and {other} left.", name=who[0], other=who[1])
    return plural(
        language, "{name} and {n} other left.", "{name} and {n} others left.", rest, name=who[0]
    )


def _who(language: str, stays: list[Participant], names: Mapping[str, str]) -> list[str]:
    """How those are called who are told by name: one or two, known ones first."""
    known = [(name_of(stay, names), stay) for stay in stays]
    known.sort(key=lambda one: (not one[0], not one[1].caller))
    called = [name or unknown(language, stay.caller) for name, stay in known]
    return called[:2] if len(called) == 2 and (known[1][0] or known[1][1].caller) else called[:1]


def name_of(stay: Participant, names: Mapping[str, str]) -> str:
    """Without "" or an address, which is nobody's to hear."""
    name = prompts.plain(stay.name or names.get(stay.caller, ""))
    return "" if "@" in name else name


def unknown(language: str, caller: str) -> str:
    """Somebody whose name is not known, by the end of the number (E.164, "" if withheld)."""
    if not caller:
        return say(language, "a caller")
    return say(language, "a caller ending in {digits}", digits=digits(caller[-DIGITS_SAID:]))
