"""What those hear who wait for a host, or are alone in a room; and that neither lasts for ever.

All of it follows from when the waiting began, so a sweep can be repeated: each word is about one
moment of one wait, and is said once. Nobody is hung up who was not told a minute before; a hang-up
is written down when its time has come, under the room's lock, so whoever is joined in time stays.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from rooms.conferences import commands
from rooms.conferences.announcing import has_arrived
from rooms.conferences.models import Command, Participant
from rooms.models import Room
from telephony.voice import plural, say

Kind, LeftWhy = Command.Kind, Participant.LeftWhy
TOLD_EVERY = dt.timedelta(seconds=40)
TOLD_WITHIN = dt.timedelta(seconds=10)  # of its moment; later words would meet the next ones
EXPIRES_AFTER = dt.timedelta(seconds=15)
NOTICE = dt.timedelta(minutes=1)
NOTICE_WITHIN = dt.timedelta(seconds=30)
AT_ONCE = 1_000  # in a statement, whose values databases limit


@dataclass(frozen=True)
class Wait:
    """Somebody who waits for a host, or is alone; `until` is when that ends."""

    room: Room
    stay: Participant
    since: dt.datetime

    @property
    def until(self) -> dt.datetime:
        return self.since + dt.timedelta(minutes=self.room.alone_minutes)

    @property
    def warning(self) -> str:
        """What the last word is about: a wait that is given more minutes has another one."""
        return self._about("ends")

    @property
    def over(self) -> str:
        return self._about("over")

    def _about(self, what: str) -> str:
        kind = "wait" if self.stay.waiting else "alone"
        return f"{kind}-{what}:{int(self.since.timestamp())}:{self.room.alone_minutes}"

    def turn(self, now: dt.datetime) -> int:
        """Which word of those every 40 seconds is to be said now; 0 is none."""
        turn = (now - self.since) // TOLD_EVERY
        at = self.since + turn * TOLD_EVERY
        in_time = now - at <= TOLD_WITHIN and at < self.until - NOTICE
        return turn if self.stay.waiting and in_time else 0


# When a word was written down, by the participant and what it is about.
Told = dict[tuple[str | None, str], dt.datetime]


def rooms(now: dt.datetime) -> list[str]:
    """Those in which somebody waits, or is alone, who is to hear something or to be hung up."""
    busy = Room.objects.filter(open_conference__isnull=False)
    waiting = Participant.objects.filter(
        Q(waiting=True) | Q(room__alone_since__isnull=False),
        room__in=busy.filter(Q(people_waiting__gt=0) | Q(alone_since__isnull=False)),
        left_at=None,
    )
    waits = _waits(waiting.select_related("room"))
    told: Told = {}
    for first in range(0, len(waits), AT_ONCE):
        told |= _told(waits[first : first + AT_ONCE], now)
    return sorted({wait.room.pk for wait in waits if _due(wait, told, now)})


@transaction.atomic
def tell(room_id: str, now: dt.datetime) -> bool:
    """Write down what is due in this room."""
    room = Room.objects.locked().get(pk=room_id)
    stays = list(Participant.objects.filter(conference=room.open_conference_id, left_at=None))
    for stay in stays:
        stay.room = room
    waits = _waits(stays)
    told = _told(waits, now)
    due = [command for wait in waits if (command := _due(wait, told, now))]
    commands.write(room, due)
    return bool(due)


def still_due(command: Command) -> bool:
    """Whether a hang-up for having waited, or having been alone, is still due.

    Somebody may have come since it was written down.
    """
    stay = command.participant
    if stay is None or command.why not in (LeftWhy.WAITED, LeftWhy.ALONE):
        return True
    stay = Participant.objects.select_related("room").get(pk=stay.pk)
    return any(wait.over == command.about for wait in _waits([stay]))


def _waits(stays: Iterable[Participant]) -> list[Wait]:
    """Those of `stays`, which have their rooms, who wait or are alone."""
    waits = []
    for stay in stays:
        if stay.waiting:
            waits.append(Wait(stay.room, stay, stay.joined_at))
        elif stay.room.alone_since:
            waits.append(Wait(stay.room, stay, stay.room.alone_since))
    return waits


def _told(waits: list[Wait], now: dt.datetime) -> Told:
    abouts = {about for wait in waits for about in (wait.warning, wait.over, _turn(wait, now))}
    written = Command.objects.filter(
        participant__in=[wait.stay.pk for wait in waits], about__in=abouts
    )
    return {(stay, about): at for stay, about, at in written.values_list(*_TOLD)}


_TOLD = ("participant", "about", "created_at")


def _turn(wait: Wait, now: dt.datetime) -> str:
    return f"wait:{wait.turn(now)}"


def _due(wait: Wait, told: Told, now: dt.datetime) -> Command | None:
    """What is to be asked for now, if it was not yet."""
    if not has_arrived(wait.stay, now):
        return None
    pk = wait.stay.pk
    warned_at = told.get((pk, wait.warning))
    if warned_at is None:
        if now >= wait.until - NOTICE:
            return _words(
                wait, wait.warning, _last_word(wait), Command.Rank.CONTROL, now, NOTICE_WITHIN
            )
        if wait.turn(now) and (pk, _turn(wait, now)) not in told:
            return _words(
                wait, _turn(wait, now), _how_many(wait), Command.Rank.NEWS, now, EXPIRES_AFTER
            )
    elif now >= max(wait.until, warned_at + NOTICE) and (pk, wait.over) not in told:
        why = LeftWhy.WAITED if wait.stay.waiting else LeftWhy.ALONE
        return commands.new(Kind.REMOVE, wait.stay, wait.over, why=why)
    return None


def _words(
    wait: Wait, about: str, text: str, rank: Command.Rank, now: dt.datetime, within: dt.timedelta
) -> Command:
    return commands.new(
        Kind.SAY,
        wait.stay,
        about,
        text=text,
        language=wait.room.language,
        rank=rank,
        created_at=now,
        expires_at=now + within,
    )


def _how_many(wait: Wait) -> str:
    waiting = wait.room.people_waiting
    if waiting <= 1:
        return say(wait.room.language, "The host is not here yet. Nobody else is waiting.")
    return plural(
        wait.room.language,
        "The host is not here yet. You are one of {n} waiting.",
        "The host is not here yet. You are one of {n} waiting.",
        waiting,
    )


def _last_word(wait: Wait) -> str:
    if wait.stay.waiting:
        return say(wait.room.language, "No host has come. This call ends in one minute.")
    return say(wait.room.language, "Nobody else is here. This call ends in one minute.")
