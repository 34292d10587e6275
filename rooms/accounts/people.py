"""The account's people list: make, change, remove, find. Pages and API call these."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from rooms.accounts.models import Account, Person
from rooms.accounts.models.person import folded

FIELDS = ("name", "email", "phone", "language", "time_zone")
FEWEST_DIGITS = 3  # of a number that are searched for


class Taken(ValidationError):
    """The e-mail or the phone is another person's; the message says whose, at its field."""

    def __init__(self, field: str, owner: Person) -> None:
        self.owner = owner
        texts = {
            "email": _("%(name)s has this e-mail already. Change that person instead."),
            "phone": _("%(name)s has this phone already. Change that person instead."),
        }
        text = ValidationError(texts[field] % {"name": owner}, code="taken")
        super().__init__({field: text})


def make(account: Account, **fields: str) -> Person:
    """A new person with some of FIELDS. Raises ValidationError, Taken among them."""
    return _save(Person(account=account, **fields))


def change(person: Person, **fields: str) -> Person:
    """Set some of FIELDS. Raises ValidationError, Taken among them."""
    for field, value in fields.items():
        setattr(person, field, value)
    return _save(person)


def _save(person: Person) -> Person:
    check_somebody(name=person.name, email=person.email, phone=person.phone)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        if taken := _taken(person):
            raise taken from None
        raise
    return person


def check_somebody(*, name: str, email: str, phone: str) -> None:
    """Raises ValidationError where nothing is known of a person."""
    if not (name or email or phone):
        raise ValidationError(
            {"name": ValidationError(_("Give a name, an e-mail or a phone."), code="required")}
        )


def _taken(person: Person) -> Taken | None:
    others = Person.objects.filter(account=person.account_id).exclude(pk=person.pk)
    for field in ("email", "phone"):
        value = getattr(person, field)
        owner = others.filter(**{field: value}).first() if value else None
        if owner:
            return Taken(field, owner)
    return None


def remove(person: Person) -> None:
    """Take the person off the list; meetings keep those they invite, and calls their numbers."""
    Person.objects.filter(pk=person.pk).delete()


def search(rows: "QuerySet[Person]", sought: str, *, by_part: bool = True) -> "QuerySet[Person]":
    """Those of `rows` whose name or e-mail holds `sought`, or whose number does.

    Without `by_part` a number has to be given whole: a mask could be lifted digit by digit.
    """
    sought = sought.replace("\0", "").strip()
    if not sought:
        return rows
    named = ~Q(name="") & Q(sort_key__contains=folded(sought))
    found = named | Q(email__contains=sought.lower())
    digits = "".join(sign for sign in sought if sign not in " +-().\u00a0")
    if digits.isascii() and digits.isdecimal():
        if not by_part:
            found |= Q(phone=f"+{digits}")
        elif len(digits) >= FEWEST_DIGITS:
            # As dialled inside a country, a number begins with a zero that E.164 leaves out.
            found |= Q(phone__contains=digits.lstrip("0") or digits)
    return rows.filter(found)


def names(account_id: str, numbers: Iterable[str]) -> dict[str, str]:
    """What the account calls those who have these numbers (E.164): the name, else the e-mail.

    One query; numbers of nobody are left out.
    """
    wanted = {number for number in numbers if number}
    if not wanted:
        return {}
    found = Person.objects.filter(account=account_id, phone__in=wanted)
    rows: Any = found.order_by().values_list("phone", "name", "email")
    return {phone: name or email for phone, name, email in rows if name or email}
