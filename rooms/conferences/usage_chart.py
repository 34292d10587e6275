"""The picture of minutes by day: computes positions, draws nothing, asks nobody.

Across, positions are per cent of the width; down, they are pixels, as in timeline.py.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

PLOT = 150  # pixels from the top line to the base
TOP = 8  # so that the label of the top line is not cut
AXIS = 24  # below the base, for the days
SHORTEST_BAR = 2  # pixels, so that a minute is still seen
GAP = 0.25  # of a bar's place
LABELLED = 7  # every so many days, from the first


@dataclass(frozen=True)
class Bar:
    day: dt.date
    seconds: int
    x: float
    width: float
    y: float
    height: float
    today: bool


@dataclass(frozen=True)
class Line:
    """A line across, with the minutes that it stands for."""

    y: float
    minutes: int


@dataclass(frozen=True)
class Tick:
    x: float
    day: dt.date


@dataclass(frozen=True)
class Chart:
    height: int
    base: int
    label_y: int
    bars: list[Bar]
    lines: list[Line]
    ticks: list[Tick]


def draw(days: Mapping[dt.date, int], *, today: dt.date) -> Chart | None:
    """The chart of a month's `days`, each with its seconds; None where nobody called."""
    if not any(days.values()):
        return None
    top = _round_up(max(days.values()) / 60)
    place = 100 / len(days)
    bars, base = [], TOP + PLOT
    for n, (day, seconds) in enumerate(days.items()):
        if seconds:
            height = max(SHORTEST_BAR, round(PLOT * seconds / 60 / top, 1))
            x, width = round((n + GAP / 2) * place, 3), round((1 - GAP) * place, 3)
            bars.append(Bar(day, seconds, x, width, base - height, height, day == today))
    return Chart(
        height=base + AXIS,
        base=base,
        label_y=base + AXIS - 6,
        bars=bars,
        lines=[Line(TOP, top), Line(TOP + PLOT / 2, top // 2)],
        ticks=[
            Tick(round((n + 0.5) * place, 3), day)
            for n, day in enumerate(days)
            if n % LABELLED == 0
        ],
    )


def _round_up(minutes: float) -> int:
    """The next of 2, 4, 6, 8, 10, 12, 16, 20, 40 …, so that its half is a whole number."""
    scale = 1
    while True:
        for step in (2, 4, 6, 8, 10, 12, 16):
            if minutes <= step * scale:
                return step * scale
        scale *= 10
