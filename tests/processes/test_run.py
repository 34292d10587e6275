"""`make run`: it starts by itself, survives a death, keeps its state, and stops as a whole."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from anyroom_site import run
from tests.processes.installation import ROOT, Installation, Running, free_port, wait_for

PROGRAMS = ("web", "live", "assistant", "worker", "hooks", "beat", "carrier")


def demo(installation: Installation) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(installation.manage("demo", "--json"))
    return made


def pids(running: Running) -> dict[str, int]:
    """The process id that each program was given last."""
    found = {}
    for line in running.said.splitlines():
        if "spawned: '" in line:
            name = line.split("'")[1]
            found[name] = int(line.rsplit(" ", 1)[1])
    return found


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def left_over(installation: Installation) -> list[str]:
    """Processes of this machine that were started for the installation's home."""
    home = f"ANYROOM_HOME={installation.home}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if home in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:  # gone meanwhile, or not ours to look at
            continue
    return found


def dial(installation: Installation, code: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "carrier", "dial", "--from", "+15550123", "--to", "+15550100"]
    return subprocess.run(
        [*command, "--keys", f"{code}#", "--stay", "1"],
        cwd=ROOT,
        env=installation.environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.timeout(240)
def test_a_run_from_nothing_to_its_end(fresh: Installation) -> None:
    running = fresh.run().wait_until_ready()
    made = demo(fresh)
    code = made["rooms"][0]["access_code"]
    assert f"log in as {made['email']} with {made['password']}" in running.said
    assert f"key {code}#" in running.said
    assert (made["url"], made["number"]) == (fresh.url, "+15550100")
    assert _api(fresh, made["api_key"])["data"][0]["access_code"] == code
    assert set(pids(running)) >= set(PROGRAMS)

    for name in PROGRAMS:
        before = pids(running)[name]
        os.kill(before, signal.SIGKILL)
        wait_for(f"{name} to come back", lambda n=name, b=before: pids(running)[n] != b)
        assert f"exited: {name} (terminated by SIGKILL" in running.said
    wait_for("a call to get through", lambda: dial(fresh, code).returncode == 0, 40)

    children = pids(running)
    os.kill(running.process.pid, signal.SIGINT)  # Ctrl-C
    assert running.process.wait(25) == 0
    wait_for("all to be gone", lambda: not any(is_alive(pid) for pid in children.values()))
    wait_for("workers of killed servers to be gone", lambda: not left_over(fresh))

    begin = time.monotonic()
    fresh.run().wait_until_ready()
    assert time.monotonic() - begin < 5 * _slowness()
    assert demo(fresh) == made, "login, keys and codes survive a restart"


def _slowness() -> float:
    """How much longer importing Django takes here and now than the 0.35 s of a quiet machine."""
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", "import django, celery"], check=True)
    return max(1.0, (time.monotonic() - begin) / 0.35)


def _api(installation: Installation, key: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{installation.url}/api/v1/rooms/", headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_port_in_use_is_told_in_one_line(fresh: Installation) -> None:
    with socket.create_server(("127.0.0.1", fresh.ports["PORT"])):
        running = fresh.run()
        assert running.process.wait(30) != 0
    (line,) = running.said.strip().splitlines()
    assert line.startswith(f"PORT {fresh.ports['PORT']} is in use")
    assert "make run PORT=" in line


def test_a_wrong_setting_is_told_in_one_line(fresh: Installation) -> None:
    fresh.environment["DATABASE_URL"] = "mysql://root@127.0.0.1/x"
    running = fresh.run()
    assert running.process.wait(30) != 0
    (line,) = running.said.strip().splitlines()
    assert line.startswith("DATABASE_URL does not name a PostgreSQL database: set it to")


def test_dialling_without_a_carrier_is_told_in_one_line() -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    done = subprocess.run(
        [sys.executable, "-m", "carrier", "dial", "--from", "+1", "--to", "+1", "--keys", "1#"],
        cwd=ROOT,
        env={**os.environ, "CARRIER_URL": nobody},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert len((done.stdout + done.stderr).strip().splitlines()) == 1


@pytest.mark.soak
def test_a_closed_terminal_stops_all(fresh: Installation) -> None:
    running = fresh.run().wait_until_ready()
    children = pids(running)
    os.kill(running.process.pid, signal.SIGHUP)
    assert running.process.wait(25) == 0
    wait_for("all to be gone", lambda: not any(is_alive(pid) for pid in children.values()))


def test_a_second_run_from_the_same_home_is_refused(fresh: Installation) -> None:
    fresh.home.mkdir(parents=True)
    with (fresh.home / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = fresh.run()
        assert running.process.wait(30) != 0
    (line,) = running.said.strip().splitlines()
    assert line.startswith(f"AnyRoom runs from {fresh.home} already")


def test_one_port_for_two_is_told(fresh: Installation) -> None:
    fresh.environment["CARRIER_PORT"] = fresh.environment["PORT"]
    running = fresh.run()
    assert running.process.wait(30) != 0
    assert running.said.startswith(f"CARRIER_PORT {fresh.ports['PORT']} is in use")


def test_the_assistants_port_need_not_be_thought_of(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PORT", "CARRIER_PORT", "LIVE_PORT"):
        setattr(settings, name, free_port())
    monkeypatch.setenv("ASSISTANT_PORT", "")
    monkeypatch.delenv("ASSISTANT_PORT")
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings.ASSISTANT_PORT = taken = other.getsockname()[1]
        run._check_ports()
        assert int(os.environ["ASSISTANT_PORT"]) not in (0, taken)
        monkeypatch.setenv("ASSISTANT_PORT", str(taken))
        with pytest.raises(SystemExit, match=f"ASSISTANT_PORT {taken} is in use"):
            run._check_ports()


def test_a_home_that_cannot_be_written_is_told(fresh: Installation) -> None:
    fresh.environment["ANYROOM_HOME"] = "/proc/nowhere"
    running = fresh.run()
    assert running.process.wait(30) != 0
    (line,) = running.said.strip().splitlines()
    assert line.startswith("ANYROOM_HOME /proc/nowhere cannot be written")
