"""Erasing a person: all that an account knows of somebody goes, and a receipt stays.

Whoever keeps something about people listens to these three, each sent in the one transaction in
which somebody is erased:

    seeking   by the numbers and addresses that are known so far: what more is known (Known)
    holding   lock what must not change meanwhile; raise Refused where it cannot be done now
    erasing   erase it; returns how many rows of what, by a word of KINDS

and names the fields that it is responsible for by `covers`: tests/test_erasing_fields.py fails on a
field of the project that nobody has thought of. A preview is an erasure that is rolled back, so it
tells the truth.

    Refused
    ├── NobodyNamed      neither a number nor an address is given
    ├── IsMember         they are a member of the account
    ├── OnTheLine        they are in a call, or are being called
    └── BeingRecorded    they can be heard in a recording that goes on
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from rooms.accounts import members
from rooms.accounts.erasing_subject import Known, Subject
from rooms.accounts.models import Account, Erasure, Person, User
from rooms.accounts.models.person import folded

# Sent with `account` and `known`.
seeking = Signal()
# Sent with `subject`, and `account`, `phones` and `emails`, which are its own.
holding = Signal()
erasing = Signal()

# What is counted, in the order in which it is told.
KINDS = {
    "people": _("entries of the people list"),
    "invitees": _("invitations to meetings"),
    "stays": _("stays in rooms"),
    "calls": _("phone calls"),
    "keys": _("keys pressed in calls"),
    "wrong_codes": _("wrong codes"),
    "recordings": _("recordings in which they can be heard"),
    "texts_in": _("SMS from them"),
    "requests": _("requests to call them"),
    "messages": _("messages to them"),
    "notices": _("notices that tell of them"),
    "spoken": _("announcements that name them"),
    "events": _("webhook events about them"),
    "blocks": _("blocks of their number"),
    "texts": _("texts of yours that name them"),
    "log": _("lines of the operator's log"),
    "raw": _("messages of the carrier about their calls"),
}
# And what is not.
KEPT = {
    "minutes": _("The minutes of their calls and what they cost, without number and name."),
    "attendance": _("That somebody was there, and when; reports say “number withheld”."),
    "proof": _("That people were told of a recording, without number and name."),
    "wishes": _(
        "The service's own list of numbers that want no more SMS, and whether it blocks a number: "
        "otherwise they would be sent SMS again."
    ),
    "short": _(
        "What the service keeps for all accounts together to stop guessing, and lost calls that "
        "led to nobody's room: hours to days, at most 30 days."
    ),
    "requests": _("Answers to your programs' requests, encrypted, for 24 hours at most."),
    "others": _("What they did with other accounts, what was sent, and the carrier's own books."),
}

Covering = TypeVar("Covering", bound=Callable[..., Any])
COVERED: dict[str, str] = {}  # field, as "notices.Notice.text", and who erases it


class Refused(members.Refused):
    """Nothing was erased; the message says why and what to do."""


class NobodyNamed(Refused):
    message = _("Give a number or an e-mail address.")


class IsMember(Refused):
    message = _(
        "This is a member of the account. Remove them from the members first; then they can be "
        "erased."
    )


class OnTheLine(Refused):
    message = _(
        "They are on the line, or being called, right now. Remove them from the call, or wait "
        "until it is over."
    )


class BeingRecorded(Refused):
    message = _(
        "They can be heard in a recording that goes on. Stop the recording, or wait until the "
        "call is over."
    )


@dataclass(frozen=True)
class Preview:
    """What would be erased, and who is meant; `before` are earlier receipts of the same person."""

    subject: Subject
    counts: dict[str, int]
    before: list[Erasure]


def covers(*fields: str) -> Callable[[Covering], Covering]:
    """Says which fields, as `notices.Notice.text`, a receiver of `erasing` is responsible for."""

    def register(receiver: Covering) -> Covering:
        COVERED.update(dict.fromkeys(fields, f"{receiver.__module__}.{receiver.__name__}"))
        return receiver

    return register


@transaction.atomic
def erase(account: Account, *, phone: str = "", email: str = "", by: User | None) -> Erasure:
    """Erase whoever has this number (E.164) or address from the account. Raises Refused.

    All or nothing. Doing it again erases what came since.
    """
    subject = find(account, phone=phone, email=email)
    counts = _erase(subject)
    return Erasure.objects.create(
        account=account, subject_hashes=subject.hashes, hint=subject.hint, counts=counts, by=by
    )


def preview(account: Account, *, phone: str = "", email: str = "") -> Preview:
    """What `erase` would do now. Raises Refused where it would."""
    with transaction.atomic():
        subject = find(account, phone=phone, email=email)
        counts = _erase(subject)
        transaction.set_rollback(True)
    return Preview(subject, counts, before(subject))


def find(account: Account, *, phone: str = "", email: str = "") -> Subject:
    """Who is meant: what else is theirs by what the account knows. Raises Refused."""
    numbers, addresses = frozenset({phone} - {""}), frozenset({email.lower()} - {""})
    if not (numbers or addresses):
        raise NobodyNamed
    found = _sought(account, Known(numbers, addresses, asked=numbers))
    # Once more, by what was found: the calls of the number that belongs to the address.
    found = _sought(account, found)
    theirs = Q(phone__in=found.phones) | Q(email__in=found.emails)
    theirs |= Q(emailaddress__email__in=found.emails)
    if User.objects.filter(theirs, accounts=account).exists():
        raise IsMember
    return Subject(account, found)


def before(subject: Subject) -> list[Erasure]:
    """Receipts of the same number or address, the newest first."""
    hashes = set(subject.hashes)
    receipts = Erasure.objects.filter(account=subject.account).select_related("by")
    return [one for one in receipts if hashes & set(one.subject_hashes)]


def _sought(account: Account, known: Known) -> Known:
    """With what follows from it: the people list first, which tells best who somebody is."""
    found = known = known | _listed(account, known)
    answers: Any = seeking.send(Account, account=account, known=known)
    for _receiver, more in answers:
        found |= more
    return found


def _listed(account: Account, known: Known) -> Known:
    """What the people list tells of somebody: the phone that belongs to an address, and a name."""
    people = Person.objects.filter(account=account)
    mine = Q(phone__in=known.phones) | Q(email__in=known.emails)
    theirs = list(people.filter(mine))
    names = known.names | {one.name for one in theirs if one.name}
    named = people.exclude(mine).filter(sort_key__in=[folded(name) for name in names])
    return Known(
        frozenset(one.phone for one in theirs if one.phone),
        frozenset(one.email for one in theirs if one.email),
        frozenset(names),
        others=frozenset(named.exclude(name="").values_list("name", flat=True)),
    )


def _erase(subject: Subject) -> dict[str, int]:
    facts = {
        "subject": subject,
        "account": subject.account,
        "phones": subject.phones,
        "emails": subject.emails,
    }
    holding.send(Account, **facts)
    counts: Counter[str] = Counter()
    answers: Any = erasing.send(Account, **facts)
    for _receiver, erased in answers:
        counts.update(erased)
    unknown = counts.keys() - KINDS.keys()
    assert not unknown, f"no word for {unknown}"
    return {kind: counts[kind] for kind in KINDS if counts[kind]}
