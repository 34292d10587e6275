"""`make run`: everything on one machine, with nothing to install and no account anywhere.

Prepares ANYROOM_HOME, then lets supervisord run the Procfile's processes and the carrier: it
restarts one that dies and says so. Ctrl-C stops all, and so does a terminal that is closed.
"""

import configparser
import contextlib
import fcntl
import io
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from django.core.exceptions import ImproperlyConfigured

from anyroom_site import keys
from anyroom_site.keys import write_secret

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

PORTS = ("PORT", "CARRIER_PORT", "LIVE_PORT", "ASSISTANT_PORT")
UNNOTICED = ("ASSISTANT_PORT",)  # one in use is put elsewhere, unless it was asked for
SUPERVISORD = {
    "nodaemon": "true",
    "logfile": "{home}/supervisord.log",
    "logfile_maxbytes": "1MB",
    "pidfile": "{home}/supervisord.pid",
    "directory": str(ROOT),
}
PROGRAM = {
    "autorestart": "true",
    "startsecs": "1",
    "startretries": "1000000",  # a pause grows with each try, so this only means: never give up
    "killasgroup": "true",
    "stopwaitsecs": "8",
    "redirect_stderr": "true",
    "stdout_logfile": "/dev/fd/1",
    "stdout_logfile_maxbytes": "0",
}


def main() -> None:
    home = Path(os.environ.setdefault("ANYROOM_HOME", str(ROOT / "var"))).resolve()
    os.environ["ANYROOM_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyroom_site.settings")
    os.chdir(ROOT)
    lock = _claim(home)
    keys.make(home)
    try:
        import django

        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    _check_ports()
    _prepare(home)
    _set_carrier_up(home)
    code = _supervise(_write_supervisord_config(home))
    lock.close()
    sys.exit(code)


def _claim(home: Path) -> TextIO:
    """The home is ours while this file is open: two runs would share a database and a queue."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "run.lock").open("w")
    except OSError as error:
        sys.exit(f"ANYROOM_HOME {home} cannot be written: {error.strerror}. Choose another folder.")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(
            f"AnyRoom runs from {home} already: stop it first, or choose another ANYROOM_HOME."
        )
    return lock


def _check_ports() -> None:
    from django.conf import settings

    with contextlib.ExitStack() as held:
        for name in PORTS:
            port = getattr(settings, name)
            try:
                _take(port, held)
            except OSError:
                if name in UNNOTICED and name not in os.environ:
                    os.environ[name] = str(_take(0, held))
                    continue
                sys.exit(
                    f"{name} {port} is in use: stop what uses it (another `make run`?), "
                    f"or choose another: make run {name}={port + 1}"
                )


def _take(port: int, held: contextlib.ExitStack) -> int:
    """Hold the port (0: any) as long as `held` is open, and say which it is; raises OSError."""
    probe = held.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", port))
    probe.listen()  # or the next one may be bound to the same port
    return int(probe.getsockname()[1])


def _supervise(config: Path) -> int:
    """Run supervisord until it ends. It has a session of its own, so that a terminal that is
    closed reaches it as an orderly end, and not as a hang-up that kills it before its children.
    """
    command = [str(BIN / "supervisord"), "-c", str(config)]
    supervisord = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisord.terminate())
    for line in supervisord.stdout or ():
        with contextlib.suppress(OSError):  # nobody reads it any more; the end is still orderly
            os.write(1, line)
    return supervisord.wait()


def _prepare(home: Path) -> None:
    """Bring database, queue and static files up to date; say how to get in."""
    from django.core.management import call_command

    for folder in ("broker/queue", "broker/control", "broker/done", "mail"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    _collect_static(home)
    welcome = io.StringIO()
    call_command("demo", stdout=welcome)
    write_secret(home / "welcome.txt", welcome.getvalue())


def _collect_static(home: Path) -> None:
    """Only when something changed: hashing the API docs' files takes seconds."""
    from django.core.management import call_command

    sources = [ROOT / "requirements" / "run.txt", *(ROOT / "static").rglob("*")]
    newest = max((path.stat().st_mtime for path in sources if path.exists()), default=0.0)
    stamp = home / "static.stamp"
    if not stamp.exists() or stamp.read_text() != str(newest):
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(str(newest))


def _set_carrier_up(home: Path) -> None:
    """The carrier is a building of its own: what it must know it is told by its environment."""
    from cryptography.hazmat.primitives import serialization
    from django.conf import settings

    private = serialization.load_pem_private_key(settings.VONAGE_PRIVATE_KEY.encode(), None)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    public_key = home / "carrier-public.pem"
    public_key.write_bytes(public)
    webhooks = f"http://127.0.0.1:{settings.PORT}/telephony"
    os.environ.update(
        VONAGE_APPLICATION_ID=settings.VONAGE_APPLICATION_ID,
        VONAGE_SIGNATURE_SECRET=settings.VONAGE_SIGNATURE_SECRET,
        CARRIER_PUBLIC_KEY=str(public_key),
        CARRIER_ANSWER_URL=f"{webhooks}/answer",
        CARRIER_EVENT_URL=f"{webhooks}/event",
        CARRIER_STATUS_URL=f"{webhooks}/message-status",
        CARRIER_INBOUND_URL=f"{webhooks}/message",
        CARRIER_FALLBACK_URL=f"{webhooks}/fallback",
        CARRIER_RECORDINGS=str(home / "carrier-recordings"),
    )
    if os.geteuid() == 0:  # Celery warns of a danger that its JSON messages do not have
        os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker")
    # One process of a few threads each is plenty for one machine, and starts sooner.
    for name, value in (
        ("HOST", "127.0.0.1"),
        ("WEB_CONCURRENCY", "1"),
        ("WORKER_CONCURRENCY", "2"),
    ):
        os.environ.setdefault(name, value)


def _write_supervisord_config(home: Path) -> Path:
    config = configparser.RawConfigParser()
    config["supervisord"] = {
        name: value.replace("{home}", str(home)) for name, value in SUPERVISORD.items()
    }
    if os.geteuid() == 0:  # said on purpose, or supervisord warns at every start
        config["supervisord"]["user"] = "root"
    commands = dict(
        line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line
    )
    commands.pop("release")
    commands["carrier"] = "python -m carrier"
    commands["hooks"] = f"nice {commands['hooks']}"  # whoever opens a page or calls goes first
    for name, command in commands.items():
        config[f"program:{name}"] = {"command": _shell(command), **PROGRAM}
    once = {**PROGRAM, "autorestart": "false", "startsecs": "0"}
    config["program:ready"] = {"command": _shell("python -m anyroom_site.ready"), **once}
    # Those of one group end together, and not each after the one before it.
    config["group:anyroom"] = {"programs": ",".join([*commands, "ready"])}
    path = home / "supervisord.conf"
    with path.open("w") as file:
        config.write(file)
    return path


def _shell(command: str) -> str:
    """The Procfile's command as one process, its variables filled in by the shell."""
    return f"/bin/sh -c 'PATH=\"{BIN}:$PATH\"; export PATH; exec {command}'".replace("%", "%%")


if __name__ == "__main__":
    main()
