"""Counters that all processes share, each in windows of time that begin at whole multiples.

    counters.hit("sms:+34600123456", 86_400, now)  # 1 at the first of the day (UTC)

They are exact however many count at once: Redis counts them, in one round trip, where there is
one, and the database where there is none, in one statement. Where Redis is lost the database
counts until it is back: a budget then begins anew once, so it may be spent twice in its window,
and nobody is kept out. In an open transaction the database undoes the count with it, and holds
the counter until it ends: count before it begins.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import redis
from django.conf import settings
from django.db import connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from rooms.accounts.models import WindowCount

log = logging.getLogger(__name__)
T = TypeVar("T")

PREFIX = "anyroom.count:"
ANSWERS_IN = 1.0  # seconds; a caller waits, and Vonage for five
AWAY = 5.0  # seconds until a Redis that was lost is asked again

# One statement finds the counter or makes it; a read and a write would race.
_COUNT = """
INSERT INTO accounts_windowcount (key, count, expires_at) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET count = {next}
RETURNING key, count
"""
_ONE_MORE = "accounts_windowcount.count + 1"
_ONE_LESS = (
    "CASE WHEN accounts_windowcount.count > 0 THEN accounts_windowcount.count - 1 ELSE 0 END"
)
# In Redis each is one command for all counters: a pipeline of many takes a caller's time. One that
# is not there, or went with a flush, must not fall below nothing.
_HIT = """
local counts = {}
for number, key in ipairs(KEYS) do
    counts[number] = redis.call('INCR', key)
    redis.call('EXPIRE', key, ARGV[number])
end
return counts
"""
_BACK = """
for _, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or 0) > 0 then redis.call('DECR', key) end
end
"""

_lost_until = 0.0


@dataclass(frozen=True)
class Counter:
    """What is counted, in windows of so many `seconds`; a window is kept for `windows` of them."""

    name: str
    seconds: int
    windows: int = 1

    def key(self, at: dt.datetime, back: int = 0) -> str:
        return f"{self.name}:{int(at.timestamp()) // self.seconds - back}"

    def ends_at(self, at: dt.datetime) -> dt.datetime:
        """When the window of `at` is over and counting begins anew."""
        number = int(at.timestamp()) // self.seconds
        return dt.datetime.fromtimestamp((number + 1) * self.seconds, dt.UTC)

    def expires_at(self, at: dt.datetime) -> dt.datetime:
        return self.ends_at(at) + dt.timedelta(seconds=self.seconds * (self.windows - 1))


def hit(key: str, seconds: int, at: dt.datetime) -> int:
    """Count one; returns how many there are now in the window of `at`, this one included."""
    return hit_all([Counter(key, seconds)], at)[0]


def back(key: str, seconds: int, at: dt.datetime) -> None:
    """Take one back that was counted with the same `at`."""
    back_all([Counter(key, seconds)], at)


def read(key: str, seconds: int, at: dt.datetime) -> int:
    return recent(Counter(key, seconds), at, 1)[0]


def hit_all(what: Sequence[Counter], at: dt.datetime) -> list[int]:
    """Count one on each, together; returns how many there are now, in the same order."""

    def in_redis(client: redis.Redis) -> list[int]:
        kept = [str(_seconds_left(one, at)) for one in what]
        found = client.eval(_HIT, len(what), *_keys(what, at), *kept)
        return [int(count) for count in found]

    return _either(in_redis, lambda: _in_database(what, at, 1, _ONE_MORE))


def back_all(what: Sequence[Counter], at: dt.datetime) -> None:
    """Take one back from each that was counted with the same `at`."""

    def in_redis(client: redis.Redis) -> None:
        client.eval(_BACK, len(what), *_keys(what, at))

    def in_database() -> None:
        _in_database(what, at, 0, _ONE_LESS)

    _either(in_redis, in_database)


def recent(what: Counter, at: dt.datetime, windows: int) -> list[int]:
    """What was counted in the window of `at` and in those before it, the newest first."""
    keys = [what.key(at, back) for back in range(windows)]

    def in_redis(client: redis.Redis) -> list[int]:
        found = client.mget([PREFIX + key for key in keys])
        return [int(count or 0) for count in found]

    def in_database() -> list[int]:
        rows = WindowCount.objects.filter(key__in=keys).values_list("key", "count")
        found: dict[str, int] = dict(rows)
        return [found.get(key, 0) for key in keys]

    return _either(in_redis, in_database)


def tidy(now: dt.datetime) -> int:
    """Forget the database's counters whose time is over; Redis does so by itself."""
    return WindowCount.objects.filter(expires_at__lt=now).delete()[0]


def _keys(what: Sequence[Counter], at: dt.datetime) -> list[str]:
    return [PREFIX + one.key(at) for one in what]


def _seconds_left(one: Counter, at: dt.datetime) -> int:
    return int((one.expires_at(at) - at).total_seconds()) + 1


def _in_database(what: Sequence[Counter], at: dt.datetime, first: int, then: str) -> list[int]:
    """In the order of their keys, so that two who count the same never wait for each other."""
    rows = sorted((one.key(at), one.expires_at(at)) for one in what)
    values: list[str | int | None] = []
    for key, expires_at in rows:
        values += [key, first, connection.ops.adapt_datetimefield_value(expires_at)]
    statement = _COUNT.format(rows=", ".join(["(%s, %s, %s)"] * len(rows)), next=then)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        counts: dict[str, int] = dict(cursor.fetchall())
    return [counts[one.key(at)] for one in what]


def _either(in_redis: Callable[[redis.Redis], T], in_database: Callable[[], T]) -> T:
    global _lost_until
    if settings.REDIS_URL and time.monotonic() >= _lost_until:
        try:
            return in_redis(_client(settings.REDIS_URL))
        except redis.RedisError as error:
            _lost_until = time.monotonic() + AWAY
            log.warning("Redis is lost, the database counts meanwhile: %s", error)
    return in_database()


@cache
def _client(url: str) -> redis.Redis:
    """It tries once: an answer that came too late may have counted."""
    wait = {"socket_timeout": ANSWERS_IN, "socket_connect_timeout": ANSWERS_IN}
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **wait)


def forget() -> None:
    """For tests: ask Redis again at once."""
    global _lost_until
    _lost_until = 0.0
