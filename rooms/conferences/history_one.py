"""One conference as its page tells it: figures, who was there when, what was asked of it.

The number of SQL statements does not grow with the people, and what is read in full of them is
what one page shows.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.accounts import people
from rooms.conferences import history_asked, history_moments, timeline
from rooms.conferences.history_asked import Request
from rooms.conferences.history_moments import Told
from rooms.conferences.models import Command, Conference, Participant, Recording, UsageRecord
from rooms.conferences.timeline import Mark, Timeline

MOST_COMMANDS = 5_000  # of those on one page that are read for marks

Status = Recording.Status


@dataclass(frozen=True)
class Brief:
    """What is read of every stay; `person` is the same for all stays of one number."""

    pk: str
    person: str
    joined: dt.datetime
    left: dt.datetime


@dataclass
class Facts:
    """`cost` is what the carrier charged so far, in euros; None where it has told of nothing.

    `recordings` are those that are kept, `recorded` the times of all, deleted ones too.
    """

    conference: Conference
    now: dt.datetime
    stays: list[Brief]
    cost: Decimal | None
    recordings: list[Recording]
    recorded: list[Mark]
    asked: list[Request]

    @property
    def people(self) -> int:
        return len({stay.person for stay in self.stays})

    @property
    def seconds(self) -> int:
        """Of all stays together."""
        return sum(round((stay.left - stay.joined).total_seconds()) for stay in self.stays)

    @property
    def most_at_once(self) -> int:
        # Somebody who leaves in the moment in which another comes was not there with them.
        steps = [(stay.joined, 1) for stay in self.stays] + [(stay.left, -1) for stay in self.stays]
        most = there = 0
        for _moment, step in sorted(steps):
            there += step
            most = max(most, there)
        return most


def tell(conference: Conference, now: dt.datetime) -> Facts:
    """`conference` has its room."""
    found = Participant.objects.filter(conference=conference).order_by("joined_at", "pk")
    stays = [
        Brief(pk, caller or call, joined, left or max(now, joined))
        for pk, caller, call, joined, left in found.values_list(
            "pk", "caller", "call", "joined_at", "left_at"
        )
    ]
    charged = UsageRecord.objects.filter(participant__conference=conference)
    recordings = list(
        Recording.objects.filter(conference=conference)
        .select_related("room", "started_by", "started_by_participant")
        .order_by("started_at", "pk")
    )
    asked = history_asked.of(conference)
    _name(conference, [one.started_by_participant for one in recordings])
    return Facts(
        conference,
        now,
        stays,
        cost=charged.aggregate(sum=Sum("carrier_cost"))["sum"],
        recordings=[one for one in recordings if one.deleted_at is None],
        recorded=[_recorded(one, conference) for one in recordings if _was_recorded(one)],
        asked=asked,
    )


def shown(facts: Facts, pks: Sequence[str]) -> dict[str, Any]:
    """What a page shows of these stays: the picture, and the same in words."""
    stays = list(Participant.objects.filter(pk__in=pks).order_by("joined_at", "pk"))
    _name(facts.conference, stays)
    done = Command.objects.filter(
        participant__in=pks, kind__in=history_moments.MARKING, error="", done_at__isnull=False
    )
    began = timezone.localtime(facts.conference.started_at)
    commands = done.order_by("done_at", "pk")[:MOST_COMMANDS]
    rows = history_moments.tell(stays, commands, began.date())
    midnight = began.replace(hour=0, minute=0, second=0, microsecond=0)
    picture = timeline.draw(
        [_as_drawn(row) for row in rows],
        day=midnight.astimezone(dt.UTC),
        now=facts.now,
        whole=(facts.conference.started_at, facts.conference.ended_at or facts.now),
        of_all=(_("Recording"), facts.recorded),
    )
    return {"rows": rows, "picture": picture, "kinds": _kinds(picture)}


def _name(conference: Conference, stays: Iterable[Participant | None]) -> None:
    """With names from the people list for those who told none; for showing, not for saving."""
    unnamed = [stay for stay in stays if stay and not stay.name]
    names = people.names(conference.account_id, (stay.caller for stay in unnamed))
    for stay in unnamed:
        stay.name = names.get(stay.caller, "")


def _was_recorded(recording: Recording) -> bool:
    return recording.status not in (Status.STARTING, Status.FAILED)


def _recorded(recording: Recording, conference: Conference) -> Mark:
    until = recording.stopped_at or conference.ended_at
    day = timezone.localtime(conference.started_at).date()
    says = history_moments.lasted(recording.started_at, until, day)
    return Mark("recorded", recording.started_at, until, _("Recorded %(span)s") % {"span": says})


def _as_drawn(row: Told) -> timeline.Stay:
    stay = row.stay
    words = {"who": row.who, "what": row.was_there}
    return timeline.Stay(
        lane=stay.caller or stay.call,
        caller=stay.caller,
        conference=stay.conference_id,
        joined=stay.joined_at,
        left=stay.left_at,
        name=row.stay.name,
        admitted=stay.admitted_at,
        waiting=stay.waiting,
        marks=tuple(row.marks),
        says=_("%(who)s: %(what)s") % words,
        waited=_("%(who)s: %(what)s") % {**words, "what": row.waited},
    )


def _kinds(picture: Timeline | None) -> set[str]:
    """What there is to see in the picture, for its legend."""
    bars = [bar for lane in (picture.lanes if picture else []) for bar in lane.bars]
    marks = [mark for lane in (picture.lanes if picture else []) for mark in lane.marks]
    kinds = {mark.kind for mark in marks} | {"there"}
    return kinds | ({"waits"} if any(bar.waits for bar in bars) else set())
