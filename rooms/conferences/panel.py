"""What the live panel of a room shows: who is on the line, what was asked, minutes and cost.

Read afresh for each open page; the number of SQL statements does not grow with the people.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import phones
from rooms.conferences import commands
from rooms.conferences.models import Command, Conference, Participant, Recording, UsageRecord
from rooms.conferences.models.command import CommandQuerySet
from rooms.models import Room

Kind = Command.Kind
TOLD_FOR = dt.timedelta(minutes=1)  # how long it is shown what became of something
LOOKED_BACK = dt.timedelta(hours=1)  # bounds what is read of a long conference
PRICED = 50  # usage records from which a minute's price is estimated
UNSAID = (commands.REPLACED, commands.GONE)  # refusals that need nobody's eye
PENDING: dict[str, str | Promise] = {
    Kind.MUTE: gettext_lazy("muting…"),
    Kind.UNMUTE: gettext_lazy("unmuting…"),
    Kind.HOLD: gettext_lazy("being put on hold…"),
    Kind.UNHOLD: gettext_lazy("being taken off hold…"),
    Kind.REMOVE: gettext_lazy("being hung up…"),
    Kind.MOVE: gettext_lazy("leaving for another room…"),
    Kind.BEGIN: gettext_lazy("being let in…"),
}
DONE: dict[str, str | Promise] = {
    Kind.MUTE: gettext_lazy("%(who)s: muted."),
    Kind.UNMUTE: gettext_lazy("%(who)s: not muted any more."),
    Kind.HOLD: gettext_lazy("%(who)s: on hold."),
    Kind.UNHOLD: gettext_lazy("%(who)s: back from hold."),
    Kind.REMOVE: gettext_lazy("%(who)s: hung up."),
    Kind.PROMOTE: gettext_lazy("%(who)s: host now."),
    Kind.RAISE_HAND: gettext_lazy("%(who)s: hand raised."),
    Kind.LOWER_HAND: gettext_lazy("%(who)s: hand lowered."),
    Kind.LOCK: gettext_lazy("The room is locked."),
    Kind.UNLOCK: gettext_lazy("The room is open again."),
    Kind.SILENCE: gettext_lazy("Nobody's coming and going is announced."),
    Kind.UNSILENCE: gettext_lazy("Who comes and goes is announced again."),
    Kind.RECORD: gettext_lazy("The call is being recorded."),
    Kind.STOP_RECORDING: gettext_lazy("The recording has stopped."),
}
OF_ALL = (Kind.RECORD, Kind.STOP_RECORDING)  # asked of one call, about the whole conference
SHOWN = (*PENDING, *DONE)


@dataclass(frozen=True)
class Refused:
    """Something that was not done, and why; `lasts` is for how many seconds it is still shown."""

    what: str
    why: str
    lasts: int


@dataclass
class Person:
    """Somebody on the line. `mutes` and `holds` say what the buttons would do now.

    Who `leaves` is hung up by us, which the carrier may not have told yet.
    """

    stay: Participant
    who: str
    mutes: bool
    holds: bool
    leaves: bool
    pending: list[str | Promise] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


@dataclass
class Panel:
    """A conference that goes on. `cost` is an estimate in euros, None where none can be made."""

    conference: Conference
    people: list[Person]
    waiting: list[Person]
    seconds: int
    cost: Decimal | None
    capacity: int = settings.ROOM_CAPACITY
    recording: Recording | None = None
    stopping: bool = False
    saying: dict[str, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    news: str = ""

    @property
    def minutes(self) -> int:
        return self.seconds // 60

    @property
    def there(self) -> int:
        return len(self.people) + len(self.waiting)


def of(room: Room, stays: Iterable[Participant], now: dt.datetime) -> Panel | None:
    """The panel of `room`; `stays` are those on the line, with their names. None: nobody is."""
    people = [person(stay) for stay in stays]
    found = Conference.objects.select_related("room__recording")
    conference = found.filter(pk=room.open_conference_id).first() if people else None
    if conference is None:
        return None
    seconds = _seconds(conference, people, now)
    panel = Panel(
        conference,
        people=sorted((one for one in people if not one.stay.waiting), key=_hands_first),
        waiting=[one for one in people if one.stay.waiting],
        seconds=seconds,
        cost=_cost(room.account_id, seconds),
        recording=conference.room.recording,
    )
    _add_commands(panel, now)
    return panel


def person(stay: Participant) -> Person:
    who = stay.name or phones.masked(stay.caller) or _("number withheld")
    return Person(stay, who, mutes=not stay.muted, holds=not stay.held, leaves=bool(stay.left_why))


def _hands_first(person: Person) -> tuple[bool, dt.datetime]:
    raised = person.stay.hand_raised_at
    return raised is None, raised or person.stay.joined_at


def _seconds(conference: Conference, people: Sequence[Person], now: dt.datetime) -> int:
    """The time of all stays of the conference, of those who have left too."""
    over = UsageRecord.objects.filter(participant__conference=conference)
    running = (max(now, one.stay.joined_at) - one.stay.joined_at for one in people)
    going_on = sum(running, dt.timedelta(0)).total_seconds()
    return (over.aggregate(sum=Sum("seconds"))["sum"] or 0) + int(going_on)


def _cost(account_id: str, seconds: int) -> Decimal | None:
    """What so many seconds cost at the mean price of the account's latest priced stays."""
    priced = UsageRecord.objects.filter(account=account_id, carrier_cost__isnull=False)
    rows = list(priced.order_by("-ended_at").values_list("seconds", "carrier_cost")[:PRICED])
    lasted = sum(length for length, _charge in rows)
    if not lasted:
        return None
    charged = sum((charge or Decimal(0) for _length, charge in rows), Decimal(0))
    return charged / lasted * seconds


def _add_commands(panel: Panel, now: dt.datetime) -> None:
    """Write what is asked for, and what became of it in the last minute, beside whom it is about.

    In the order in which it was asked, so that the last of several decides.
    """
    people = {one.stay.pk: one for one in (*panel.people, *panel.waiting)}
    unsaid: Counter[str] = Counter()
    for command in _commands(panel.conference, now):
        person = people.get(command.participant_id or "")
        if command.kind == Kind.SAY:
            if command.status == "pending":
                panel.saying[command.text] = panel.saying.get(command.text, 0) + 1
            elif command.error:
                unsaid[_(command.error)] += 1
        elif command.status == "pending":
            _add_pending(panel, person, command)
        elif command.error:
            _add_refused(panel, person, command, now)
        elif person or not command.participant_id or command.kind in OF_ALL:
            panel.news = _news(command, person)
    for why, callers in unsaid.items():
        what = _("Not said to %(n)d") % {"n": callers}
        panel.refused.append(Refused(what, why, int(TOLD_FOR.total_seconds())))


def _commands(conference: Conference, now: dt.datetime) -> CommandQuerySet:
    said = Q(kind=Kind.SAY, about__startswith=f"{commands.ANNOUNCEMENT}_")
    fresh = Q(done_at=None) | Q(done_at__gte=now - TOLD_FOR)
    found = conference.commands.filter(said | Q(kind__in=SHOWN), fresh, due_at__lte=now + TOLD_FOR)
    found = found.filter(created_at__gte=now - LOOKED_BACK).exclude(error__in=UNSAID)
    return found.select_related("by_user").order_by("created_at", "pk")


def _add_pending(panel: Panel, person: Person | None, command: Command) -> None:
    if command.kind == Kind.STOP_RECORDING:
        panel.stopping = True
    if person is None or command.kind not in PENDING:
        return
    person.pending.append(PENDING[command.kind])
    match command.kind:
        case Kind.MUTE | Kind.UNMUTE:
            person.mutes = command.kind == Kind.UNMUTE
        case Kind.HOLD | Kind.UNHOLD:
            person.holds = command.kind == Kind.UNHOLD
        case Kind.REMOVE | Kind.MOVE:
            person.leaves = True


def _add_refused(panel: Panel, person: Person | None, command: Command, now: dt.datetime) -> None:
    lasts = TOLD_FOR - (now - (command.done_at or now))
    told = Refused(
        command.get_kind_display().capitalize(), _(command.error), int(lasts.total_seconds())
    )
    if command.kind in OF_ALL:
        panel.refused.append(told)
    elif person:
        person.refused.append(told)


def _news(command: Command, person: Person | None) -> str:
    told = str(DONE.get(command.kind, "")) % {"who": person.who if person else ""}
    by = command.by_user
    return f"{told} ({by})" if told and by else told
