"""Whom an organizer can have called into a room: who is offered, and whom a typed name means."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import phones
from rooms.accounts import people
from rooms.accounts.models import Person
from rooms.accounts.models.person import folded
from rooms.meetings import call_in
from rooms.meetings.call_in import Status
from rooms.meetings.models import CallRequest, Invitee
from rooms.models import Room

MOST_OFFERED = 200  # of people, and of invitees; others are found by their names too
MOST_NAMED = 3
SHOWN_FOR = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Choice:
    """Somebody with a phone (E.164), known as an invitee or as one of the account's people."""

    name: str
    phone: str
    invitee: Invitee | None = None
    person: Person | None = None

    @property
    def label(self) -> str:
        return f"{self.name} ({phones.masked(self.phone)})" if self.name else self.phone


@dataclass(frozen=True)
class Shown:
    """A call that was asked for, as the panel tells it; `lasts` for so many seconds."""

    name: str
    text: str
    under_way: bool
    lasts: int


def offered(room: Room, now: dt.datetime) -> list[Choice]:
    """By name; who is on both lists once, as an invitee."""
    invited = call_in.callable_invitees(room, now).order_by("name", "pk")[:MOST_OFFERED]
    known = call_in.callable_people(room)[:MOST_OFFERED]
    return _once([*map(_invited, invited), *map(_known, known)])


def find(room: Room, text: str, now: dt.datetime) -> Choice:
    """Whom `text` means: a label, a name or its beginning, an e-mail, or a whole number.

    Raises ValidationError where that is nobody, or several.
    """
    sought = text.replace("\0", "").strip()
    name, _bracket, mask = sought.removesuffix(")").rpartition(" (")
    found = _search(room, name, now) if name else []
    found = [one for one in found if phones.masked(one.phone) == mask] or _search(room, sought, now)
    exact = [one for one in found if folded(sought) in (folded(one.name), folded(one.label))]
    exact = exact or [one for one in found if one.label == sought]
    found = exact or found
    if not sought or not found:
        raise ValidationError(
            _(
                "Nobody who is invited here or on your people list is called so and has a phone. "
                "Add them to your people first."
            ),
            code="unknown",
        )
    if len(found) > 1:
        names = ", ".join(one.label for one in found[:MOST_NAMED])
        text = _("Several people are called so. Write the whole name or number: %(names)s")
        raise ValidationError(text % {"names": names}, code="several")
    return found[0]


def shown(room: Room, now: dt.datetime) -> list[Shown]:
    """The calls into the room that go on, and what became of those asked for lately."""
    asked = CallRequest.objects.filter(room=room, kind=CallRequest.Kind.CALLED_IN)
    lately = asked.filter(Q(created_at__gt=now - SHOWN_FOR) | Q(status__in=call_in.OPEN))
    rows = lately.exclude(status=Status.ENTERED).select_related("room", "person", "invitee")
    newest: dict[str, CallRequest] = {}
    for row in rows.order_by("created_at", "pk"):
        newest[row.phone] = row
    return [_shown(row, now) for row in newest.values()]


def _shown(row: CallRequest, now: dt.datetime) -> Shown:
    under_way = row.status in call_in.OPEN
    left = row.created_at + SHOWN_FOR - now
    return Shown(row.name, _told(row, now), under_way, max(1, int(left.total_seconds())))


def _told(row: CallRequest, now: dt.datetime) -> str:
    if row.status == Status.WAITING and row.due_at > now + call_in.SOON:
        at = timezone.localtime(row.due_at).strftime("%H:%M")
        return _("will be called again at %(time)s") % {"time": at}
    texts = {
        Status.WAITING: _("is about to be called…"),
        Status.PLACING: _("is being dialled…"),
        Status.CALLING: _("is being called…"),
        Status.DECLINED: _("does not want to come now."),
    }
    return texts.get(Status(row.status), "") or row.why or row.get_status_display()


def _search(room: Room, sought: str, now: dt.datetime) -> list[Choice]:
    """Whose name or e-mail holds it, or whose number it is."""
    wanted, digits = folded(sought), _number(sought)
    invited = [
        _invited(one)
        for one in call_in.callable_invitees(room, now).order_by("name", "pk").iterator()
        if wanted in folded(f"{one.name} {one.email}") or one.phone == digits
    ]
    known = people.search(call_in.callable_people(room), sought, by_part=False)
    return _once([*invited, *map(_known, known[: MOST_NAMED + 1])])


def _number(sought: str) -> str:
    try:
        return phones.parse(sought)
    except ValidationError:
        return ""


def _invited(one: Invitee) -> Choice:
    return Choice(one.name or one.email, one.phone, invitee=one)


def _known(one: Person) -> Choice:
    return Choice(one.name or one.email, one.phone, person=one)


def _once(choices: list[Choice]) -> list[Choice]:
    first: dict[str, Choice] = {}
    for one in choices:
        first.setdefault(one.phone, one)
    return sorted(first.values(), key=lambda one: folded(one.label))
