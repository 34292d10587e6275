"""The picture of who was in a room when: computes positions, draws nothing, asks nobody.

Across, positions are per cent of the time shown; down, they are pixels. So the picture stretches
to any width while its letters keep their size.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence

LANE = 34  # pixels for each caller: the label above, the bar below
BAR = 10
BAR_OFFSET = 16
LABEL_OFFSET = 11
AXIS = 26
SHORTEST_BAR = 0.6  # per cent, so that a stay of a second is still seen
MOST_SPACES = 4
ALL = ""  # the lane of what concerns everybody; a caller's is never so called
STEPS = [dt.timedelta(minutes=n) for n in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360)]


@dataclasses.dataclass(frozen=True)
class Mark:
    """Something that was so for a while, or still is; `kind` is a word for its look.

    `says` tells it in words to whoever points at it.
    """

    kind: str
    since: dt.datetime
    until: dt.datetime | None
    says: str = ""


@dataclasses.dataclass(frozen=True)
class Stay:
    """`lane` tells callers apart; `caller` is the number, empty where it was withheld.

    `name` is shown instead where it is known. Up to `admitted` they waited, or all the time where
    they are `waiting`. `says` and `waited` tell their time in the room, and of waiting, in words.
    """

    lane: str
    caller: str
    conference: str
    joined: dt.datetime
    left: dt.datetime | None
    name: str = ""
    admitted: dt.datetime | None = None
    waiting: bool = False
    marks: tuple[Mark, ...] = ()
    says: str = ""
    waited: str = ""


@dataclasses.dataclass(frozen=True)
class Tick:
    x: float
    at: dt.datetime
    anchor: str


@dataclasses.dataclass(frozen=True)
class Band:
    """The whole of one conference, behind the bars, or the time that was planned for it."""

    x: float
    width: float


@dataclasses.dataclass(frozen=True)
class Bar:
    x: float
    y: int
    width: float
    open: bool
    waits: bool = False
    kind: str = ""  # of a mark
    says: str = ""


@dataclasses.dataclass(frozen=True)
class Lane:
    """One caller's; or that of all, whose `name` says what its marks are about."""

    caller: str
    y: int
    bars: list[Bar]
    name: str = ""
    marks: list[Bar] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Timeline:
    height: int
    ticks: list[Tick]
    bands: list[Band]
    lanes: list[Lane]
    plan: Band | None = None


def draw(
    stays: Sequence[Stay],
    *,
    day: dt.datetime,
    now: dt.datetime,
    plan: tuple[dt.datetime, dt.datetime] | None = None,
    whole: tuple[dt.datetime, dt.datetime] | None = None,
    of_all: tuple[str, Sequence[Mark]] = ("", ()),
) -> Timeline | None:
    """The timeline of `stays` since `day` began (in UTC), a lane for each caller as they came.

    It shows the whole of `plan`, from when until when they were to come, and the time of `whole`,
    of which `stays` may be a part. The marks `of_all` have the first lane, under their name.
    """
    if not stays:
        return None
    spans = [
        (max(stay.joined, day), max(stay.left or now, stay.joined, day), stay) for stay in stays
    ]
    spans.sort(key=lambda span: span[0])
    moments = [moment for joined, left, _stay in spans for moment in (joined, left)]
    moments += [*(plan or ()), *(whole or ())]
    start, end, step = _frame(min(moments) - day, max(moments) - day)

    def across(at: dt.datetime) -> float:
        return round(100 * ((at - day - start) / (end - start)), 3)

    def of_mark(mark: Mark, lane: Lane) -> Bar:
        since, until = min(mark.since, mark.until or now), mark.until or now
        bar = _bar(across(since), across(until), _bar_y(lane), mark.until is None)
        return dataclasses.replace(bar, kind=mark.kind, says=mark.says)

    lanes: dict[str, Lane] = {}
    name, marks = of_all
    if marks:
        lanes[ALL] = Lane("", AXIS + LABEL_OFFSET, [], name)
        lanes[ALL].marks.extend(of_mark(mark, lanes[ALL]) for mark in marks)
    for joined, left, stay in spans:
        top = AXIS + len(lanes) * LANE
        lane = lanes.setdefault(stay.lane, Lane(stay.caller, top + LABEL_OFFSET, [], stay.name))
        for since, until, waits in _phases(stay, joined, left):
            bar = _bar(across(since), across(until), _bar_y(lane), stay.left is None, waits)
            says = stay.waited if waits else stay.says
            lane.bars.append(dataclasses.replace(bar, says=says))
        lane.marks.extend(of_mark(mark, lane) for mark in stay.marks)
    return Timeline(
        height=AXIS + len(lanes) * LANE,
        ticks=[_tick(day, at, start, end) for at in _steps(start, end, step)],
        bands=_bands(spans, across),
        lanes=list(lanes.values()),
        plan=_band(across(plan[0]), across(plan[1])) if plan else None,
    )


def _bar_y(lane: Lane) -> int:
    return lane.y - LABEL_OFFSET + BAR_OFFSET


def _phases(
    stay: Stay, joined: dt.datetime, left: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime, bool]]:
    """From when until when they were on the line, and whether they waited."""
    if stay.waiting or stay.admitted is None:
        yield joined, left, stay.waiting
        return
    admitted = min(max(stay.admitted, joined), left)
    if admitted > joined:
        yield joined, admitted, True
    yield admitted, left, False


def _bar(since: float, until: float, y: int, is_open: bool, waits: bool = False) -> Bar:
    width = max(SHORTEST_BAR, round(until - since, 3))
    return Bar(min(since, 100 - width), y, width, is_open, waits)


def _frame(
    first: dt.timedelta, last: dt.timedelta
) -> tuple[dt.timedelta, dt.timedelta, dt.timedelta]:
    """Where the picture starts and ends, on round times, and how far its ticks are apart."""
    for step in STEPS:
        start, end = first // step * step, -(-last // step) * step
        if end - start <= MOST_SPACES * step:
            break
    return start, max(end, start + step), step


def _steps(start: dt.timedelta, end: dt.timedelta, step: dt.timedelta) -> Iterator[dt.timedelta]:
    while start <= end:
        yield start
        start += step


def _tick(day: dt.datetime, at: dt.timedelta, start: dt.timedelta, end: dt.timedelta) -> Tick:
    anchor = "start" if at == start else "end" if at == end else "middle"
    return Tick(round(100 * ((at - start) / (end - start)), 3), day + at, anchor)


def _bands(
    spans: Sequence[tuple[dt.datetime, dt.datetime, Stay]], across: Callable[[dt.datetime], float]
) -> list[Band]:
    """One for each conference, from its first join to its last leave."""
    reach: dict[str, tuple[float, float]] = {}
    for joined, left, stay in spans:
        since, until = reach.get(stay.conference, (across(joined), across(left)))
        reach[stay.conference] = min(since, across(joined)), max(until, across(left))
    return [_band(since, until) for since, until in reach.values()]


def _band(since: float, until: float) -> Band:
    return Band(since, round(until - since, 3))
