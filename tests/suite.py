"""`make test` and `make soak`: the suite on each database that can be reached.

SQLite always; PostgreSQL and Redis where they answer (TEST_DATABASE_URL and TEST_REDIS_URL, by
default those of this machine); browsers where a Chromium is found. What is skipped is said. There
are four lanes, which fill two cores, since tests of calls wait much of their time: SQLite, in two
parts, of which the wings are followed by the tests that look at pages, and the carrier; PostgreSQL;
those that start processes, which wait most of all.
"""

import os
import subprocess
import sys
import threading
import time

import psycopg
import redis

from tests.chromium import find_chromium

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/9"
WITHOUT_PROCESSES = ["tests", "--ignore=tests/carrier", "--ignore=tests/processes"]
WINGS = ["tests/telephony", "tests/billing"]
CORE = [*WITHOUT_PROCESSES, *(f"--ignore={name}" for name in WINGS)]
# On the second database only what talks to one; the rest would be the same again.
NO_DATABASE = [
    *("test_architecture.py", "test_guards.py", "test_notice_mail.py", "test_settings.py"),
    *("test_translations.py", "telephony/test_call_flow.py", "telephony/test_signatures.py"),
    *("telephony/test_opening_sentences.py", "meetings/test_calendars.py"),
    *("meetings/test_letters.py", "meetings/test_pasting.py", "meetings/test_recurrence.py"),
    *("meetings/test_reminder_minutes.py", "meetings/test_rules.py", "meetings/test_times.py"),
    *("meetings/test_rules_hold.py", "meetings/test_rrules.py", "test_russian_pages.py"),
    *("telephony/test_voice.py", "telephony/test_voice_catalogue.py"),
]
# Pages ask the database for little that the rest does not; `make soak` sees them on both.
PAGES = ["*_pages.py", "billing/test_sandbox*", "billing/test_admin.py", "test_people_import.py"]
PAGES += [
    "billing/test_start.py",
    *("test_api_conventions.py", "test_api_ids.py", "test_api_schema.py", "test_api_whole.py"),
    "test_schema_fuzzed.py",
    "test_mailbox.py",
    "test_accounts_signup.py",
]
ON_BOTH = [*WITHOUT_PROCESSES, *(f"--ignore=tests/{name}" for name in NO_DATABASE)]
QUICKLY = [*ON_BOTH, *(f"--ignore-glob=tests/{name}" for name in PAGES)]
LOOKS = ["tests/processes/test_accessible.py", "tests/processes/test_meeting.py"]
CLOCKS = ["tests/processes", *(f"--ignore={name}" for name in LOOKS)]


Run = tuple[str, dict[str, str], list[str]]  # its name, variables, and pytest's arguments


def _lane(runs: list[Run], results: list[str], *, kept: bool) -> None:
    """One after the other; what they print is seen at once, or kept until each has ended."""
    for name, variables, arguments in runs:
        print(f"\n=== {name}{' (shown at its end)' * kept} ===", flush=True)
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *arguments],
            env={**os.environ, **variables},
            stdout=subprocess.PIPE if kept else None,
            stderr=subprocess.STDOUT if kept else None,
        )
        seconds = time.monotonic() - begin
        if kept:
            told = done.stdout.decode(errors="replace")
            print(f"\n=== {name} ===\n{told}", flush=True)
        verdict = "passed" if done.returncode == 0 else "FAILED"
        results.append(f"{verdict}: {name} in {seconds:.0f} s")


def main() -> None:
    soak = "--soak" in sys.argv
    marks = ["-m", "soak or property", "--timeout=1800"] if soak else ["-m", "not soak"]
    os.environ["ANYROOM_EXAMPLES"] = "soak" if soak else "quick"
    servers = _servers()
    lanes: list[list[Run]] = [
        [("SQLite, files: the core", {}, [*marks, *CORE])],
        [
            ("SQLite, files: the wings", {}, [*marks, *WINGS]),
            ("pages and the carrier", {}, [*marks, *LOOKS, "tests/carrier"]),
        ],
        [("processes", {}, [*marks, *CLOCKS])],
    ]
    if servers:
        both = ("PostgreSQL, Redis", servers, [*marks, *(ON_BOTH if soak else QUICKLY)])
        lanes.append([both])
    if servers and soak:
        lanes[2].append(("processes, PostgreSQL", servers, [*marks, "tests/processes"]))
    results: list[str] = []
    beside = [
        threading.Thread(target=_lane, args=(lane, results), kwargs={"kept": True})
        for lane in lanes[1:]
    ]
    for lane in beside:
        lane.start()
    _lane(lanes[0], results, kept=False)
    for lane in beside:
        lane.join()
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
