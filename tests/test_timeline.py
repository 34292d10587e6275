"""The picture of who was there when."""

import dataclasses
import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from rooms.conferences import timeline

DAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def _at(hour: int, minute: int = 0) -> dt.datetime:
    return DAY + dt.timedelta(hours=hour, minutes=minute)


def _stay(
    lane: str, joined: dt.datetime, left: dt.datetime | None, conference: str = "cf"
) -> timeline.Stay:
    return timeline.Stay(lane, lane, conference, joined, left)


def test_a_quiet_day_has_no_picture() -> None:
    assert timeline.draw([], day=DAY, now=_at(12)) is None


def test_bars_stand_where_people_were_there() -> None:
    stays = [_stay("a", _at(10), _at(11)), _stay("b", _at(10, 15), _at(10, 45))]
    picture = timeline.draw(stays, day=DAY, now=_at(12))
    assert picture
    assert [(tick.x, tick.at, tick.anchor) for tick in picture.ticks] == [
        (0, _at(10), "start"),
        (25, _at(10, 15), "middle"),
        (50, _at(10, 30), "middle"),
        (75, _at(10, 45), "middle"),
        (100, _at(11), "end"),
    ]
    assert [[(bar.x, bar.width) for bar in lane.bars] for lane in picture.lanes] == [
        [(0, 100)],
        [(25, 50)],
    ]
    assert [(band.x, band.width) for band in picture.bands] == [(0, 100)]


def test_who_comes_back_keeps_the_lane() -> None:
    stays = [
        _stay("a", _at(10), _at(10, 20)),
        _stay("b", _at(10), _at(11)),
        _stay("a", _at(10, 40), None, "later"),
    ]
    picture = timeline.draw(stays, day=DAY, now=_at(11))
    assert picture
    assert [lane.caller for lane in picture.lanes] == ["a", "b"]
    assert [bar.open for bar in picture.lanes[0].bars] == [False, True]
    assert len({bar.y for bar in picture.lanes[0].bars}) == 1
    assert len(picture.bands) == 2


def test_the_time_of_waiting_is_told_apart() -> None:
    waited = dataclasses.replace(_stay("a", _at(10), _at(11)), admitted=_at(10, 15))
    waits = dataclasses.replace(_stay("b", _at(10, 30), None), waiting=True)
    picture = timeline.draw([waited, waits], day=DAY, now=_at(11))
    assert picture
    assert [[(bar.x, bar.width, bar.waits) for bar in lane.bars] for lane in picture.lanes] == [
        [(0, 25, True), (25, 75, False)],
        [(50, 50, True)],
    ]


def test_a_stay_since_yesterday_begins_with_the_day() -> None:
    picture = timeline.draw([_stay("a", _at(-2), _at(1))], day=DAY, now=_at(3))
    assert picture
    assert picture.ticks[0].at == DAY
    assert picture.lanes[0].bars[0].x == 0


@given(
    st.lists(
        st.tuples(st.integers(-120, 1430), st.integers(0, 600), st.booleans(), st.integers(0, 5)),
        min_size=1,
        max_size=30,
    )
)
def test_everything_is_inside_the_picture(drawn: list[tuple[int, int, bool, int]]) -> None:
    stays = []
    for joined, length, open_, lane in drawn:
        left = None if open_ else _at(0, min(joined + length, 1440))
        stays.append(_stay(str(lane), _at(0, joined), left))
    picture = timeline.draw(stays, day=DAY, now=_at(24))
    assert picture
    assert len(picture.ticks) <= timeline.MOST_SPACES + 1
    bars = [bar for lane in picture.lanes for bar in lane.bars]
    assert len(bars) == len(stays)
    for bar in bars:
        assert bar.width > 0
        assert -0.001 <= bar.x <= bar.x + bar.width <= 100.001
        assert bar.y + timeline.BAR <= picture.height
