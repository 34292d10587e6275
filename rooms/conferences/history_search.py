"""Looking for past conferences: when and where they were, and with whom. Pages and API call it.

Times and rooms are read along an index. With whom is answered in two steps, so that it takes no
longer the more there is: the numbers of those whom the account knows (history_people.py) find
their stays by an index, the latest first; what nobody is known by, a name that was only kept on
the stay or the end of a stranger's number, is looked for in the latest conferences alone. Where
that left something out, `Found` says so.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from rooms.accounts.models import Account
from rooms.conferences import history_people
from rooms.conferences.history_people import People, Sought
from rooms.conferences.models import Conference, Participant
from rooms.conferences.models.conference import ConferenceQuerySet

MOST_STAYS = 1_000  # of known people, found by an index
LOOKED_THROUGH = 1_000  # conferences, for what no index finds


@dataclass(frozen=True)
class Asked:
    """What is looked for: all that is given has to fit.

    `name` is a part of a name or an e-mail, `number` is as `read_number` gave it. Conferences
    began from `since` on and before `until`, in one of `rooms`; None: in any.
    """

    account: Account
    name: str = ""
    number: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    rooms: tuple[str, ...] | None = None

    @property
    def conferences(self) -> ConferenceQuerySet:
        """Those at the right time and place, whoever was there."""
        found = Conference.objects.remembered().filter(account=self.account)
        if self.since:
            found = found.filter(started_at__gte=self.since)
        if self.until:
            found = found.filter(started_at__lt=self.until)
        if self.rooms is not None:
            found = found.filter(room__in=self.rooms)
        return found


@dataclass
class Found:
    """`conferences` in no order. `cuts` says in words for people what was not looked at.

    `looked_after`: strangers were looked for in what began after this, if not in all.
    """

    conferences: ConferenceQuerySet
    cuts: list[str] = field(default_factory=list)
    looked_after: dt.datetime | None = None


def find(asked: Asked) -> Found:
    """The number of SQL statements, and what they read, does not grow with the history."""
    if not (asked.name or asked.number):
        return Found(asked.conferences)
    search = _Search(asked)
    ids: list[set[str]] = []
    if asked.name:
        kept = ~Q(name="") & Q(name__iregex=re.escape(asked.name))
        ids.append(search.with_somebody(history_people.by_name(asked.account, asked.name), kept))
    if asked.number:
        known = history_people.by_number(asked.account, asked.number)
        whole = asked.number.startswith("+")
        ends = Sought(ends=history_people.ends_of(asked.number)).ending("caller")
        ids.append(search.with_somebody(known, None if whole else ends))
    conferences = asked.conferences.filter(pk__in=set.intersection(*ids))
    return Found(conferences, search.cuts, search.looked_after)


class _Search:
    def __init__(self, asked: Asked) -> None:
        self.asked, self.conferences = asked, asked.conferences
        self.cuts: list[str] = []
        self.looked_after: dt.datetime | None = None

    def with_somebody(self, known: People, strangers: Q | None) -> set[str]:
        """The ids of the conferences in which one of `known` was, or somebody who fits."""
        found = self._of_known(known)
        return found if strangers is None else found | self._of_strangers(strangers)

    def _of_known(self, known: People) -> set[str]:
        if known.more:
            self._cut(
                _("That fits many people; not all of them were looked for. Write more of it.")
            )
        theirs = Q(caller__in=known.numbers)
        if known.invitees:
            theirs |= Q(invitee__in=known.invitees)
        stays = Participant.objects.filter(theirs, conference__in=self.conferences)
        if self.asked.since:
            stays = stays.filter(joined_at__gte=self.asked.since)  # which its index knows
        latest = stays.order_by("-joined_at").values_list("conference_id", flat=True)
        ids = list(latest[: MOST_STAYS + 1])
        if len(ids) > MOST_STAYS:
            self._cut(_("There are very many; the latest are shown. Choose an earlier last day."))
        return set(ids[:MOST_STAYS])

    def _of_strangers(self, fits: Q) -> set[str]:
        newest = self.conferences.order_by("-started_at", "-id")
        beyond = newest.values_list("started_at", flat=True)
        for moment in beyond[LOOKED_THROUGH : LOOKED_THROUGH + 1]:
            self.looked_after = moment
        latest = newest.values("pk")[:LOOKED_THROUGH]  # the limit has them found by their index
        stays = Participant.objects.filter(fits, conference__in=latest)
        return set(stays.order_by().values_list("conference_id", flat=True).distinct())

    def _cut(self, text: str) -> None:
        if text not in self.cuts:
            self.cuts.append(text)
