"""`make test` and `make soak`: the suite on each database that can be reached.

SQLite always; PostgreSQL and Redis where they answer (TEST_DATABASE_URL and TEST_REDIS_URL, by
default those of this machine); browsers where a Chromium is found. What is skipped is said.
"""

import os
import subprocess
import sys
import time

import psycopg
import redis

from tests.chromium import find_chromium

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/9"
# On the second database only what talks to one; the rest would be the same again.
ON_BOTH = ["tests", "--ignore=tests/carrier", "--ignore=tests/processes"]


def main() -> None:
    soak = "--soak" in sys.argv
    marks = ["-m", "soak or property", "--timeout=1800"] if soak else ["-m", "not soak"]
    os.environ["ANYROOM_EXAMPLES"] = "soak" if soak else "quick"
    runs = [("SQLite, files", {}, ["tests"])]
    servers = _servers()
    if servers:
        runs.append(("PostgreSQL, Redis", servers, ON_BOTH + ["tests/processes"] * soak))
    results = [_run(name, variables, [*marks, *paths]) for name, variables, paths in runs]
    print("\n" + "\n".join(results))
    if not servers:
        print(
            "SKIPPED: PostgreSQL and Redis are not both reachable (TEST_DATABASE_URL, _REDIS_URL)"
        )
    if find_chromium() is None:
        print("SKIPPED: the browser tests, because no Chromium is found (Debian: chromium)")
    sys.exit(any("FAILED" in result for result in results))


def _run(name: str, variables: dict[str, str], arguments: list[str]) -> str:
    print(f"\n=== {name} ===", flush=True)
    begin = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    code = subprocess.call(command, env={**os.environ, **variables})
    seconds = time.monotonic() - begin
    return f"{'passed' if code == 0 else 'FAILED'}: {name} in {seconds:.0f} s"


def _servers() -> dict[str, str]:
    """The variables for PostgreSQL and Redis, or none where one of them does not answer."""
    database = os.environ.get("TEST_DATABASE_URL", POSTGRES)
    counters = os.environ.get("TEST_REDIS_URL", REDIS)
    try:
        psycopg.connect(database, connect_timeout=3).close()
        redis.Redis.from_url(counters, socket_connect_timeout=3).ping()
    except (psycopg.Error, redis.RedisError):
        return {}
    return {"TEST_DATABASE_URL": database, "TEST_REDIS_URL": counters}


if __name__ == "__main__":
    main()
