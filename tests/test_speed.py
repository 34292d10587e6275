"""With a million calls pages and lists answer as quickly as with ten, on PostgreSQL.

What counts is the time that a request keeps a processor busy, ours and the database's, so that it
does not matter what else the machine is doing. What the clock says is printed beside it.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client

from rooms.accounts.models import Account, ApiKey, User
from rooms.conferences.models import Conference
from rooms.models import Room
from rooms.rest import pagination
from telephony.models import Call
from tests import grown
from tests.api_client import ROOT
from tests.wsgi_site import get, one_connection

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

REQUESTS = 100
ROUNDS = 3  # one of them is in time: a busy machine's caches are cold
MOST = 50.0  # milliseconds, for 95 of 100
ROOM = "rm_00000000000000000000000007"
# What conferences are looked for by; the first name is on the people list, the second on stays.
SOUGHT = {
    "name": "q=Berta+1234",
    "name of a stranger": "q=Ana+77",
    "number": "number=%2B34600012345",
    "end of a number": "number=12345",
    "day": "from=2026-03-01&until=2026-03-02",
    "room": f"room={ROOM}",
}
Ask = Callable[[], None]


@pytest.fixture
def big(account: Account) -> Account:
    if connection.vendor != "postgresql":
        pytest.skip("its plans are PostgreSQL's")
    begin = time.perf_counter()
    grown.grow(account)
    print(f"\nmade in {time.perf_counter() - begin:.0f} s")
    return account


def test_lists_and_pages_answer_within_50_ms(big: Account, alice: User) -> None:
    slow = {}
    for name, ask in {**_lists(big), **_pages(big, alice)}.items():
        for _round in range(ROUNDS):
            with one_connection():
                busy, clock = _measured(ask)
            p50, p95 = _percentiles(busy)
            if p95 < MOST:
                break
        told = "by the clock {:6.1f} and {:6.1f} ms".format(*_percentiles(clock))
        print(f"{name:45} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   {told}")
        if p95 >= MOST:
            slow[name] = p95
    assert not slow


def _measured(ask: Ask) -> tuple[list[float], list[float]]:
    """Of each request the milliseconds that it kept a processor busy, and those by the clock."""
    busy, clock = [], []
    for number in range(REQUESTS + 5):  # the first warm up
        before, begin = _busy(), time.perf_counter()
        ask()
        if number >= 5:
            clock.append((time.perf_counter() - begin) * 1000)
            busy.append((_busy() - before) * 1000)
    return busy, clock


def _percentiles(taken: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(taken, n=20)
    return cuts[9], cuts[18]


def _busy() -> float:
    """Seconds so far of this process and of the one that serves its connection."""
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return time.process_time() + int(told.split()[0]) / 1e9


def _lists(account: Account) -> dict[str, Ask]:
    """Of the API; a key for each, since a key may send but so many a minute."""
    rooms = Room.objects.filter(account=account)
    calls = Call.objects.filter(account=account)
    conferences = Conference.objects.filter(account=account)
    moments = "from=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z"
    asked = {**SOUGHT, "day": moments}
    paths = {
        "rooms": "rooms/",
        "rooms, deep": f"rooms/?cursor={_cursor(rooms, '-created_at', '-id')}",
        "calls": "calls/",
        "calls, deep": f"calls/?cursor={_cursor(calls, '-created_at', '-uuid')}",
        "calls of a room": f"calls/?room={ROOM}",
        "conferences": "conferences/",
        "conferences, deep": f"conferences/?cursor={_cursor(conferences, '-started_at', '-id')}",
        **{f"conferences by {name}": f"conferences/?{query}" for name, query in asked.items()},
    }
    asks = {}
    for name, path in paths.items():
        _key, secret = ApiKey.make(account, name=name, scopes=["read", "control"])
        asks[f"API: {name}"] = _asking(ROOT + path, {"Authorization": f"Bearer {secret}"})
    return asks


def _cursor(rows: Any, *order: str) -> str:
    """Of the row in the middle."""
    ordered = rows.order_by(*order)
    middle: Model = ordered[rows.count() // 2]
    return pagination._encoded(middle, order)


def _pages(account: Account, user: User) -> dict[str, Ask]:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    newest, another = Conference.objects.filter(account=account).order_by("-started_at")[:2]
    for conference, people in ((newest, 20), (another, 200)):
        grown.gather(conference, people - grown.STEP)
    paths = {
        "rooms": "/rooms/",
        "rooms, deep": "/rooms/?page=100",
        "rooms found": "/rooms/?q=99",
        "conferences": "/history/",
        "conferences, deep": f"/history/?before={_middle(account)}",
        **{f"conferences by {name}": f"/history/?{query}" for name, query in SOUGHT.items()},
        "conferences of a room": f"/rooms/{ROOM}/history/",
        "a conference of 20": f"/conferences/{newest.pk}/",
        "a conference of 200": f"/conferences/{another.pk}/",
    }
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    return {f"page: {name}": _asking(path, cookie) for name, path in paths.items()}


def _asking(path: str, headers: dict[str, str]) -> Ask:
    def ask() -> None:
        status, _body = get(path, headers)
        assert status == 200, path

    return ask


def _middle(account: Account) -> str:
    ordered = Conference.objects.filter(account=account).order_by("-started_at", "-id")
    return ordered[ordered.count() // 2].pk
