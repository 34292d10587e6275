"""An installation of its own for a test that starts real processes: home, ports, settings."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
PORTS = ("PORT", "CARRIER_PORT", "LIVE_PORT", "ASSISTANT_PORT")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, found: Callable[[], Any], seconds: float = 30) -> Any:
    """What `found` returns once it is true; fails the test with `what` when time is up."""
    end = time.monotonic() + seconds
    while not (result := found()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)
    return result


class Installation:
    """An ANYROOM_HOME with free ports; `DATABASE_URL` and `REDIS_URL` as the suite was given."""

    running: "Running"  # once it runs

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        self.ports = {name: free_port() for name in PORTS}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TEST_")},
            # The suite's own database and queue are its own; what starts here starts empty.
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "ANYROOM_HOME": str(home),
            **{name: str(port) for name, port in self.ports.items()},
            **variables,
        }
        self._processes: list[subprocess.Popen[str]] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.ports['PORT']}"

    @property
    def phones_url(self) -> str:
        return f"http://localhost:{self.ports['CARRIER_PORT']}"

    def manage(self, *arguments: str) -> str:
        """The output of `manage.py …`."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> Any:
        """Run Python with the installation's models; what it prints as JSON comes back."""
        return json.loads(self.manage("shell", "--verbosity", "0", "--command", code))

    def start(self, *command: str, log: Path) -> subprocess.Popen[str]:
        """Start a process in a group of its own, its output in `log`."""
        with log.open("a") as output:
            process = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def run(self) -> "Running":
        """`make run`, without make."""
        log = self.home.parent / f"{self.home.name}.log"
        process = self.start("python", "-m", "anyroom_site.run", log=log)
        self.running = Running(process, log)
        return self.running

    def stop(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                kill_group(process)


class Running:
    """A `make run` under way."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_until_ready(self, seconds: float = 60) -> "Running":
        wait_for("AnyRoom to run", lambda: self._ready_or_dead(), seconds)
        return self

    def _ready_or_dead(self) -> bool:
        assert self.process.poll() is None, self.said
        return "AnyRoom is running." in self.said


def kill_group(process: subprocess.Popen[str]) -> None:
    """SIGKILL for a process and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
