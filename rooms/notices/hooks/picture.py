"""The picture of an endpoint's last deliveries: computes positions, draws nothing.

Across, positions are per cent of the width; down, they are pixels. What arrived stands on the base
line, what failed hangs below it, and what waits is a low stump, so that no colour is needed to tell
them apart.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint

MOST = 50
HEIGHT = 72
BASE = 44
GAP = 0.3  # of a bar's place
Status = WebhookDelivery.Status
# Where a bar begins, and how long it is.
BARS = {Status.DELIVERED: (4, BASE - 4), Status.FAILED: (BASE, 24), Status.PENDING: (BASE - 8, 8)}


@dataclass(frozen=True)
class Bar:
    status: str
    label: str
    at: dt.datetime
    x: float
    width: float
    y: int
    height: int


@dataclass(frozen=True)
class Picture:
    height: int
    base: int
    bars: list[Bar]

    @property
    def words(self) -> str:
        """As "47 delivered, 2 failed"."""
        counts = Counter(bar.status for bar in self.bars)
        return ", ".join(f"{counts[one]} {one.label}" for one in BARS if counts[one])


def draw(endpoint: WebhookEndpoint) -> Picture | None:
    """The last deliveries, the newest at the right; None where there was none."""
    newest = endpoint.deliveries.order_by("-created_at", "-id")
    rows = list(newest.values_list("status", "created_at")[:MOST])[::-1]
    if not rows:
        return None
    place = 100 / MOST
    first = MOST - len(rows)
    bars = []
    for n, (status, at) in enumerate(rows, first):
        y, height = BARS[Status(status)]
        x, width = round((n + GAP / 2) * place, 3), round((1 - GAP) * place, 3)
        bars.append(Bar(status, str(Status(status).label), at, x, width, y, height))
    return Picture(height=HEIGHT, base=BASE, bars=bars)
