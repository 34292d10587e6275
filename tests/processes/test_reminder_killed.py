"""Two beats at once, killed and restarted around a reminder's minute, and the worker killed while
it sends: everybody gets each reminder once.

As with every notice, the mail server may take one twice that a killed worker had in hand; it then
has the same Message-ID.
"""

import datetime as dt
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.processes.installation import Installation, kill_group, wait_for
from tests.processes.test_killed_worker import (
    WORKERS,
    Sink,
    _make_home,
    _start_worker,
    mail_server,  # noqa: F401 (a fixture)
)

PEOPLE = 30  # invited to each meeting
APART = 4  # seconds between the reminders of one meeting and of the next

# Meetings whose reminders are due in some seconds, one after the other.
MAKE = """
import datetime as dt, json
from django.utils import timezone
from rooms import changes
from rooms.accounts.models import Account, Membership, User
from rooms.meetings import invitees, planning, reminders
from rooms.meetings.models import Occurrence
account, user = Account.objects.create(name="A"), User.objects.create_user("a@example.com")
Membership.objects.create(account=account, user=user, role="owner")
room = changes.make(account, name="Standup")
guests = [invitees.Guest(email=f"{number}@example.org") for number in range(PEOPLE - 1)]
now = timezone.now()
for number in range(MEETINGS):
    meeting = planning.plan(
        room, user, title=str(number), first_day=now.date() + dt.timedelta(days=2),
        starts=dt.time(12), time_zone="UTC", reminders=[{"channel": "email", "minutes": 10}])
    invitees.add(meeting, guests, by=user, tell=False)
dues = []
for number, row in enumerate(Occurrence.objects.select_related("meeting").order_by("pk")):
    dues.append(timezone.now() + dt.timedelta(seconds=7 + number * APART))
    row.starts_at = dues[-1] + dt.timedelta(minutes=10)
    row.ends_at = row.starts_at + dt.timedelta(hours=1)
    reminders.plan(row)
    row.save()
print(json.dumps([due.timestamp() for due in dues]))
"""
# As `celery beat`, with the two sweeps that count here, and more often.
BEAT = """
from anyroom_site.celery import app
app.conf.beat_schedule = {
    task: {"task": task, "schedule": 0.5, "options": {"expires": 30}}
    for task in ("meetings.remind", "notices.sweep")
}
app.Beat(schedule="SCHEDULE", loglevel="warning", quiet=True).run()
"""
FREE = """
import datetime as dt, json
from django.conf import settings
from django.utils import timezone
from rooms.notices.models import Notice
soon = timezone.now() + dt.timedelta(seconds=settings.NOTICE_CLAIM_SECONDS - 2)
Notice.objects.filter(status="sending", claimed_until__lt=soon).update(claimed_until=timezone.now())
rows = Notice.objects.filter(kind="reminder").values_list("pk", "status", "attempts", "key")
print(json.dumps(list(rows)))
"""


class Beat:
    """One of two; each has a schedule of its own, as on two machines."""

    def __init__(self, installation: Installation, folder: Path, name: str) -> None:
        self._installation, self._name, self._folder = installation, name, folder
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        code = BEAT.replace("SCHEDULE", str(self._folder / self._name))
        log = self._folder / f"{self._name}.log"
        self.process = self._installation.start("python", "-c", code, log=log)

    def kill(self) -> None:
        if self.process is not None:
            kill_group(self.process)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("meetings", [1, 20])
def test_each_reminder_comes_once(
    tmp_path: Path,
    mail_server: tuple[Sink, int],  # noqa: F811
    meetings: int,
) -> None:
    sink, port = mail_server
    installation = Installation(tmp_path / "home", EMAIL_URL=f"smtp://127.0.0.1:{port}")
    _make_home(installation)
    beats = [Beat(installation, tmp_path, name) for name in ("first", "second")]
    kills = 0
    try:
        numbers = {"MEETINGS": meetings, "PEOPLE": PEOPLE, "APART": APART}
        code = MAKE
        for name, number in numbers.items():
            code = code.replace(name, str(number))
        dues = installation.shell(code)
        worker = _start_worker(installation, tmp_path)
        for beat in beats:
            beat.start()
        for number, due in enumerate(dues):
            _sleep_until(due - random.uniform(0, 0.4))
            for beat in beats[: 2 - number % 2]:  # both of them, or one
                beat.kill()
            _sleep_until(due + random.uniform(0, 0.4))
            for beat in beats[: 2 - number % 2]:
                beat.start()
            before = sink.taken.total()
            wait_for("the first mails", lambda before=before: sink.taken.total() > before)
            time.sleep(random.uniform(0, 0.1))
            kill_group(worker)
            kills += 1
            worker = _start_worker(installation, tmp_path)
        rows = wait_for("all to be sent", lambda: _all_sent(installation, meetings), 90)
    finally:
        installation.stop()
    assert len({key for _pk, _status, _attempts, key in rows}) == meetings * PEOPLE
    assert set(sink.taken) == {pk for pk, *_rest in rows}, "none is lost, none is written twice"
    doubled = {pk for pk, number in sink.taken.items() if number > 1}
    attempts = {pk: number for pk, _status, number, _key in rows}
    assert len(doubled) <= kills * WORKERS
    assert all(attempts[pk] > 1 for pk in doubled), "only what a killed worker had in hand"


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - dt.datetime.now(dt.UTC).timestamp()))


def _all_sent(installation: Installation, meetings: int) -> Any:
    rows = installation.shell(FREE)
    assert {status for _pk, status, *_rest in rows} <= {"pending", "sending", "sent"}
    sent = [row for row in rows if row[1] == "sent"]
    return rows if len(sent) == len(rows) == meetings * PEOPLE else None
