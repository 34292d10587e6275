"""What becomes of recordings is told, whoever or whatever it becomes so by."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from rooms import changes
from rooms.conferences import actions, recording_files, recordings
from rooms.conferences.models import Recording
from rooms.notices import presence
from rooms.notices.hooks.models import WebhookEvent
from tests.hooks.happenings import (
    KEY,
    World,
    begin_recorded,
    fetched,
    gather,
    listen,
    record,
    show,
    told,
    types,
)
from tests.kept_files import ready
from tests.on_the_line import ANA, carry_out, enter, go

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def count(name: str) -> int:
    return WebhookEvent.objects.filter(type=name).count()


def test_a_room_that_records_everything_tells_so_when_its_first_caller_is_told(
    world: World,
) -> None:
    stay = begin_recorded(world.room)
    listen(world.account)
    gather()
    go(stay)
    gather()
    assert types() == [
        "conference.started",
        "participant.joined",
        "recording.started",
        "participant.left",
        "conference.ended",
    ]


def test_guests_who_wait_begin_the_recording_when_one_is_made_host(world: World) -> None:
    changes.change(world.room, waits_for_host=True, records=True)
    listen(world.account)
    stay = enter(world.room, ANA)
    presence.collect(timezone.now() + DAY)
    assert "recording.started" not in types()
    actions.promote(stay, KEY)
    assert types()[2:] == ["recording.started", "participant.promoted"]


def test_a_recording_that_was_not_started_has_failed(world: World) -> None:
    listen(world.account)
    enter(world.room, ANA)
    recordings.start(world.room, KEY)
    carry_out(lambda _command: "No.")
    assert types() == ["conference.started", "participant.joined", "recording.failed"]
    assert told()[-1].data["error"] == "No."
    taken = fetched(Recording.objects.get())  # the carrier had begun it after all
    recording_files.not_fetched(taken, "Gone.", timezone.now(), final=True)
    assert count("recording.failed") == 2


def test_a_recording_of_which_the_carrier_tells_nothing_has_failed(world: World) -> None:
    listen(world.account)
    recording = record(world.room)
    recordings.stop(world.room, KEY)
    carry_out()
    for _again in range(2):
        recording_files.give_up(timezone.now() + DAY)
    assert types()[-1:] == ["recording.failed"]
    assert count("recording.failed") == 1
    assert told()[-1].data["id"] == recording.pk


def test_recordings_that_are_too_old_are_told_one_by_one(world: World, media: Any) -> None:
    listen(world.account)
    old = {ready(world.room, days_ago=31 + n).pk for n in range(3)}
    ready(world.room, days_ago=1)
    assert recording_files.expire(timezone.now()) == 3
    assert recording_files.expire(timezone.now()) == 0
    deleted = [one.data["id"] for one in told() if one.type == "recording.deleted"]
    assert sorted(deleted) == sorted(old)


def test_what_is_deleted_while_it_is_fetched_is_never_ready(world: World) -> None:
    listen(world.account)
    taken = fetched(record(world.room))
    recording_files.delete(taken)
    assert not show(taken)
    assert types()[-2:] == ["recording.started", "recording.deleted"]
