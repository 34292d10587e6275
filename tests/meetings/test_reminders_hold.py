"""Reminders over generated histories: sweeps, pauses, clocks put back, moves, changes of mind."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field

import pytest
import time_machine
from django.core import mail
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rooms import changes
from rooms.accounts.models import Account, Membership, User
from rooms.meetings import invitees, planning
from rooms.meetings.models import Invitee, Meeting, Occurrence, Reply
from rooms.meetings.reminder_letters import in_words
from rooms.meetings.reminders import GRACE
from rooms.models import Room
from rooms.notices.models import Notice
from rooms.notices.quiet import QuietHours
from tests.meetings.reminding import Clock, leads, plan

BEGIN = dt.datetime(2027, 3, 10, 8, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
LEADS = [120, 60, 59, 30, 5]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("go"), st.integers(1, 45)),
        st.tuples(st.just("go"), st.integers(1, 45)),
        st.tuples(st.just("pause"), st.integers(10, 180)),
        st.tuples(st.just("back"), st.integers(1, 90)),
        st.tuples(st.just("move"), st.integers(1, 200)),
        st.tuples(st.just("leads"), st.integers(1, 31)),
        st.tuples(st.sampled_from(["decline", "accept", "off", "on", "cancel"]), st.just(0)),
    ),
    min_size=3,
    max_size=10,
)


@dataclass
class Expected:
    """What a plain reading of the rules sends to one invitee of one occurrence."""

    start: dt.datetime
    leads: set[int]
    since: dt.datetime
    wants: bool = True
    accepts: bool = True
    cancelled: bool = False
    done: set[tuple[dt.datetime, int]] = field(default_factory=set)

    def sweep(self, now: dt.datetime) -> list[str]:
        since = max(self.since, BEGIN)  # nobody is reminded of what was due before the invitation
        due = {lead for lead in self.leads if since < self.start - lead * MINUTE <= now}
        self.since = max(self.since, now)
        if self.cancelled or not (self.wants and self.accepts) or not due:
            return []
        last = (self.start, min(due))
        sent = last not in self.done and now < self.start
        self.done |= {(self.start, lead) for lead in due}
        return [f"Budget: {in_words(self.start - now)}"] if sent else []


def _chosen(bits: int) -> list[int]:
    return [lead for index, lead in enumerate(LEADS) if bits >> index & 1]


@pytest.mark.property
@override_settings(MAIL_TRANSPORT="django.core.mail.backends.locmem.EmailBackend")
class RemindersHold(TestCase):
    room: Room
    host: User

    @classmethod
    def setUpTestData(cls) -> None:
        account = Account.objects.create(name="Acme", hosting_until=BEGIN + dt.timedelta(days=9))
        cls.host = User.objects.create_user("ana@example.org")
        Membership.objects.create(account=account, user=cls.host, role="owner")
        cls.room = changes.make(account, name="Standup")

    @given(st.integers(1, 31), steps)
    def test_they_come_as_a_plain_reading_says(
        self, bits: int, history: list[tuple[str, int]]
    ) -> None:
        with time_machine.travel(BEGIN, tick=False) as traveller:
            clock = Clock(traveller)
            meeting = self._meeting(_chosen(bits))
            now = timezone.now()
            expected = Expected(now + 120 * MINUTE, set(_chosen(bits)), now)
            for act, number in history:
                mail.outbox.clear()
                if act in ("go", "pause", "back"):
                    traveller.shift(number * 60 if act != "back" else -number * 60)
                if act in ("go", "pause"):
                    clock.sweep()
                    clock.deliver()
                    clock.sweep()
                    told = [message.subject for message in mail.outbox]
                    assert told == expected.sweep(timezone.now()), (act, number)
                else:
                    self._act(act, number, meeting, expected)
            self._each_once()

    @given(
        st.integers(1, 31),
        st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland"]),
        st.integers(0, 23),
        st.integers(1, 23),
        steps,
    )
    def test_none_comes_in_quiet_hours(
        self, bits: int, zone: str, start: int, lasts: int, history: list[tuple[str, int]]
    ) -> None:
        quiet = QuietHours(dt.time(start), dt.time((start + lasts) % 24))
        with time_machine.travel(BEGIN, tick=False) as traveller:
            clock = Clock(traveller)
            hours = {"quiet_from": quiet.start, "quiet_until": quiet.end}
            meeting = self._meeting(_chosen(bits), hours, zone)
            now = timezone.now()
            expected = Expected(now + 120 * MINUTE, set(_chosen(bits)), now)
            for act, number in history:
                mail.outbox.clear()
                if act in ("go", "pause", "back"):
                    traveller.shift(number * 60 if act != "back" else -number * 60)
                    clock.sweep()
                    clock.deliver()
                    now = timezone.now()
                    there = Invitee.objects.get().zone_name
                    left = [message.subject for message in mail.outbox]
                    assert left in ([], [f"Budget: {in_words(expected.start - now)}"])
                    assert not left or not quiet.covers(now, zoneinfo.ZoneInfo(there))
                    assert not left or now < expected.start
                else:
                    self._act(act, number, meeting, expected)
            self._each_once()

    def _meeting(
        self, minutes: list[int], hours: dict[str, dt.time] | None = None, zone: str = ""
    ) -> Meeting:
        start = "2027-03-10 10:00"
        meeting = plan(self.room, self.host, start, *leads(*minutes), **(hours or {}))
        if zone:
            invitees.change(meeting.invitees.get(), time_zone=zone)
        return meeting

    def _act(self, act: str, number: int, meeting: Meeting, expected: Expected) -> None:
        now = timezone.now()
        invitee = Invitee.objects.get()
        if act == "move" and not expected.cancelled and now < expected.start:
            expected.start, expected.since = now + number * MINUTE, now
            day, starts = expected.start.date(), expected.start.time()
            found = Occurrence.objects.select_related("meeting").get()
            planning.move(found, day=day, starts=starts, by=None, tell=False)
        elif act == "leads" and not expected.cancelled and expected.leads != {*_chosen(number)}:
            expected.leads = set(_chosen(number))
            if now < expected.start:
                expected.since = now - GRACE
            planning.change(meeting, by=None, reminders=leads(*expected.leads))
        elif act in ("decline", "accept"):
            expected.accepts = act == "accept"
            invitees.reply(invitee, Reply.ACCEPTED if expected.accepts else Reply.DECLINED)
        elif act in ("off", "on"):
            expected.wants = act == "on"
            Invitee.objects.update(wants_reminders=expected.wants)
        elif act == "cancel":
            expected.cancelled = True
            planning.cancel(meeting, by=None, tell=False)

    def _each_once(self) -> None:
        rows = Notice.objects.filter(kind="reminder", status="sent")
        facts = [(one.facts["starts_at"], one.facts["minutes"]) for one in rows]
        assert len(facts) == len(set(facts))
        assert all(one.attempts == 1 for one in rows)
