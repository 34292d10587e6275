"""What happened to those who were there: muted, held, a hand raised, made host, and when.

Read from the commands that were carried out; nothing is asked of anybody.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.conferences.history_list import who
from rooms.conferences.models import Command, Participant
from rooms.conferences.timeline import Mark

Kind = Command.Kind
# What begins a mark and what ends it.
BEGINS = {Kind.MUTE: "muted", Kind.HOLD: "held", Kind.RAISE_HAND: "hand"}
ENDS = {Kind.UNMUTE: "muted", Kind.UNHOLD: "held", Kind.LOWER_HAND: "hand"}
MARKING = (*BEGINS, *ENDS, Kind.PROMOTE)
WORDS: dict[str, str | Promise] = {
    "muted": gettext_lazy("muted"),
    "held": gettext_lazy("on hold"),
    "hand": gettext_lazy("hand raised"),
    "host": gettext_lazy("host"),
}


@dataclass
class Told:
    """A stay with who it was and what happened in it, as marks and in words."""

    stay: Participant
    who: str
    day: dt.date  # on which the conference began: times of other days are told with theirs
    marks: list[Mark] = field(default_factory=list)

    @property
    def joined(self) -> str:
        return clock(self.stay.joined_at, self.day)

    @property
    def left(self) -> str:
        return clock(self.stay.left_at, self.day) if self.stay.left_at else ""

    @property
    def happened(self) -> list[str]:
        """All but coming and going, in words."""
        words = [self.waited] if self.waited else []
        return words + [self.of_mark(mark) for mark in self.marks if mark.kind != "host"]

    @property
    def made_host(self) -> str:
        """Since when they were host, for one who did not come as one."""
        since = [mark.since for mark in self.marks if mark.kind == "host"]
        late = since and since[0] > self.stay.joined_at
        return _("since %(time)s") % {"time": clock(since[0], self.day)} if late else ""

    @property
    def waited(self) -> str:
        stay = self.stay
        if stay.waiting:
            return _("waited for a host, and none came") if stay.left_at else _("waits for a host")
        if stay.admitted_at and stay.admitted_at > stay.joined_at:
            until = clock(stay.admitted_at, self.day)
            return _("waited for a host until %(time)s") % {"time": until}
        return ""

    @property
    def was_there(self) -> str:
        """From when until when, and why it ended."""
        stay = self.stay
        if stay.left_at is None:
            return _("there since %(time)s") % {"time": clock(stay.joined_at, self.day)}
        span, why = lasted(stay.joined_at, stay.left_at, self.day), stay.told_why
        return f"{span}, {why}" if why else span

    def of_mark(self, mark: Mark) -> str:
        span = lasted(mark.since, mark.until, self.day)
        return _("%(what)s %(span)s") % {"what": WORDS[mark.kind], "span": span}


def tell(stays: Iterable[Participant], commands: Iterable[Command], day: dt.date) -> list[Told]:
    """The stays with their names, and the commands of theirs that were done, in their order."""
    told = {stay.pk: Told(stay, who(stay.name, stay.caller), day) for stay in stays}
    asked: dict[str, list[Command]] = {pk: [] for pk in told}
    for command in commands:
        asked[command.participant_id or ""].append(command)
    for pk, one in told.items():
        one.marks = sorted(_marks(one.stay, asked[pk]), key=lambda mark: mark.since)
        one.marks = [_with_words(mark, one) for mark in one.marks]
    return list(told.values())


def _marks(stay: Participant, commands: Iterable[Command]) -> Iterator[Mark]:
    since: dict[str, dt.datetime] = {}
    host_since = stay.joined_at
    for command in commands:
        at = max(stay.joined_at, command.done_at or command.created_at)
        at = min(at, stay.left_at) if stay.left_at else at
        kind = Kind(command.kind)
        if kind in BEGINS:
            since.setdefault(BEGINS[kind], at)
        elif kind in ENDS and ENDS[kind] in since:
            yield Mark(ENDS[kind], since.pop(ENDS[kind]), at)
        elif kind == Kind.PROMOTE:
            host_since = at
    for kind_of_mark, at in since.items():
        yield Mark(kind_of_mark, at, stay.left_at)
    if stay.is_host:
        yield Mark("host", host_since, stay.left_at)


def _with_words(mark: Mark, told: Told) -> Mark:
    says = _("%(who)s: %(what)s") % {"who": told.who, "what": told.of_mark(mark)}
    return Mark(mark.kind, mark.since, mark.until, says)


def lasted(since: dt.datetime, until: dt.datetime | None, day: dt.date) -> str:
    """`10:03:12–10:31:00`, or since when it is so."""
    if until is None:
        return _("since %(time)s") % {"time": clock(since, day)}
    return f"{clock(since, day)}–{clock(until, timezone.localtime(since).date())}"


def clock(at: dt.datetime, day: dt.date) -> str:
    """`10:03:12` in the current zone, with the date where that is not `day`."""
    local = timezone.localtime(at)
    shown = f"{local:%H:%M:%S}"
    return shown if local.date() == day else f"{formats.date_format(local, 'j E')}, {shown}"
