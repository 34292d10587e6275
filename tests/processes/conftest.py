"""Tests here start real processes: what a newcomer's machine would run."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tests.processes.installation import Installation
from tests.suite import POSTGRES, REDIS

DATABASE = "anyroom_run_test"
CAPACITY = 60  # of a room of the shared installation: a crowd fills it


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One `make run` for all tests of this folder that need no more than that it runs."""
    made = Installation(
        tmp_path_factory.mktemp("run") / "home",
        CARRIER_SPEECH_RATE="200",
        ROOM_CAPACITY=str(CAPACITY),
        API_REQUESTS_PER_MINUTE="3000",  # all examples of the docs are tried with one key
    )
    try:
        made.run().wait_until_ready(120)
        yield made
    finally:
        made.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    """An installation that the test starts and stops as it likes."""
    made = Installation(tmp_path / "home")
    yield made
    made.stop()


@pytest.fixture
def on_servers(tmp_path: Path) -> Iterator[Installation]:
    """One on PostgreSQL and Redis; the test starts it. Skipped where they do not answer."""
    server = _server()
    if server is None:
        pytest.skip("PostgreSQL or Redis is not reachable")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    queue = (os.environ.get("TEST_REDIS_URL") or REDIS).rpartition("/")[0] + "/8"
    redis.Redis.from_url(queue).flushdb()
    address = server.rpartition("/")[0] + f"/{DATABASE}"
    made = Installation(
        tmp_path / "home", DATABASE_URL=address, REDIS_URL=queue, CARRIER_SPEECH_RATE="200"
    )
    try:
        yield made
    finally:
        made.stop()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def _server() -> str | None:
    """The PostgreSQL server's address, where it and Redis answer."""
    address = os.environ.get("TEST_DATABASE_URL") or POSTGRES
    try:
        psycopg.connect(address, connect_timeout=3).close()
        redis.Redis.from_url(os.environ.get("TEST_REDIS_URL") or REDIS).ping()
    except (psycopg.Error, redis.RedisError):
        return None
    return address
