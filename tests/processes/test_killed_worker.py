"""A worker that is killed while it sends 200 notices: none is lost.

A notice can be doubled only where the mail server had taken it and the worker died before it
wrote that down; the server cannot tell such a repeat but by its Message-ID, which stays the same.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.processes.installation import Installation, free_port, kill_group, wait_for

WORKERS = 2

MAKE = """
import json
from rooms.accounts.models import Account, Membership, User
from rooms.notices.models import Notice
account, user = Account.objects.create(name="A"), User.objects.create_user("a@example.com")
Membership.objects.create(account=account, user=user)
Notice.objects.bulk_create(
    Notice(account=account, recipient=user, kind="presence", channel="email",
           address=user.email, key=f"k{n}", subject="s", text="t") for n in range(NOTICES))
print(json.dumps(sorted(Notice.objects.values_list("pk", flat=True))))
"""
STATUSES = """
import json
from rooms.notices.models import Notice
print(json.dumps(list(Notice.objects.values_list("pk", "status", "attempts"))))
"""
# What beat asks for every few seconds. A claim runs out after two minutes; here after some seconds,
# which is more than a worker that lives needs for what it has claimed.
SWEEP = """
import datetime as dt, json
from django.conf import settings
from django.utils import timezone
from rooms.notices.models import Notice
from rooms.notices.tasks import sweep
soon = timezone.now() + dt.timedelta(seconds=settings.NOTICE_CLAIM_SECONDS - 4)
Notice.objects.filter(status="sending", claimed_until__lt=soon).update(claimed_until=timezone.now())
sweep()
print(json.dumps(None))
"""


class Sink:
    """A mail server that counts what it took, by Message-ID."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        text = envelope.content.decode()
        line = next(line for line in text.splitlines() if line.startswith("Message-ID: "))
        self.taken[line.split("<")[1].split("@")[0]] += 1
        return "250 taken"


@pytest.fixture
def mail_server() -> Iterator[tuple[Sink, int]]:
    sink = Sink()
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    yield sink, port
    controller.stop()


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("notices", "kills"), [(200, 4), (1500, 40)])
def test_killing_the_worker_loses_no_notice(
    tmp_path: Path, mail_server: tuple[Sink, int], notices: int, kills: int
) -> None:
    sink, port = mail_server
    home = tmp_path / "home"
    installation = Installation(home, EMAIL_URL=f"smtp://127.0.0.1:{port}")
    _make_home(installation)
    made = installation.shell(MAKE.replace("NOTICES", str(notices)))
    kills_in_between = 0
    try:
        for _kill in range(kills):
            if sink.taken.total() >= notices:
                break
            worker = _start_worker(installation, tmp_path)
            before = sink.taken.total()
            installation.shell(SWEEP)
            wait_for("the first mails", lambda before=before: sink.taken.total() > before)
            time.sleep(random.uniform(0, 0.15))
            kill_group(worker)
            kills_in_between += sink.taken.total() < notices
        assert kills_in_between, "every kill came too late to show anything"
        _start_worker(installation, tmp_path)
        wait_for("all to be sent", lambda: _all_sent(installation), 60)
    finally:
        installation.stop()
    assert set(sink.taken) == set(made), "none is lost"
    attempts = {pk: number for pk, _status, number in installation.shell(STATUSES)}
    doubled = {pk for pk, number in sink.taken.items() if number > 1}
    assert len(doubled) <= kills * WORKERS
    assert all(attempts[pk] > 1 for pk in doubled), "only what a killed worker had in hand"


def _make_home(installation: Installation) -> None:
    from anyroom_site import keys

    keys.make(installation.home)
    for folder in ("queue", "control", "done"):
        (installation.home / "broker" / folder).mkdir(parents=True)
    installation.manage("migrate", "--verbosity", "0")


def _start_worker(installation: Installation, logs: Path) -> Any:
    arguments = ["-A", "anyroom_site", "worker", "--concurrency", str(WORKERS)]
    quiet = ["--loglevel", "warning", "--without-gossip", "--without-mingle"]
    return installation.start("celery", *arguments, *quiet, log=logs / "worker.log")


def _all_sent(installation: Installation) -> bool:
    installation.shell(SWEEP)
    return {status for _pk, status, _n in installation.shell(STATUSES)} == {"sent"}
