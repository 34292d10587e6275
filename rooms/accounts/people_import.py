"""Taking many people into the list at once: who is new, who is there already, who cannot be read.

Pages and API call `take`. Everything happens in one transaction with a few statements, however
many people there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rooms.accounts import people_csv, people_fields, people_vcard
from rooms.accounts.models import Account, Person
from rooms.accounts.models.person import SORTED_BY, folded
from rooms.accounts.people import FIELDS
from rooms.accounts.people_records import Record, checked

CHUNK = 500  # rows or values in a statement
TRIES = 3


@dataclass(frozen=True)
class Duplicate:
    """A record of somebody who is known: from the list, or, with `of_line`, from the file itself.

    `by` is what they share: email, phone, or name where a record has nothing else. `updated` is
    whether the person on the list was changed.
    """

    line: int
    shown: str
    by: str
    person: Person
    of_line: int | None
    updated: bool = False


@dataclass(frozen=True)
class Remark:
    """Something about a record in words: why it was not taken, or what was left out of it."""

    line: int
    shown: str
    why: str


@dataclass
class Result:
    """What became of a file; every list is in the order of its lines."""

    added: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    faulty: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def updated(self) -> int:
        return sum(one.updated for one in self.duplicates)

    @property
    def unchanged(self) -> int:
        return len(self.duplicates) - self.updated


def take(
    account: Account, text: str, *, format: str = "", update: bool = False, country: str = ""
) -> Result:
    """Add the people in a file's `text` to the account's list.

    `format` is "csv" or "vcard", or "" to look. Who is there already stays as they are unless
    `update`: then what the file gives replaces what they have. `country` is where numbers without
    a country code are dialled. Raises ValidationError where the whole file cannot be taken.
    """
    checked(text)
    is_vcard = format == "vcard" or (not format and people_vcard.looks_like(text))
    records = (people_vcard if is_vcard else people_csv).read(text)
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _Import(account, update, country).run(records)
        except IntegrityError:  # somebody else added one of them meanwhile: look again
            continue
    raise ValidationError(_("Somebody else changes this list. Try again."), code="busy")


class _Import:
    """One run over the records; `known` finds who has an e-mail, a phone or a name."""

    def __init__(self, account: Account, update: bool, country: str) -> None:
        self.account, self.update, self.country = account, update, country
        self.result = Result()
        self.known: dict[tuple[str, str], Person] = {}
        self.lines: dict[str, int] = {}  # where the file spoke of a person first, by their id
        self.new: list[Person] = []
        self.changed: list[Person] = []

    def run(self, records: Iterable[Record]) -> Result:
        read = [one for record in records if (one := self._read(record))]
        for person in self._there(read).values():
            self._index(person)
        for record, fields in read:
            self._take(record, fields)
        Person.objects.bulk_create(self.new, batch_size=CHUNK)
        _write(self.changed)
        self.result.faulty.sort(key=lambda one: one.line)
        self.result.added = len(self.new)
        return self.result

    def _read(self, record: Record) -> tuple[Record, dict[str, str]] | None:
        try:
            fields, left_out = people_fields.of(record, self.country)
        except ValidationError as error:
            self._fault(record, " ".join(error.messages))
            return None
        for why in left_out:
            self.result.remarks.append(Remark(record.line, record.shown, why))
        return record, fields

    def _fault(self, record: Record, why: str) -> None:
        self.result.faulty.append(Remark(record.line, record.shown, why))

    def _there(self, read: list[tuple[Record, dict[str, str]]]) -> dict[str, Person]:
        """Those on the list whom the file may speak of, by their id."""
        there: dict[str, Person] = {}
        keys = [key for _record, fields in read for key in _keys(fields)]
        columns = {"email": "email", "phone": "phone", "name": "sort_key"}
        for kind, column in columns.items():
            values = iter(dict.fromkeys(value for one, value in keys if one == kind))
            while chunk := list(islice(values, CHUNK)):
                found = Person.objects.filter(account=self.account, **{f"{column}__in": chunk})
                there.update({one.pk: there.get(one.pk, one) for one in found.order_by()})
        return there

    def _index(self, person: Person) -> None:
        # What somebody had before stays theirs until the import is over.
        self.known.setdefault(("name", person.sort_key), person)
        for kind in ("email", "phone"):
            if value := getattr(person, kind):
                self.known.setdefault((kind, value), person)

    def _take(self, record: Record, fields: dict[str, str]) -> None:
        hits = {key[0]: self.known[key] for key in _keys(fields) if key in self.known}
        if not hits:
            person = Person(account=self.account, **fields).tidy()
            self.new.append(person)
            self.lines[person.pk] = record.line
            self._index(person)
            return
        if self.update and len({one.pk for one in hits.values()}) > 1:
            why = _("The e-mail is that of %(one)s and the phone that of %(other)s.")
            self._fault(record, why % {"one": hits["email"], "other": hits["phone"]})
            return
        by, person = next(
            ((by, one) for by, one in hits.items() if one.pk in self.lines),
            next(iter(hits.items())),
        )
        found = Duplicate(record.line, record.shown, by, person, self.lines.get(person.pk))
        if self.update and found.of_line is None:
            found = replace(found, updated=self._change(person, fields))
            self.lines[person.pk] = record.line
        self.result.duplicates.append(found)

    def _change(self, person: Person, fields: dict[str, str]) -> bool:
        """Set what the file gives and the person has not; whether that was anything."""
        new = {name: value for name, value in fields.items() if value}
        if all(getattr(person, name) == value for name, value in new.items()):
            return False
        for name, value in new.items():
            setattr(person, name, value)
        self.changed.append(person.tidy())
        self._index(person)
        return True


def _keys(fields: dict[str, str]) -> list[tuple[str, str]]:
    """What somebody is known by: e-mail and phone, and the name only where there is neither."""
    keys = [(kind, fields[kind]) for kind in ("email", "phone") if fields[kind]]
    return keys or [("name", folded(fields["name"])[:SORTED_BY])]


def _write(changed: list[Person]) -> None:
    """As `bulk_update`, which takes ten times as long to put its statements together."""
    fields = [*FIELDS, "sort_key"]
    Person.objects.bulk_create(
        changed,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=fields,
    )
