"""Rooms that record from the first: who begins that, and when it is over."""

import datetime as dt

from django.db.models import F

from rooms.conferences.models import Recording, RecordingNotice
from rooms.models import Room


def wanted(room: Room) -> bool:
    """Whether `room` is recorded from the next caller on: it is already, or records everything.

    A conference that a host has stopped recording is not recorded again because somebody enters;
    presence.py says the same in SQL.
    """
    if room.recording_id or not room.records:
        return bool(room.recording_id)
    before = Recording.objects.filter(conference=room.open_conference_id)
    return not before.filter(stopped_at__isnull=False).exists()


def from_the_first(room_id: str, conference_id: str, at: dt.datetime) -> Recording:
    """The conference is recorded as it begins; the caller holds the room's lock.

    Those who waited were told when they entered.
    """
    recording = Recording.objects.create(
        conference_id=conference_id,
        room_id=room_id,
        status=Recording.Status.RECORDING,
        from_the_first=True,
        started_at=at,
    )
    Room.objects.filter(pk=room_id).update(recording=recording, live_version=F("live_version") + 1)
    told = RecordingNotice.objects.filter(recording=None, participant__conference=conference_id)
    told.update(recording=recording)
    return recording
