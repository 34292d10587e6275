"""Who is erased: all that an account knows somebody by, and finding that in texts.

A number is written in many ways, and of a person there may be more than what was asked for: the
people list knows the phone that belongs to an e-mail. What several people share tells nobody.
"""

import enum
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import phonenumbers
from django.db.models import Q
from django.utils.crypto import salted_hmac

from rooms import phones
from rooms.accounts.models import Account

GONE = "•••"  # what stands in a text where somebody was named
SHORTEST_NATIONAL = 7  # digits; a shorter number is looked for with its country code alone
SAID_DIGITS = 3  # of a number whose owner is not known: "a caller ending in 4 5 6"
_BETWEEN = r"[\s().\-/\u00a0\u2010-\u2015]*"  # what people put between digits
_NUMBERS_KEPT = re.compile(r"\D")


@dataclass(frozen=True)
class Known:
    """What an app knows of somebody; receivers of `seeking` answer with it.

    `asked` are the numbers that were asked for by themselves. `others` are such names as others
    have too. `stays` and `invitees` are ids of rows, `calls` the carrier's, and `rooms` where they
    were or are invited to. `lines` are numbers that they called from and that may be another's
    too, such as a meeting room's. `texts` are the carrier's ids of SMS to them.
    """

    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    stays: frozenset[str] = frozenset()
    invitees: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    def __or__(self, more: "Known") -> "Known":
        both = {name: getattr(self, name) | getattr(more, name) for name in vars(self)}
        return Known(**both)


class Reach(enum.Enum):
    """Where a text is from, and so how much in it is taken for the person.

    ANYWHERE in the account it is a whole number, an address, or a name of two words that nobody
    else has. AROUND them, in rooms that they called, a first name and a masked number too. What is
    their OWN, since it tells of a thing that they did, names them by whatever name it has.
    """

    ANYWHERE = enum.auto()
    AROUND = enum.auto()
    OWN = enum.auto()


@dataclass(frozen=True)
class Subject:
    """Whoever is to be erased from `account`, by all that it knows of them."""

    account: Account
    known: Known = field(default_factory=Known)

    @property
    def phones(self) -> frozenset[str]:
        return self.known.phones

    @property
    def emails(self) -> frozenset[str]:
        return self.known.emails

    @property
    def hint(self) -> str:
        """Enough for whoever knows them, and for nobody else."""
        numbers = [phones.masked(phone) for phone in sorted(self.phones)]
        return ", ".join([*numbers, *(masked_email(one) for one in sorted(self.emails))])[:100]

    @property
    def hashes(self) -> list[str]:
        """Of each number and address, with the key of this installation."""
        return sorted(keyed_hash(self.account, one) for one in self.phones | self.emails)

    @property
    def names(self) -> list[str]:
        return sorted(self.known.names)

    def without(self, text: str, reach: Reach = Reach.ANYWHERE) -> str:
        """The text with the person taken out."""
        return self._patterns[reach].sub(GONE, text) if text else text

    def cleared(self, value: Any, reach: Reach = Reach.ANYWHERE) -> Any:
        """As `without`, of all texts in a JSON value."""
        if isinstance(value, str):
            return self.without(value, reach)
        if isinstance(value, list):
            return [self.cleared(one, reach) for one in value]
        if isinstance(value, dict):
            return {name: self.cleared(one, reach) for name, one in value.items()}
        return value

    def perhaps_in(self, *fields: str) -> Q:
        """Rows that may name them as the service writes it: the database's share of the search."""
        forms = {*self.emails, *self.names}
        for number in self.phones | self.known.lines:
            forms |= {number, number[1:], phones.grouped(number), phones.masked(number)}
            forms.add(" ".join(number[-SAID_DIGITS:]))
        found = Q(pk__in=[])
        for form in {variant for one in forms for variant in _variants(one)}:
            for name in fields:
                found |= Q(**{f"{name}__contains": form})
        return found

    @cached_property
    def _patterns(self) -> dict[Reach, re.Pattern[str]]:
        shared = {_folded(name) for name in self.known.others}
        own = [name for name in self.names if _folded(name) not in shared]
        certain = [*map(_number, self.phones), *map(_email, self.emails)]
        numbers = self.phones | self.known.lines
        return {
            Reach.ANYWHERE: _pattern([*certain, *(_name(one) for one in own if " " in one)]),
            Reach.AROUND: _pattern([*certain, *map(_name, own), *map(_short, self.phones)]),
            Reach.OWN: _pattern(
                [*certain, *map(_name, self.names), *map(_number, numbers), *map(_short, numbers)]
            ),
        }


def keyed_hash(account: Account, text: str) -> str:
    """The same for the same text in the same account, and in no other."""
    digest = salted_hmac("rooms.accounts.erasing", f"{account.pk}:{text}", algorithm="sha256")
    return digest.hexdigest()


def masked_email(email: str) -> str:
    """`a•••@e•••.com`."""
    before, _at, domain = email.partition("@")
    head, _dot, end = domain.rpartition(".")
    return f"{before[:1]}•••@{head[:1]}•••.{end}"


def _variants(text: str) -> set[str]:
    """As it may be stored: in other case, which not every database compares, and inside JSON."""
    cased = {text, text.lower(), text.upper(), text.title()}
    return cased | {json.dumps(one)[1:-1] for one in cased}


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _pattern(parts: Iterable[str]) -> re.Pattern[str]:
    """Any of them, the longest first; nothing where there are none."""
    longest_first = sorted({part for part in parts if part}, key=len, reverse=True)
    return re.compile("|".join(longest_first) or r"(?!)", re.IGNORECASE)


def _number(number: str) -> str:
    """However it is grouped, with or without the country code."""
    country, national = _parts(number)
    spread = _BETWEEN.join(national)
    if len(national) < SHORTEST_NATIONAL:
        return rf"(?<!\d)\+?{_BETWEEN.join(country)}{_BETWEEN}{spread}(?!\d)"
    code = rf"(?:\+|00)?{_BETWEEN}{_BETWEEN.join(country)}{_BETWEEN}(?:\(?0\)?{_BETWEEN})?"
    return rf"(?<!\d)(?:{code}|0{_BETWEEN})?{spread}(?!\d)"


def _parts(number: str) -> tuple[str, str]:
    """The country code and the digits that follow it."""
    digits = _NUMBERS_KEPT.sub("", number)
    try:
        country = str(phonenumbers.parse(number, None).country_code or "")
    except phonenumbers.NumberParseException:
        country = ""
    return country, digits.removeprefix(country)


def _short(number: str) -> str:
    """Masked, or its end as voices say it."""
    end = " ".join(number[-SAID_DIGITS:])
    return rf"{re.escape(phones.masked(number))}(?!\w)|(?<!\d )(?<!\d){end}(?! ?\d)"


def _email(email: str) -> str:
    return rf"(?<![\w.+\-]){re.escape(email)}(?![\w\-])"


def _name(name: str) -> str:
    words = r"\s+".join(map(re.escape, name.split()))
    return rf"(?<!\w){words}(?!\w)" if words else ""
