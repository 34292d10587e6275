"""`make bench`: what a caller waits on, against a bare Django view served the same way.

Needs PostgreSQL (BENCH_DATABASE_URL, a database that may be filled and emptied; by default
`anyroom_bench` on this machine, which is made) and Redis (BENCH_REDIS_URL). The figures are
ratios of one run, because machines are noisy; the targets stand beside them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg

from bench import load
from bench.load import Result

ROOT = Path(__file__).resolve().parent.parent
DATABASE = os.environ.get(
    "BENCH_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/anyroom_bench"
)
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/7")
BARE_PORT, SITE_PORT = 8791, 8792
ROUNDS = 5
SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "1000,1000000").split(","))


def main() -> None:
    _make_database()
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(_production(home))
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True
        )

        servers = [_serve("bench.bare:application", BARE_PORT), _serve_site()]
        try:
            results = {size: _measure(size) for size in SIZES}
        finally:
            for server in servers:
                server.terminate()
    sys.exit(_report(results))


def _make_database() -> None:
    server, _slash, name = DATABASE.rpartition("/")
    try:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [name]
            ).fetchone():
                connection.execute(f'CREATE DATABASE "{name}"')
        with psycopg.connect(DATABASE, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")  # what an older run left
            connection.execute("CREATE SCHEMA public")
    except psycopg.OperationalError as error:
        sys.exit(f"PostgreSQL was not reached ({error}): set BENCH_DATABASE_URL to a database.")


def _production(home: str) -> dict[str, str]:
    """The settings of an installation that is not embedded."""
    from anyroom_site import keys

    made = keys.make(Path(home) / "secrets")
    return {
        "ANYROOM_HOME": home,
        "DJANGO_SETTINGS_MODULE": "anyroom_site.settings",
        "DATABASE_URL": DATABASE,
        "REDIS_URL": REDIS,
        "PUBLIC_URL": "https://anyroom.example",
        "EMAIL_URL": "smtp://127.0.0.1:25",
        "STRIPE_SECRET_KEY": "sk_test_bench",
        "STRIPE_WEBHOOK_SECRET": "whsec_bench",
        "STRIPE_PRICE_ID": "price_bench",
        **{name: value for name, value in made.items() if name != "VONAGE_PUBLIC_KEY"},
    }


def _serve_site() -> subprocess.Popen[bytes]:
    return _serve("anyroom_site.wsgi:application", SITE_PORT)


def _serve(application: str, port: int) -> subprocess.Popen[bytes]:
    command = [Path(sys.executable).parent / "granian", "--interface", "wsgi", "--workers", "1"]
    threads = os.environ.get("WEB_THREADS", "4")
    options = ["--blocking-threads", threads, "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen([*command, *options, application], cwd=ROOT)
    for _try in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
            return server
        except urllib.error.HTTPError:  # the bare view has no such page, but it answers
            return server
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{application} did not start")


def _measure(size: int) -> dict[str, list[Result]]:
    from bench import calls as make  # reads the settings, which main() has set

    make.fill(size)
    kinds: dict[str, list[Result]] = {"bare": [], "answer": [], "admit": []}
    for number in range(ROUNDS + 1):
        kept = number > 0  # the first round warms up
        answers, admits = make.answers(4_000), make.inputs(1_500)
        for kind, port, requests in (
            ("bare", BARE_PORT, answers),
            ("answer", SITE_PORT, answers),
            ("admit", SITE_PORT, admits),
        ):
            result = load.run(port, requests)
            if kept:
                kinds[kind].append(result)
    make.check_admitted((ROUNDS + 1) * 1_500)
    return kinds


def _report(results: dict[int, dict[str, list[Result]]]) -> int:
    """Print the figures; the exit code says whether the targets were met."""
    shares: dict[tuple[int, str], float] = {}
    print(f"{'rooms':>10} {'what':8} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'of bare':>8}")
    for size, kinds in results.items():
        for kind, rounds in kinds.items():
            # Each round's own bare view is its measure: noise that lasts hits both.
            share = statistics.median(
                one.rate / bare.rate for one, bare in zip(rounds, kinds["bare"], strict=True)
            )
            shares[size, kind] = share
            rate, p50, p99 = (
                statistics.median(getattr(one, name) for one in rounds)
                for name in ("rate", "p50", "p99")
            )
            print(f"{size:>10,} {kind:8} {rate:>8,.0f} {p50:>8.2f} {p99:>8.2f} {share:>8.3f}")
    checks = {
        "answer of bare ≥ 0.30": min(shares[size, "answer"] for size in results) >= 0.30,
        "admit of bare ≥ 0.05": min(shares[size, "admit"] for size in results) >= 0.05,
    }
    few, many = min(results), max(results)
    if few < many:
        growth = shares[few, "admit"] / shares[many, "admit"]
        checks[f"{many:,} rooms cost {growth:.2f} of {few:,} ≤ 1.2"] = growth <= 1.2
    for text, met in checks.items():
        print(f"{'met   ' if met else 'MISSED'} {text}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    main()
