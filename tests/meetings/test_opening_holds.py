"""Whether a room is open, against a plain walk over its timetable, for generated ones."""

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences.models import Conference
from rooms.meetings import opening
from rooms.meetings.models import Meeting, Occurrence
from rooms.models import Room

NOW = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)  # half an hour before clocks change in Europe
MOST = 180  # minutes that anything is away from NOW: near enough to meet and to touch


def minutes(count: int) -> dt.timedelta:
    return dt.timedelta(minutes=count)


@dataclass(frozen=True)
class Time:
    """One time in a timetable; `starts` in minutes from NOW."""

    starts: int
    lasts: int
    off: bool

    @property
    def ends(self) -> int:
        return self.starts + self.lasts


times = st.builds(
    Time,
    st.integers(-MOST, MOST),
    st.sampled_from([5, 30, 60, MOST]),
    st.sampled_from([False, False, True]),
)
# A meeting is its times, and whether it was called off; the first is the one that is asked for.
meetings = st.lists(st.tuples(st.lists(times, max_size=4), st.booleans()), max_size=3)


def expected(
    timetable: list[list[Time]], before: int, talking_since: int | None, one: bool
) -> tuple[bool, int | None, int | None]:
    """Open, opens at, ended at, in minutes from NOW; minute by minute, as a person would look."""
    asked = timetable[:1] if one else timetable
    open_minutes = {
        minute for row in asked for time in row for minute in range(time.starts - before, time.ends)
    }
    ended = max((time.ends for row in asked for time in row if time.ends <= 0), default=None)
    opens = min(
        (time.starts - before for row in asked for time in row if time.ends > 0), default=None
    )
    goes_on = talking_since is not None
    if one and talking_since is not None:
        goes_on = ended is not None and talking_since < ended
    return 0 in open_minutes or goes_on, opens, ended


@pytest.mark.property
class OpeningHolds(TestCase):
    @given(
        meetings,
        st.none() | st.sampled_from([0, 10, 60, MOST]),
        st.none() | st.integers(-MOST, 0),
        st.booleans(),
    )
    def test_it_agrees_with_a_plain_walk(
        self,
        drawn: list[tuple[list[Time], bool]],
        before: int | None,
        talking_since: int | None,
        one: bool,
    ) -> None:
        room = changes.make(Account.objects.create(name="Acme"), name="Standup")
        Room.objects.update(opens_before=before)
        made = [self.make(room, times, off) for times, off in drawn]
        if talking_since is not None:
            since = NOW + minutes(talking_since)
            Room.objects.update(
                open_conference=Conference.objects.create(room=room, started_at=since)
            )
        room.refresh_from_db()
        one = one and bool(made)
        found = opening.state(room, NOW, made[0] if one else None)
        if before is None:
            assert found.open
            return
        kept = [[] if off else [time for time in times if not time.off] for times, off in drawn]
        assert (found.open, self.away(found.opens_at), self.away(found.ended_at)) == expected(
            kept, before, talking_since, one
        )

    def make(self, room: Room, times: list[Time], off: bool) -> Meeting:
        meeting = Meeting.objects.create(
            room=room,
            title="Budget",
            first_day=NOW.date(),
            starts=NOW.time(),
            time_zone="Europe/Madrid",
            cancelled_at=NOW if off else None,
        )
        Occurrence.objects.bulk_create(
            Occurrence(
                meeting=meeting,
                day=NOW.date() + dt.timedelta(days=number),
                starts_at=NOW + minutes(time.starts),
                ends_at=NOW + minutes(time.ends),
                cancelled_at=NOW if time.off else None,
            )
            for number, time in enumerate(times)
        )
        return meeting

    def away(self, moment: dt.datetime | None) -> int | None:
        return None if moment is None else round((moment - NOW) / minutes(1))
