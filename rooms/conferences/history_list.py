"""A page of past conferences, each with who was there and whether it was recorded.

Five SQL statements, however many people there were.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Coalesce, NullIf, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import phones
from rooms.accounts import people
from rooms.accounts.models import Account
from rooms.conferences.models import Conference, Participant, Recording

PAGE_SIZE = 25
NAMED = 3  # people of each conference who are named in a list
FIRST_STAYS = 8  # among whom they are: somebody who came back is named once
NEWEST = ("-started_at", "-id")
OLDEST = ("started_at", "id")
# Who is one and the same, as far as the number tells; two withheld numbers may be two people.
PERSON = Coalesce(NullIf("caller", Value("")), "call")

Status = Recording.Status


@dataclass
class Entry:
    """A conference in a list. `recording` is "", "recording", "recorded" or "failed"."""

    conference: Conference
    people: int = 0
    stays: int = 0
    names: list[str] = field(default_factory=list)
    recording: str = ""

    @property
    def goes_on(self) -> bool:
        return self.conference.ended_at is None

    @property
    def day(self) -> dt.date:
        """On which it began, in the current zone."""
        return timezone.localtime(self.conference.started_at).date()

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.people - len(self.names)


@dataclass
class Page:
    """`newer` and `older` are the ids that the pages before and after this one go on from."""

    entries: list[Entry]
    newer: str = ""
    older: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether any of them does."""
        return any(entry.goes_on for entry in self.entries)


def page(
    account: Account, found: "QuerySet[Conference]", *, before: str = "", after: str = ""
) -> Page:
    """Of `found`, newest first: what follows the conference `before`, or comes before `after`."""
    rows, beyond = _rows(account, found, before=before, after=after)
    newer, older = (beyond, True) if after else (bool(before), beyond)
    if not rows and (before or after):
        return page(account, found)  # nothing is there any more
    return Page(
        _entries(account, rows),
        newer=rows[0].pk if newer and rows else "",
        older=rows[-1].pk if older and rows else "",
    )


def _rows(
    account: Account, found: "QuerySet[Conference]", *, before: str, after: str
) -> tuple[list[Conference], bool]:
    """The conferences of the page, and whether there are more on its far side."""
    named = Conference.objects.filter(account=account, pk=before or after)
    start = named.values_list("started_at", flat=True).first() if before or after else None
    if start and after:
        later = Q(started_at=start, pk__gt=after) | Q(started_at__gt=start)
        found = found.filter(later, started_at__gte=start)
    elif start:
        earlier = Q(started_at=start, pk__lt=before) | Q(started_at__lt=start)
        found = found.filter(earlier, started_at__lte=start)
    backwards = bool(start and after)
    order = OLDEST if backwards else NEWEST
    rows = list(found.select_related("room").order_by(*order)[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return shown[::-1] if backwards else shown, len(rows) > PAGE_SIZE


def _entries(account: Account, conferences: Sequence[Conference]) -> list[Entry]:
    entries = {one.pk: Entry(one) for one in conferences}
    stays = Participant.objects.filter(conference__in=list(entries)).order_by()
    counted = stays.values("conference").annotate(
        people=Count(PERSON, distinct=True), stays=Count("pk")
    )
    for row in counted.values_list("conference", "people", "stays"):
        entries[row[0]].people, entries[row[0]].stays = row[1:]
    for conference, name, caller in _first(account, stays):
        names = entries[conference].names
        if len(names) < NAMED and (shown := who(name, caller)) not in names:
            names.append(shown)
    _add_recordings(entries)
    return list(entries.values())


def _first(account: Account, stays: "QuerySet[Participant]") -> Iterable[tuple[str, str, str]]:
    """The names and numbers of those who came first, conference by conference."""
    came = Window(RowNumber(), [F("conference")], [F("joined_at"), F("pk")])
    first = stays.annotate(came=came).filter(came__lte=FIRST_STAYS).order_by("conference", "came")
    rows = list(first.values_list("conference", "name", "caller"))
    names = people.names(account.pk, (caller for _pk, name, caller in rows if not name))
    for conference, name, caller in rows:
        yield conference, name or names.get(caller, ""), caller


def who(name: str, caller: str) -> str:
    """Somebody's name, or the masked number."""
    return name or phones.masked(caller) or _("number withheld")


def _add_recordings(entries: dict[str, Entry]) -> None:
    """One that failed is told of only where none succeeded."""
    found = Recording.objects.kept().filter(conference__in=list(entries)).order_by()
    for conference, status in found.values_list("conference", "status").distinct():
        entry = entries[conference]
        if status in (Status.STARTING, Status.RECORDING):
            entry.recording = "recording"
        elif status == Status.FAILED:
            entry.recording = entry.recording or "failed"
        elif entry.recording != "recording":
            entry.recording = "recorded"
