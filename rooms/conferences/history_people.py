"""Who may be meant by a name, an e-mail or the end of a number: those whom the account knows.

Their numbers find their stays by an index, however long ago those were.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.dispatch import Signal
from django.utils.translation import gettext as _

from rooms import phones
from rooms.accounts import people
from rooms.accounts.models import Account, Person, User

FEWEST_DIGITS = 4  # of the end of a number
TRUNK = 7  # a number of so many digits and more may begin with a zero that E.164 leaves out
MOST_PEOPLE = 50  # whose stays are looked for at once

# Sent with `account` and `sought`, which has those on the people list already: who knows others
# by this text or number returns them as People.
people_sought = Signal()


@dataclass
class People:
    """Numbers (E.164) and invitees' ids; `more`: there were too many to look for all of them."""

    numbers: set[str] = field(default_factory=set)
    invitees: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    more: bool = False

    def add(self, other: "People") -> None:
        self.numbers |= other.numbers
        self.invitees |= other.invitees
        self.emails |= other.emails
        self.more = self.more or other.more


@dataclass(frozen=True)
class Sought:
    """A part of a `name` or e-mail, or the `ends` that a number may have; `emails` found so far."""

    name: str = ""
    ends: tuple[str, ...] = ()
    emails: frozenset[str] = frozenset()

    def named(self, name: str, email: str) -> Q:
        """Rows whose fields `name` and `email` fit; a regular expression folds case everywhere."""
        found = Q(**{f"{name}__iregex": re.escape(self.name)})
        return found | Q(**{f"{email}__contains": self.name.lower()})

    def ending(self, phone: str) -> Q:
        found = Q()
        for end in self.ends:
            found |= Q(**{f"{phone}__endswith": end})
        return found


def read_number(text: str) -> str:
    """What somebody looks for: `+34600123456`, or the digits that a number ends with.

    Raises ValidationError with what to do.
    """
    digits = "".join(str(int(sign)) for sign in text if sign.isdecimal())
    whole = text.strip().startswith(("+", "00"))
    if not any(sign.isalpha() for sign in text):
        if whole:
            return phones.parse(f"+{digits.removeprefix('00')}")
        if FEWEST_DIGITS <= len(digits) < phones.LONGEST:
            return digits
    raise ValidationError(_("Write the whole number, or four or more of its last digits."))


def by_name(account: Account, text: str) -> People:
    """Those whose name or e-mail holds `text`."""
    listed = people.search(Person.objects.filter(account=account), text, by_part=False)
    found = _of_rows(listed.values_list("phone", "email")[: MOST_PEOPLE + 1])
    return _with_others(account, found, Sought(text, emails=frozenset(found.emails)))


def by_number(account: Account, number: str) -> People:
    """Those who have `number`, or a number that ends with it."""
    if number.startswith("+"):
        return People({number})
    sought = Sought(ends=ends_of(number))
    listed = Person.objects.filter(sought.ending("phone"), account=account)
    found = _of_rows(listed.values_list("phone", "email")[: MOST_PEOPLE + 1])
    found.numbers.add(f"+{number}")  # perhaps it was whole but for its plus
    found.emails.clear()  # their owners may call from other numbers too
    return _with_others(account, found, sought)


def ends_of(digits: str) -> tuple[str, ...]:
    """The digits, and without the zeros that are dialled before them inside a country."""
    short = digits.lstrip("0")
    return (digits, short) if digits != short and len(short) >= TRUNK else (digits,)


def _with_others(account: Account, found: People, sought: Sought) -> People:
    """With the account's members and all whom others know."""
    fits = sought.named("name", "email") if sought.name else sought.ending("phone")
    members = User.objects.filter(fits, accounts=account)
    found.add(_of_rows(members.values_list("phone", "email")[: MOST_PEOPLE + 1]))
    answers: Any = people_sought.send(People, account=account, sought=sought)
    for _receiver, known in answers:
        found.add(known)
    return found


def _of_rows(rows: Iterable[tuple[str, str]]) -> People:
    found = list(rows)
    return People(
        numbers={phone for phone, _email in found[:MOST_PEOPLE] if phone},
        emails={email for _phone, email in found[:MOST_PEOPLE] if email},
        more=len(found) > MOST_PEOPLE,
    )
