"""The worker is killed while it asks the carrier for sixty things: none is lost.

A request can be repeated only where the carrier had taken it and the worker died before that was
written down; what calls are, muted or held, is the same however often it is asked for.
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.processes.installation import Installation, Running, wait_for
from tests.processes.panel import worker_group
from tests.processes.phones import ENTER_CODE, Line, Phone, at_once
from tests.processes.rows import Rows

PEOPLE = 20
BATCH = 12  # what a worker has in hand at most; telephony/controls.py
WORDS = "We go on in five minutes"
PENDING = "SELECT count(*) FROM conferences_command WHERE done_at IS NULL"
SAID = """
SELECT stay.call, command.attempts, command.error
FROM conferences_command AS command
JOIN conferences_participant AS stay ON stay.id = command.participant_id
WHERE command.kind = 'say' AND command.about LIKE 'say_%'
"""
STATES = "SELECT call, muted, held, left_why, left_at IS NULL FROM conferences_participant"
# What callers are told of it, privately, may come too late and is dropped then.
LOST = """
SELECT kind, error FROM conferences_command
WHERE kind <> 'say' AND error NOT IN ('', 'Something newer was asked for.')
"""
# A dead worker's lease and what it had taken run out after half a minute; here at once.
RUN_OUT = """
import json
from django.core.cache import cache
from django.utils import timezone
from rooms.conferences.models import Command
from telephony.controls import LOCK
now = timezone.now()
Command.objects.pending().filter(due_at__gt=now, attempts__gt=0).update(due_at=now)
cache.delete(LOCK)
print(json.dumps(None))
"""


class Trial:
    """A room with people in it, and what is done to them while workers die."""

    def __init__(self, installation: Installation, running: Running) -> None:
        self.installation, self.running = installation, running
        self.line = Line(installation, announcements="off")
        self.rows = Rows(installation)
        numbers = [f"+346000000{n}" for n in range(10, 10 + PEOPLE)]
        self.phones = at_once(self._enter, numbers)
        self.path = f"conferences/{self.line.conferences[0]['id']}"
        stays = self.line.listed(f"{self.path}/participants/")
        by_call = {stay["call"]: stay["id"] for stay in stays}
        self.ids = [by_call[f"cl_{phone.uuid}"] for phone in self.phones]

    def _enter(self, number: str) -> Phone:
        return self.line.dial(number).enters((ENTER_CODE, f"{self.line.code}#"))

    @property
    def pending(self) -> int:
        return int(self.rows.read(PENDING)[0][0])

    def ask(self, action: str, ids: list[str]) -> None:
        at_once(lambda stay: self.line.api(f"participants/{stay}/{action}", {}), ids)

    def kill_in_between(self, *, run_out: bool) -> None:
        """Once some of what is pending has been done."""
        before = self.pending
        wait_for("some to be done", lambda: 0 < self.pending < before, 60)
        time.sleep(random.uniform(0, 0.4))
        left = self.pending
        os.killpg(worker_group(self.running), signal.SIGKILL)
        assert left, "the kill came too late to show anything"
        if run_out:
            self.installation.shell(RUN_OUT)

    def states(self) -> dict[str, tuple[bool, bool]]:
        found = self.rows.read(STATES)
        return {call: (bool(muted), bool(held)) for call, muted, held, _why, _in in found}


@pytest.mark.soak
@pytest.mark.timeout(400)
@pytest.mark.parametrize("run_out", [True, False], ids=["hastened", "as it is"])
def test_killing_the_worker_loses_no_command(tmp_path: Path, run_out: bool) -> None:
    installation = Installation(tmp_path / "home", CARRIER_SPEECH_RATE="400")
    try:
        running = installation.run().wait_until_ready(90)
        trial = Trial(installation, running)
        kills_in_between(trial, run_out=run_out)
        trial.rows.close()
    finally:
        installation.stop()


def kills_in_between(trial: Trial, *, run_out: bool) -> None:
    trial.ask("mute", trial.ids)
    trial.ask("hold", trial.ids)
    said = trial.line.api(f"{trial.path}/announce/", {"text": WORDS})["data"]
    assert len(said) == PEOPLE
    trial.kill_in_between(run_out=run_out)
    back = PEOPLE // 2  # of whom it is taken back while nobody works
    trial.ask("unmute", trial.ids[:back])
    trial.ask("unhold", trial.ids[:back])
    trial.kill_in_between(run_out=run_out)
    wait_for("all to be done", lambda: not trial.pending, 90)

    free, kept = (False, False), (True, True)
    wanted = [free] * back + [kept] * (PEOPLE - back)
    states, seen = trial.states(), [phone.seen for phone in trial.phones]
    assert [states[phone.uuid] for phone in trial.phones] == wanted
    assert [(call["muted"], call["earmuffed"]) for call in seen] == wanted
    told = {call: (tries, error) for call, tries, error in trial.rows.read(SAID)}
    again = 0
    for phone in trial.phones:
        tries, error = told[phone.uuid]
        times = phone.heard.count(WORDS)
        assert (times >= 1, error) == (True, ""), "none is lost"
        assert times <= tries, "only what a killed worker had in hand is said again"
        again += times > 1
    assert again <= 2 * BATCH
    assert trial.rows.read(LOST) == []

    trial.line.api(f"{trial.path}/end/", {})
    trial.kill_in_between(run_out=run_out)
    at_once(lambda phone: phone.is_over(90), trial.phones)
    wait_for("all to have left", lambda: not any(row[4] for row in trial.rows.read(STATES)), 30)
    assert {row[3] for row in trial.rows.read(STATES)} == {"ended"}
