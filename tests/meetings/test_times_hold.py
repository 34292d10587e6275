"""Single times of a meeting that stay when its days are written anew, and starts at odd hours."""

import datetime as dt

import pytest
import time_machine

from rooms.accounts.models import User
from rooms.meetings import planning
from rooms.meetings.models import Occurrence
from rooms.models import Room

pytestmark = pytest.mark.django_db


def test_a_time_that_was_moved_beyond_its_day_stays(room: Room, alice: User) -> None:
    with time_machine.travel(dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC), tick=False) as clock:
        meeting = planning.plan(
            room,
            alice,
            title="Weekly",
            first_day=dt.date(2026, 12, 1),
            starts=dt.time(10),
            time_zone="UTC",
            rrule="FREQ=WEEKLY;BYDAY=TU",
        )
        moved = meeting.occurrences.get(day=dt.date(2026, 12, 1))
        planning.move(moved, day=dt.date(2026, 12, 5), starts=dt.time(11), by=alice)
        clock.move_to(dt.datetime(2026, 12, 4, 8, tzinfo=dt.UTC))
        planning.change(meeting, by=alice, minutes=30)
        days = list(meeting.occurrences.order_by("day").values_list("day", flat=True)[:2])
        assert days == [dt.date(2026, 12, 1), dt.date(2026, 12, 8)]
        moved.refresh_from_db()
        assert moved.starts_at == dt.datetime(2026, 12, 5, 11, tzinfo=dt.UTC)
        assert moved.ends_at == dt.datetime(2026, 12, 5, 11, 30, tzinfo=dt.UTC)


def test_a_meeting_starts_now_in_the_hour_that_clocks_show_twice(room: Room, alice: User) -> None:
    alice.time_zone = "Europe/Berlin"
    alice.save()
    for hour in (0, 1):
        now = dt.datetime(2026, 10, 25, hour, 30, 10, tzinfo=dt.UTC)
        with time_machine.travel(now, tick=False):
            meeting = planning.start_now(room.account, alice, room)
        assert Occurrence.objects.get(meeting=meeting).starts_at == now.replace(second=0)
