"""Finds the reminders that are due and puts them into the outbox: each once, and useful.

An occurrence is looked at when `remind_at` has come. What is due since the last look and by now is
written, and when to look next, in one transaction; only where more than STEP are invited it is
several, the last of which ends the look. A look that was killed is made again. The key of a notice
says which lead time of which start it is for whom, so neither that, nor two sweeps at once, nor a
clock that is set back sends one twice.

Of several that were missed the latest goes out, if the meeting has not begun. Every other one that
should have come is kept as not sent, with the reason.
"""

import datetime as dt
import logging
import zoneinfo
from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rooms.meetings import reminders
from rooms.meetings.models import Invitee, Meeting, Occurrence, Reminder, Reply
from rooms.meetings.reminder_outcomes import Outcome, outcomes
from rooms.meetings.reminders import MINUTE
from rooms.notices.models import Notice

log = logging.getLogger(__name__)

STEP = 500  # invitees in one transaction
CLAIM = dt.timedelta(minutes=1)  # how long a look of several steps is left alone
PAUSE = dt.timedelta(minutes=5)  # after a fault of ours
Lead = tuple[str, int]  # channel, minutes


def write_due(*, until: dt.datetime) -> int:
    """Look at what is due until nothing is left or time is up; returns at how many."""
    looks = 0
    while (now := timezone.now()) < until and _look(now):
        looks += 1
    return looks


def _look(now: dt.datetime) -> bool:
    """At the occurrence that has waited longest; False where none is due."""
    found: list[Look] = []
    try:
        with transaction.atomic():
            found += [Look(occurrence, now) for occurrence in _held(now)]
            done = all(look.first_step() for look in found)
        while not done:
            with transaction.atomic():
                done = all(look.step() for look in found)
    except Exception:  # a fault in one must not keep the others from being reminded
        if not found:
            raise
        pk = found[0].occurrence.pk
        log.exception("the reminders of %s could not be written", pk)
        Occurrence.objects.filter(pk=pk).update(remind_at=now + PAUSE)
    return bool(found)


def _held(now: dt.datetime) -> list[Occurrence]:
    """One or none, locked. Its meeting is read after that, so that no change of it is missed."""
    due = Occurrence.objects.filter(remind_at__lte=now).order_by("remind_at")
    found = list(due.select_for_update(skip_locked=True)[:1])
    for occurrence in found:
        meetings = Meeting.objects.select_related("room__account")
        occurrence.meeting = meetings.get(pk=occurrence.meeting_id)
    return found


@dataclass
class Look:
    """At one occurrence, at one moment; `after` is the last invitee that was seen to."""

    occurrence: Occurrence
    now: dt.datetime
    after: str = ""
    zones: set[str] = field(default_factory=set)
    written: set[Lead] = field(default_factory=set)
    reasons: dict[Lead, Counter[str]] = field(default_factory=dict)
    _known: dict[tuple[str, str, dt.datetime], list[Outcome]] = field(default_factory=dict)

    @property
    def meeting(self) -> Meeting:
        return self.occurrence.meeting

    def first_step(self) -> bool:
        """As `step`; if it was not the last one, nobody else looks meanwhile.

        Should this look be killed then, it is made again after the claim.
        """
        ends = (self.occurrence.cancelled_at, self.meeting.cancelled_at)
        if any(ends) or self.meeting.room.archived_at:
            Occurrence.objects.filter(pk=self.occurrence.pk).update(remind_at=None)
            return True
        done = self.step()
        if not done:
            self.occurrence.remind_at = self.now + CLAIM
            self.occurrence.save(update_fields=["remind_at"])
        return done

    def step(self) -> bool:
        """Write for the next invitees; True where there are no more, and this look is over."""
        people = Invitee.objects.invited().filter(meeting=self.meeting, pk__gt=self.after)
        found = list(people.order_by("pk")[:STEP])
        with translation.override(self.meeting.room.account.language):
            notices = [
                self._notice(invitee, channel, outcome)
                for invitee in found
                for channel in _channels(invitee)
                for outcome in self._outcomes(invitee, channel)
            ]
            Notice.objects.bulk_create(notices, batch_size=500, ignore_conflicts=True)
            self.zones |= {invitee.time_zone or self.meeting.time_zone for invitee in found}
            self.after = found[-1].pk if found else self.after
            if len(found) < STEP:
                self._finish()
        return len(found) < STEP

    def _outcomes(self, invitee: Invitee, channel: str) -> list[Outcome]:
        """The same for everybody in the zone who was invited before."""
        zone = invitee.time_zone or self.meeting.time_zone
        since = max(self.occurrence.reminded_until, invitee.created_at)
        if (channel, zone, since) not in self._known:
            leads = [one["minutes"] for one in self.meeting.reminders if one["channel"] == channel]
            found = outcomes(
                self.occurrence, leads, zoneinfo.ZoneInfo(zone), since=since, now=self.now
            )
            self._known[channel, zone, since] = list(found)
        return self._known[channel, zone, since]

    def _notice(self, invitee: Invitee, channel: str, outcome: Outcome) -> Notice:
        """What it says is written when it is sent; until then the title stands for it."""
        lead = (channel, outcome.minutes)
        if outcome.why:
            self.reasons.setdefault(lead, Counter())[outcome.why] += 1
        else:
            self.written.add(lead)
        there = self.occurrence
        epoch = f"{there.starts_at.timestamp():.0f}"
        return Notice(
            account_id=self.meeting.room.account_id,
            room_id=self.meeting.room_id,
            invitee=invitee,
            kind=Notice.Kind.REMINDER,
            channel=channel,
            address=invitee.email if channel == Notice.Channel.EMAIL else invitee.phone,
            key=f"reminder:{there.pk}:{epoch}:{outcome.minutes}:{channel}:{invitee.pk}",
            subject=self.meeting.title[:200],
            facts={
                "occurrence": there.pk,
                "starts_at": there.starts_at.isoformat(),
                "minutes": outcome.minutes,
            },
            due_at=outcome.due_at,
            status=Notice.Status.SKIPPED if outcome.why else Notice.Status.PENDING,
            error=outcome.why,
        )

    def _finish(self) -> None:
        """Say what came of each lead time and when to look next.

        Not when, if something was changed between two steps: then the next look is due already.
        """
        self._mark()
        there = self.occurrence
        unchanged = Occurrence.objects.filter(
            pk=there.pk, remind_at=there.remind_at, starts_at=there.starts_at
        )
        zones = self.zones | {self.meeting.time_zone}
        follows = reminders.next_look(there, zones, self.now)
        unchanged.update(remind_at=follows, reminded_until=self.now)

    def _mark(self) -> None:
        """One that was written for somebody counts as written."""
        there = self.occurrence
        found = Reminder.objects.filter(occurrence=there, starts_at=there.starts_at)
        known = {(row.channel, row.minutes): row for row in found}
        for lead in known.keys() & self.written:
            row = known[lead]
            if row.written_at is None:
                row.written_at, row.skipped_at, row.skipped_why = self.now, None, ""
                row.save(update_fields=["written_at", "skipped_at", "skipped_why"])
        fresh = [self._reminder(lead) for lead in sorted(self._meant() - known.keys())]
        Reminder.objects.bulk_create(fresh, ignore_conflicts=True)

    def _meant(self) -> set[Lead]:
        """Lead times of which something has come by now."""
        leads = {(one["channel"], one["minutes"]) for one in self.meeting.reminders}
        there = self.occurrence
        passed = {
            lead
            for lead in leads
            if there.reminded_until < there.starts_at - lead[1] * MINUTE <= self.now
        }
        return passed | self.reasons.keys() | self.written

    def _reminder(self, lead: Lead) -> Reminder:
        there = self.occurrence
        row = Reminder(occurrence=there, starts_at=there.starts_at)
        row.channel, row.minutes = lead
        if lead in self.written:
            row.written_at = self.now
        else:
            why = self.reasons.get(lead, Counter({_("Nobody is to be reminded."): 1}))
            row.skipped_at, row.skipped_why = self.now, why.most_common(1)[0][0][:200]
        return row


def _channels(invitee: Invitee) -> list[str]:
    """By which the invitee is reminded, if at all."""
    if not invitee.wants_reminders or invitee.reply == Reply.DECLINED:
        return []
    addresses = {Notice.Channel.EMAIL: invitee.email, Notice.Channel.SMS: invitee.phone}
    return [str(channel) for channel, address in addresses.items() if address]
