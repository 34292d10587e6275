"""`make test` and `make soak`: the suite on each database that can be reached.

SQLite always; PostgreSQL and Redis where they answer (TEST_DATABASE_URL and TEST_REDIS_URL, by
default those of this machine); browsers where a Chromium is found. What is skipped is said. The
two databases go side by side; the tests that start processes come after them, those that watch the
clock beside those that look at pages.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO

import psycopg
import redis

from tests.chromium import find_chromium

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/9"
WITHOUT_PROCESSES = ["tests", "--ignore=tests/carrier", "--ignore=tests/processes"]
# On the second database only what talks to one; the rest would be the same again.
NO_DATABASE = [
    *("test_architecture.py", "test_translations.py", "meetings/test_recurrence.py"),
    *("meetings/test_rules.py", "meetings/test_rules_hold.py", "meetings/test_rrules.py"),
    *("meetings/test_times.py", "meetings/test_pasting.py", "meetings/test_reminder_minutes.py"),
]
ON_BOTH = [*WITHOUT_PROCESSES, *(f"--ignore=tests/{name}" for name in NO_DATABASE)]
LOOKS = ["tests/processes/test_accessible.py", "tests/processes/test_meeting.py"]
CLOCKS = ["tests/processes", *(f"--ignore={name}" for name in LOOKS)]


@dataclass
class Run:
    """One pytest, begun; what it prints is seen at once, or kept until `finish` shows it."""

    name: str
    process: subprocess.Popen[bytes]
    output: IO[bytes] | None
    begun: float

    @classmethod
    def begin(
        cls, name: str, variables: dict[str, str], arguments: list[str], *, kept: bool = False
    ) -> "Run":
        output = tempfile.TemporaryFile() if kept else None  # noqa: SIM115 (closed with the run)
        print(f"\n=== {name}{' (shown at its end)' * kept} ===", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", *arguments]
        process = subprocess.Popen(
            command,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        return cls(name, process, output, time.monotonic())

    def finish(self) -> str:
        """Wait for its end, show what it printed, and say in a line how it went."""
        code = self.process.wait()
        seconds = time.monotonic() - self.begun
        if self.output:
            self.output.seek(0)
            told = self.output.read().decode(errors="replace")
            print(f"\n=== {self.name} ===\n{told}", flush=True)
        return f"{'passed' if code == 0 else 'FAILED'}: {self.name} in {seconds:.0f} s"


def main() -> None:
    soak = "--soak" in sys.argv
    marks = ["-m", "soak or property", "--timeout=1800"] if soak else ["-m", "not soak"]
    os.environ["ANYROOM_EXAMPLES"] = "soak" if soak else "quick"
    servers = _servers()
    first = []
    if servers:
        first.append(Run.begin("PostgreSQL, Redis", servers, [*marks, *ON_BOTH], kept=True))
    first.insert(0, Run.begin("SQLite, files", {}, [*marks, *WITHOUT_PROCESSES]))
    results = [run.finish() for run in first]
    looks = Run.begin("pages and the carrier", {}, [*marks, *LOOKS, "tests/carrier"], kept=True)
    results.append(Run.begin("processes", {}, [*marks, *CLOCKS]).finish())
    results.append(looks.finish())
    if servers and soak:
        again = Run.begin("processes, PostgreSQL, Redis", servers, [*marks, "tests/processes"])
        results.append(again.finish())
    print("\n" + "\n".join(results))
    if not servers:
        print(
            "SKIPPED: PostgreSQL and Redis are not both reachable (TEST_DATABASE_URL, _REDIS_URL)"
        )
    if find_chromium() is None:
        print("SKIPPED: the browser tests, because no Chromium is found (Debian: chromium)")
    sys.exit(any("FAILED" in result for result in results))


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
