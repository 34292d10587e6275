"""The process that sends webhooks is killed again and again: none is lost.

An event can come twice only where the receiver had taken it and the process died before it wrote
that down. It comes with the same id then.
"""

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from anyroom_site import keys
from rooms.notices.hooks import claims
from tests.hooks.receiver import Receiver, slow
from tests.processes.installation import Installation, kill_group, wait_for

MAKE = """
import json
from rooms.accounts.models import Account
from rooms.notices.hooks import endpoints, events
made = []
for number in range(4):
    account = Account.objects.create(name=str(number))
    endpoints.make(account, url="URL", by=None)
    for key in range(EVENTS // 4):
        made.append(events.record(account.pk, "room.changed", str(key), {}).pk)
print(json.dumps(made))
"""
# What beat asks for. A claim runs out after a minute; here at once, since nobody who has one lives.
FREE = """
import json
from rooms.notices.hooks.models import WebhookDelivery
from rooms.notices.hooks.tasks import deliver
WebhookDelivery.objects.update(claimed_until=None)
deliver.delay()
print(json.dumps(None))
"""
STATES = """
import json
from rooms.notices.hooks.models import WebhookDelivery
print(json.dumps(list(WebhookDelivery.objects.values_list("event", "status", "tries"))))
"""


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("events", "kills"), [(200, 4), (1200, 25)])
def test_killing_the_sender_loses_no_event(tmp_path: Path, events: int, kills: int) -> None:
    installation = Installation(tmp_path / "home")
    _make_home(installation)
    with Receiver(slow(0.05)) as receiver:
        made = installation.shell(MAKE.replace("URL", receiver.url).replace("EVENTS", str(events)))
        kills_in_between = 0
        try:
            for _kill in range(kills):
                if len(set(receiver.events())) == events:
                    break
                before = len(receiver.got)
                installation.shell(FREE)
                worker = _start(installation, tmp_path)
                wait_for("the first ones", lambda before=before: len(receiver.got) > before)
                time.sleep(random.uniform(0, 0.3))
                kill_group(worker)
                kills_in_between += len(set(receiver.events())) < events
            assert kills_in_between, "every kill came too late to show anything"
            installation.shell(FREE)
            _start(installation, tmp_path)
            wait_for("all to be delivered", lambda: _all_delivered(installation), 60)
        finally:
            installation.stop()
    came = Counter(receiver.events())
    assert set(came) == set(made), "none is lost"
    tries = {event: number for event, _status, number in installation.shell(STATES)}
    doubled = {event for event, number in came.items() if number > 1}
    assert len(doubled) <= kills * claims.MOST
    assert all(tries[event] > 1 for event in doubled), "only what a killed process had in hand"


def _make_home(installation: Installation) -> None:
    keys.make(installation.home)
    for folder in ("queue", "control", "done"):
        (installation.home / "broker" / folder).mkdir(parents=True)
    installation.manage("migrate", "--verbosity", "0")


def _start(installation: Installation, logs: Path) -> Any:
    arguments = ["-A", "anyroom_site", "worker", "--queues", "hooks", "--pool", "solo"]
    quiet = ["--loglevel", "warning", "--without-gossip", "--without-mingle"]
    return installation.start("celery", *arguments, *quiet, log=logs / "hooks.log")


def _all_delivered(installation: Installation) -> bool:
    return {status for _event, status, _tries in installation.shell(STATES)} == {"delivered"}
