"""Conferences that are over, with who was there, for tests of the history."""

import datetime as dt
from typing import Any

from rooms.conferences.models import Command, Conference, Participant, Recording
from rooms.ids import new_id
from rooms.models import Room

NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
ANA, BEN, CARL = "+34600123456", "+447700900123", "+34600999777"


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def past(room: Room, at: dt.datetime = NOON, *people: str | tuple[str, str]) -> Conference:
    """It lasted ten minutes; `people` are numbers, or pairs of a number and a name."""
    over = at + minutes(10)
    conference = Conference.objects.create(room=room, started_at=at, ended_at=over)
    for person in people:
        number, name = (person, "") if isinstance(person, str) else person
        stay(conference, number, name=name)
    return conference


def stay(conference: Conference, caller: str = ANA, **fields: Any) -> Participant:
    """One from the conference's beginning to its end, unless `fields` say otherwise."""
    given = {"joined_at": conference.started_at, "left_at": conference.ended_at, **fields}
    return Participant.objects.create(
        conference=conference, room=conference.room, call=new_id("ca"), caller=caller, **given
    )


def done(kind: Command.Kind, of: Participant, at: dt.datetime, **fields: Any) -> Command:
    """Something that was asked of somebody, and done at once."""
    given = {"about": new_id(str(kind)), "created_at": at, "done_at": at, **fields}
    return Command.objects.create(
        conference_id=of.conference_id, participant=of, kind=kind, **given
    )


def seen(room: Room, at: dt.datetime) -> Conference:
    """One in which all happened that a picture can show."""
    conference = past(room, at)
    common = {"conference": conference, "room": room, "stopped_at": at + minutes(6)}
    Recording.objects.create(**common, started_at=at + minutes(2), status="ready", size=1)
    Recording.objects.create(**common, started_at=at + minutes(5), status="failed", error="Gone.")
    ana = stay(conference, ANA, name="Ana Ruiz", role="host", left_at=at + minutes(8))
    stay(conference, ANA, name="Ana Ruiz", joined_at=at + minutes(9), left_why="ended")
    ben = stay(conference, BEN, name="Ben Cho", admitted_at=at + minutes(1), left_why="hung_up")
    carl = stay(conference, "", waiting=True, left_why="waited")
    for kind, of, after in (
        (Command.Kind.MUTE, ben, 2),
        (Command.Kind.UNMUTE, ben, 4),
        (Command.Kind.RAISE_HAND, ben, 5),
        (Command.Kind.HOLD, ana, 3),
        (Command.Kind.UNHOLD, ana, 4),
    ):
        done(kind, of, at + minutes(after), by_participant=ana)
    done(Command.Kind.MUTE, carl, at + minutes(6), error="The caller had left.")
    return conference
