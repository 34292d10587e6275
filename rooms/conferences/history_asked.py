"""What members and callers asked of a conference, as a list to be read.

What one click asks of many, a text that is said or a mute of all, is one line.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.accounts import people
from rooms.accounts.models import User
from rooms.conferences import commands
from rooms.conferences.history_list import who
from rooms.conferences.models import Command, Conference, Participant

MOST_ASKED = 300  # the first ones are told
NAMED = 3  # of those whom one thing was about
TOGETHER = dt.timedelta(seconds=2)  # what one click asks of many is written within that

Kind = Command.Kind
# Written by the service itself too; then it is no news of anybody's.
OF_THE_SERVICE = (Kind.SAY, Kind.PLAY, Kind.STOP, Kind.BEGIN, Kind.REMOVE, Kind.MOVE)
TO_ALL = (Kind.SAY, Kind.PLAY, Kind.STOP, Kind.RECORD, Kind.STOP_RECORDING)


@dataclass
class Request:
    """Something that was asked for; `whom` are the names of the first of `number` people."""

    at: dt.datetime
    kind: Command.Kind
    by: str
    text: str = ""
    whom: list[str] = field(default_factory=list)
    number: int = 0
    refused: int = 0
    why: str = ""  # one of the reasons of those that were refused

    @property
    def told(self) -> str:
        """All of it in words."""
        what = capfirst(str(self.kind.label))
        if self.kind == Kind.SAY:
            what = _("Say “%(text)s”") % {"text": self.text}
        elif self.whom and self.kind not in TO_ALL and self.whom != [self.by]:
            what = _("%(what)s: %(whom)s") % {"what": what, "whom": self._whom()}
        told = _("%(what)s, asked by %(by)s.") % {"what": what, "by": self.by}
        if self.refused:
            told += " " + self._refused()
        return told

    def _whom(self) -> str:
        names, others = ", ".join(self.whom), self.number - len(self.whom)
        if others <= 0:
            return names
        text = ngettext("%(names)s and %(n)d other", "%(names)s and %(n)d others", others)
        return text % {"names": names, "n": others}

    def _refused(self) -> str:
        if self.number <= 1:
            return _("Not done: %(why)s") % {"why": _(self.why)}
        text = ngettext("Not done for %(n)d: %(why)s", "Not done for %(n)d: %(why)s", self.refused)
        return text % {"n": self.refused, "why": _(self.why)}


def of(conference: Conference) -> list[Request]:
    """In the order in which it was asked; three SQL statements."""
    rows = _rows(conference)
    whom = _names(conference, {row[name] for row in rows for name in ("one", "by_participant")})
    users = User.objects.in_bulk({row["by_user"] for row in rows if row["by_user"]})
    told: list[Request] = []
    for row in rows:
        user = users.get(row["by_user"])
        by = str(user) if user else whom.get(row["by_participant"], "") or _("the service")
        request = Request(row["at"], Kind(row["kind"]), by, row["text"])
        if not (told and _same_click(told[-1], request)):
            told.append(request)
        _add(told[-1], row, whom.get(row["one"], ""))
    return told


def _rows(conference: Conference) -> list[dict[str, Any]]:
    """One for each person it was about, or for each text that was said to many."""
    by_somebody = Q(by_user__isnull=False) | Q(by_participant__isnull=False)
    announced = Q(about__startswith=f"{commands.ANNOUNCEMENT}_")
    asked = Command.objects.filter(conference=conference).exclude(about="end")  # END tells of it
    asked = asked.filter(by_somebody | announced | ~Q(kind__in=OF_THE_SERVICE))
    groups = asked.values("kind", "about", "text", "by_user", "by_participant").annotate(
        at=Min("created_at"),
        one=Min("participant"),
        number=Count("participant"),
        refused=Count("pk", filter=~Q(error="") & Q(done_at__isnull=False)),
        why=Max("error"),
    )
    rows: Any = groups.order_by("at", "about")[:MOST_ASKED]
    return list(rows)


def _names(conference: Conference, pks: set[str | None]) -> dict[str, str]:
    stays = Participant.objects.filter(pk__in=pks - {None})
    rows = list(stays.values_list("pk", "name", "caller"))
    names = people.names(conference.account_id, (caller for _pk, name, caller in rows if not name))
    return {pk: who(name or names.get(caller, ""), caller) for pk, name, caller in rows}


def _same_click(one: Request, other: Request) -> bool:
    same = (one.kind, one.by, one.text) == (other.kind, other.by, other.text)
    return same and bool(one.number) and other.at - one.at < TOGETHER


def _add(request: Request, row: dict[str, Any], name: str) -> None:
    request.number += row["number"]
    request.refused += row["refused"]
    request.why = request.why or row["why"] or ""
    if name and len(request.whom) < NAMED:
        request.whom.append(name)
