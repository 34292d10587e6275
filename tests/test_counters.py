"""Shared counters: exact however many count at once, on Redis, the database, and a lost Redis."""

import datetime as dt
import itertools
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms import counters
from rooms.accounts.models import WindowCount
from rooms.counters import Counter
from tests.at_once import at_once

NOW = dt.datetime(2026, 11, 22, 10, 40, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 22, 11, 0, tzinfo=dt.UTC)
NOBODY = "redis://127.0.0.1:1/0"  # nothing listens there


@pytest.fixture(params=["database", "redis", "lost"], autouse=True)
def kept_in(request: pytest.FixtureRequest, settings: Any) -> Iterator[str]:
    """Where it is counted; Redis where the tests have one."""
    if request.param == "redis" and not os.environ.get("TEST_REDIS_URL"):
        pytest.skip("no Redis to test with")
    if request.param != "redis":
        settings.REDIS_URL = "" if request.param == "database" else NOBODY
    else:
        cache.clear()
    counters.forget()
    yield str(request.param)
    counters.forget()


@pytest.mark.django_db
def test_it_counts_in_windows(kept_in: str) -> None:
    assert [counters.hit("a", 3600, NOW) for _ in range(3)] == [1, 2, 3]
    assert counters.hit("b", 3600, NOW) == 1
    assert counters.read("a", 3600, LATER - dt.timedelta(seconds=1)) == 3
    assert counters.read("a", 3600, LATER) == 0
    assert counters.hit("a", 3600, LATER) == 1
    assert counters.read("nothing", 3600, NOW) == 0


@pytest.mark.django_db
def test_what_was_counted_can_be_taken_back_but_never_below_nothing() -> None:
    counters.hit("a", 3600, NOW)
    counters.hit("a", 3600, NOW)
    counters.back("a", 3600, NOW)
    assert counters.read("a", 3600, NOW) == 1
    for _more in range(3):
        counters.back("a", 3600, NOW)
    assert counters.hit("a", 3600, NOW) == 1


@pytest.mark.django_db
def test_several_are_counted_together_in_the_order_asked() -> None:
    one, two = Counter("z", 3600), Counter("a", 3600, 3)
    counters.hit_all([one], NOW)
    assert counters.hit_all([one, two], NOW) == [2, 1]
    assert counters.hit_all([two, one], NOW) == [2, 3]
    counters.back_all([one, two], NOW)
    assert counters.hit_all([two], LATER) == [1]
    assert counters.recent(two, LATER, 3) == [1, 1, 0]
    assert one.ends_at(NOW) == LATER
    assert two.expires_at(NOW) == LATER + dt.timedelta(hours=2)


@pytest.mark.django_db
def test_it_costs_one_statement_in_the_database_and_none_with_redis(kept_in: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        counters.hit_all([Counter("a", 3600), Counter("b", 3600)], NOW)
    assert len(queries) == (0 if kept_in == "redis" else 1)


@pytest.mark.django_db(transaction=True)
def test_it_is_exact_when_many_count_at_once() -> None:
    both = [Counter("a", 3600), Counter("b", 3600)]

    def count() -> list[int]:
        return [counters.hit_all(both, NOW)[0] for _ in range(25)]

    def count_the_other_way_round() -> list[int]:
        return [counters.hit_all(both[::-1], NOW)[1] for _ in range(25)]

    def count_and_take_back() -> list[int]:
        for _ in range(25):
            counters.hit_all([Counter("b", 3600)], NOW)
            counters.back_all([Counter("b", 3600)], NOW)
        return []

    results: Any = at_once(*[count, count_the_other_way_round, count_and_take_back] * 3)
    assert sorted(itertools.chain(*results)) == list(range(1, 151)), "no count was given twice"
    assert [counters.read(one, 3600, NOW) for one in ("a", "b")] == [150, 150]


@pytest.mark.django_db
def test_what_is_over_is_forgotten(kept_in: str) -> None:
    counters.hit_all([Counter("a", 3600), Counter("b", 3600, 5)], NOW)
    counters.tidy(LATER)
    assert counters.read("a", 3600, NOW) == 1
    counters.tidy(LATER + dt.timedelta(seconds=1))
    if kept_in == "redis":
        client = counters._client(os.environ["TEST_REDIS_URL"])
        left = [client.ttl(counters.PREFIX + Counter(name, 3600).key(NOW)) for name in "ab"]
        assert left == [pytest.approx(1201, abs=5), pytest.approx(1201 + 4 * 3600, abs=5)]
    else:
        assert [row.key for row in WindowCount.objects.all()] == [Counter("b", 3600).key(NOW)]


@pytest.mark.django_db
def test_a_lost_redis_is_told_once_and_not_waited_for_each_time(
    kept_in: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "rooms.counters"):
        for count in range(1, 6):
            assert counters.hit("a", 3600, NOW) == count
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == (kept_in == "lost")
    assert all("Redis is lost, the database counts meanwhile" in text for text in told)


@pytest.mark.django_db
def test_redis_counts_again_once_it_is_back(settings: Any) -> None:
    if not os.environ.get("TEST_REDIS_URL"):
        pytest.skip("no Redis to test with")
    settings.REDIS_URL = NOBODY
    counters.hit("a", 3600, NOW)
    settings.REDIS_URL = os.environ["TEST_REDIS_URL"]
    assert counters.hit("a", 3600, NOW) == 2, "it is not asked again so soon"
    counters.forget()
    assert counters.hit("a", 3600, NOW) == 1
