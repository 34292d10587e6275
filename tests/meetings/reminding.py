"""A clock that is set by hand, and what is sent while it stands or goes."""

import datetime as dt
from typing import Any, ClassVar

import time_machine
from django.core import mail
from django.utils import timezone

from rooms.accounts.models import User
from rooms.meetings import planning, reminder_sweep
from rooms.meetings.models import Meeting, Occurrence, Reminder
from rooms.models import Room
from rooms.notices import delivery
from rooms.notices.models import Notice

SENT = Notice.Status.SENT
HALF_A_MINUTE = dt.timedelta(seconds=30)


class Texts:
    """An SMS backend (settings.SMS_BACKEND) that keeps what it is given."""

    sent: ClassVar[list[tuple[str, str]]] = []

    def send(self, *, to: str, text: str) -> str:
        self.sent.append((to, text))
        return f"sms-{len(self.sent)}"


def utc(text: str) -> dt.datetime:
    """As `2027-03-10 09:00`, with or without seconds."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


class Clock:
    """`to` sets it and lets sweeps and workers run once; `stand` sets it alone."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def stand(self, text: str) -> None:
        self._traveller.move_to(utc(text))

    def to(self, text: str) -> None:
        self.stand(text)
        self.sweep()
        self.deliver()

    def sweep(self) -> int:
        return reminder_sweep.write_due(until=timezone.now() + HALF_A_MINUTE)

    def deliver(self) -> None:
        delivery.deliver_due(until=timezone.now() + HALF_A_MINUTE)


def leads(*minutes: int, channel: str = "email") -> list[dict[str, Any]]:
    return [{"channel": channel, "minutes": one} for one in minutes]


def plan(
    room: Room, organizer: User, start: str, *reminders: dict[str, Any], **fields: Any
) -> Meeting:
    """`start` as `2027-03-10 10:00`, in UTC unless `fields` name a zone."""
    day, _space, time = start.partition(" ")
    when = {
        "first_day": dt.date.fromisoformat(day),
        "starts": dt.time.fromisoformat(time),
        "time_zone": "UTC",
    }
    facts = {"title": "Budget", "reminders": list(reminders), **when, **fields}
    return planning.plan(room, organizer, **facts)


def occurrence(meeting: Meeting) -> Occurrence:
    return Occurrence.objects.select_related("meeting").get(meeting=meeting)


def reminded() -> list[tuple[str, str]]:
    """Subjects of the mails about reminders that left, with their addressees."""
    return [(message.to[0], message.subject) for message in mail.outbox]


def told(**which: Any) -> list[tuple[int, str, str]]:
    """What became of each reminder: minutes, status, reason; in the order of their minutes."""
    found = Notice.objects.filter(kind="reminder", **which)
    rows = [(one.facts["minutes"], one.status, one.error) for one in found]
    return sorted(rows, reverse=True)


def leads_told() -> list[tuple[int, bool, str]]:
    """What became of each lead time: minutes, whether it was written, why not."""
    rows = Reminder.objects.order_by("-minutes", "channel")
    return [(row.minutes, row.written_at is not None, row.skipped_why) for row in rows]
