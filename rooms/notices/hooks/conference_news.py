"""What happens in conferences, told in its order: who came and went is read from the stays.

A caller waits for every statement of their admission, so a join records nothing. `flush` writes
down what the rows tell and no event does yet, under the room's lock; it is called before anything
else of a conference is recorded, before `presence.collect` marks stays as told, and by a sweep. So
nothing is lost whatever is killed when, and nothing is told twice, since its key is unique.

What is heard of late, such as a stay that reconciliation finds, is told when it is heard of: the
event says when it was.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from rooms.conferences.models import Conference, Participant, Recording
from rooms.models import Room
from rooms.notices.hooks import events, payloads
from rooms.notices.hooks.events import Draft
from rooms.notices.hooks.models import WebhookEndpoint

log = logging.getLogger(__name__)


def gather(now: dt.datetime) -> int:
    """Flush rooms of which somebody came or went lately; returns how many events that made.

    Only those of accounts that listen are looked at.
    """
    listens = WebhookEndpoint.objects.enabled().filter(account=OuterRef("account"))
    moved = Room.objects.filter(Exists(listens), presence_due_at__isnull=False).order_by()
    written = 0
    for pk in moved.values_list("pk", flat=True):
        try:
            written += _gather_room(pk)
        except Exception:  # a fault in one must not keep the others from being told
            log.exception("room %s: what happened could not be recorded", pk)
    return written


@transaction.atomic
def _gather_room(pk: str) -> int:
    return flush(Room.objects.locked().get(pk=pk))


def flush(room: Room) -> int:
    """Record who came and went and what follows from it; returns how many events that made.

    The caller holds the lock of `room`.
    """
    endpoints = events.listening(room.account_id)
    return _flush(room, endpoints) if endpoints else 0


def record(room: Room, conference_id: str, draft: Draft, *, about: str | None = None) -> None:
    """Record what else happened in a conference of `room`, after all that happened before it.

    The caller holds the lock of `room`. `about` is the participant whom it concerns, if any: that
    they joined is told first, although they did so before anybody listened.
    """
    endpoints = events.listening(room.account_id)
    if endpoints:
        _flush(room, endpoints, about)
        events.write(room.account_id, endpoints, conference_id, [draft])


@dataclass(frozen=True)
class _Move:
    """Something that rows tell; `place` is where it stands among what else happened."""

    conference_id: str
    place: tuple[Any, ...]
    draft: Draft


def _flush(room: Room, endpoints: Sequence[WebhookEndpoint], about: str | None = None) -> int:
    stays = list(Participant.objects.filter(_untold() | Q(pk=about), room=room))
    ids = {stay.conference_id for stay in stays}
    if room.open_conference_id:
        ids.add(room.open_conference_id)
    moves = [*_comings_and_goings(room, stays), *_recorded_from_the_first(room, ids)]
    moves.sort(key=lambda move: move.place)
    written = 0
    for conference in Conference.objects.filter(pk__in=ids).order_by("started_at", "pk"):
        drafts = [move.draft for move in moves if move.conference_id == conference.pk]
        drafts = [*_begun(room, conference), *drafts, *_over(room, conference)]
        written += len(events.write(room.account_id, endpoints, conference.pk, drafts))
    return written


def _untold() -> Q:
    """The stays of which `presence.collect` has not told all."""
    return Q(join_told=False) | Q(leave_told=False, left_at__isnull=False)


def _comings_and_goings(room: Room, stays: Iterable[Participant]) -> Iterator[_Move]:
    """Who is there at the moment at which somebody else comes has gone before, if they go then."""
    show = payloads.participants(room.account_id)
    for stay in stays:
        moves = [("joined", stay.joined_at)]
        if stay.left_at:
            moves.append(("left", stay.left_at))
        for number, (what, at) in enumerate(moves):
            type = f"participant.{what}"
            draft = Draft(type, f"{type}:{stay.pk}", partial(show, stay), at)
            place = (at, 0, stay.joined_at, stay.pk, number)
            yield _Move(stay.conference_id, place, draft)


def _recorded_from_the_first(room: Room, conference_ids: Iterable[str]) -> Iterator[_Move]:
    """What a caller's coming has begun; what was asked for is told when the carrier does it."""
    begun = Recording.objects.filter(conference__in=conference_ids, from_the_first=True)
    for one in begun.order_by():
        data = partial(payloads.recording, room.account_id, one.pk)
        draft = Draft("recording.started", f"recording.started:{one.pk}", data, one.started_at)
        yield _Move(one.conference_id, (one.started_at, 1, one.pk), draft)


def _begun(room: Room, conference: Conference) -> list[Draft]:
    """The first that is told of a conference."""
    if conference.event_sequence:
        return []
    return [_of_all(room, conference, "conference.started", conference.started_at)]


def _over(room: Room, conference: Conference) -> list[Draft]:
    if conference.ended_at is None:
        return []
    return [_of_all(room, conference, "conference.ended", conference.ended_at)]


def _of_all(room: Room, conference: Conference, type: str, at: dt.datetime) -> Draft:
    data = partial(payloads.conference, room.account_id, conference.pk)
    return Draft(type, f"{type}:{conference.pk}", data, at)
