"""People as CSV: of spreadsheets, of Google's and Outlook's contacts, and our own."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms import phones
from rooms.accounts.models import Person
from rooms.accounts.people_records import (
    MOST_RECORDS,
    Record,
    Unreadable,
    distinct,
    one_line,
    too_many,
)

# Not translated, so that a file reads the same whoever wrote it.
HEADER = ("Name", "E-mail", "Phone", "Language", "Time zone")
DELIMITERS = ",;\t|"
END = "\ue000end of the file\ue000"

# What columns are called, as `_plain` writes it. A part of a name has its place in the whole.
_WHOLE_NAMES = {
    *("name", "full name", "display name", "contact name", "contact", "person", "participant"),
    *("фио", "ф и о", "полное имя", "имя и фамилия", "фамилия и имя", "фамилия имя отчество"),
    *("отображаемое имя", "контакт", "участник", "фамилия имя"),
}
_GIVEN = {"first name", "given name", "forename", "firstname", "имя"}
_MIDDLE = {"middle name", "additional name", "отчество", "второе имя"}
_FAMILY = {"last name", "family name", "surname", "lastname", "фамилия"}
# A word of these, and of `_AROUND` those that may stand beside it.
_EMAIL = {"email", "mail", "почта", "почты", "имейл", "емейл", "мейл"}
_MOBILE = {"mobile", "cell", "cellphone", "мобильный", "моб", "сотовый", "переносной"}
_PHONE = {"phone", "telephone", "tel", "телефон", "телефона", "тел", *_MOBILE}
_AROUND = {
    *("primary", "main", "home", "work", "business", "other", "number", "address", "value"),
    *("основной", "домашний", "дом", "рабочий", "раб", "другой", "личный", "контактный"),
    *("номер", "адрес", "эл", "электронная", "электронной", *"123456789"),
}
_LANGUAGE = {"language", "lang", "язык"}
_TIME_ZONE = {"time zone", "timezone", "zone", "часовой пояс", "пояс"}
# What a spreadsheet would take for a formula; full-width signs too.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


@dataclass
class _Columns:
    """Which cells of a row hold what, by their numbers, the best ones first."""

    name: int | None = None
    parts: list[int] = field(default_factory=list)
    emails: list[int] = field(default_factory=list)
    phones: list[int] = field(default_factory=list)
    language: int | None = None
    time_zone: int | None = None

    @property
    def known(self) -> int:
        single = [one for one in (self.name, self.language, self.time_zone) if one is not None]
        return len(single) + len(self.parts) + len(self.emails) + len(self.phones)

    @property
    def suffice(self) -> bool:
        return self.name is not None or bool(self.parts or self.emails or self.phones)


def read(text: str) -> list[Record]:
    """The people in a table whose first row names its columns. Raises Unreadable."""
    first, text = _without_hint(text)
    delimiter = max(DELIMITERS, key=lambda one: _columns(_header(text, one)).known)
    rows = _rows(text, delimiter)
    columns = _columns(next(rows, (0, []))[1])
    if not columns.suffice:
        raise Unreadable(
            _("The first line has to name the columns, such as: Name, E-mail, Phone."),
            code="no_header",
        )
    records: list[Record] = []
    for line, row in rows:
        record = _record(line + first, row, columns)
        if not any(map(str.strip, row)):
            continue
        if len(records) == MOST_RECORDS:
            raise too_many()
        records.append(record)
    return records


def is_header(cells: list[str]) -> bool:
    """Whether these cells name columns, and say nothing of anybody."""
    titles = [cell for cell in cells if cell.strip()]
    return bool(titles) and _columns(titles).known == len(titles)


def write(people: Iterable[Person]) -> Iterator[str]:
    """Line by line: UTF-8 with a mark, which spreadsheets need to see that it is UTF-8."""
    yield "\ufeff" + _line(HEADER)
    for one in people:
        cells = map(_guarded, (one.name, one.email, "", one.language, one.time_zone))
        name, email, _phone, language, zone = cells
        yield _line((name, email, written(one.phone), language, zone))


def written(number: str) -> str:
    """A number in groups: with its spaces it is no formula, and no spreadsheet drops the plus."""
    grouped = phones.grouped(number)
    try:
        return grouped if phones.parse(grouped) == number else number
    except ValidationError:
        return number


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _without_hint(text: str) -> tuple[int, str]:
    """Spreadsheets write `sep=;` into the first line; what follows begins one line later."""
    hint = re.match(r"\s*\"?sep=.\"?[^\S\r\n]*(\r\n|\r|\n)", text)
    return (1, text[hint.end() :]) if hint else (0, text)


def _header(text: str, delimiter: str) -> list[str]:
    """The first row that is not blank, read with this delimiter."""
    return next((row for _line, row in _rows(text, delimiter) if any(map(str.strip, row))), [])


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of the line it begins in; blank ones before the header left out."""
    # A quotation mark that is never closed would swallow the rest unnoticed: the end too, then.
    stream = io.StringIO(f"{text}\n{END}\n", newline="")
    reader = csv.reader(stream, delimiter=delimiter)
    begins, begun = 1, False
    while True:
        try:
            row = next(reader)
        except csv.Error as error:  # longer than any field should be
            raise _never_closed(begins) from error
        if row == [END]:
            return
        if row and END in row[-1]:
            raise _never_closed(begins)
        begun = begun or any(map(str.strip, row))
        if begun:
            yield begins, row
        begins = reader.line_num + 1


def _never_closed(line: int) -> Unreadable:
    text = _("Line %(line)d cannot be read: a quotation mark is opened there and never closed.")
    return Unreadable(text % {"line": line}, code="quotes")


def _plain(title: str) -> str:
    """`E-mail 1 - Value` → `email 1 value`"""
    words = " ".join(re.findall(r"[^\W_]+", title.casefold().replace("ё", "е")))
    return words.replace("e mail", "email")


def _is(title: str, words: set[str]) -> bool:
    return bool(words & {*title.split()}) and {*title.split()} <= words | _AROUND


def _columns(header: list[str]) -> _Columns:
    found = _Columns()
    parts: dict[int, int] = {}
    mobiles: list[int] = []
    for number, title in enumerate(map(_plain, header)):
        if title in _WHOLE_NAMES and found.name is None:
            found.name = number
        elif part := next((n for n, one in enumerate(_PARTS) if title in one), None):
            parts.setdefault(part, number)
        elif title in _LANGUAGE:
            found.language = number
        elif title in _TIME_ZONE:
            found.time_zone = number
        elif _is(title, _EMAIL):
            found.emails.append(number)
        elif _is(title, _PHONE):
            (mobiles if _MOBILE & {*title.split()} else found.phones).append(number)
    found.parts = [parts[part] for part in sorted(parts)]
    found.phones = [*mobiles, *found.phones]
    return found


_PARTS = (set[str](), _GIVEN, _MIDDLE, _FAMILY)


def _record(line: int, row: list[str], columns: _Columns) -> Record:
    def cell(number: int | None) -> str:
        text = row[number] if number is not None and number < len(row) else ""
        return one_line(text[1:] if _GUARDED.match(text) else text)

    def cells(numbers: list[int]) -> tuple[str, ...]:
        # Google puts several into one cell.
        return distinct(part for number in numbers for part in cell(number).split(" ::: "))

    return Record(
        line=line,
        name=cell(columns.name) or one_line(" ".join(map(cell, columns.parts))),
        emails=cells(columns.emails),
        phones=cells(columns.phones),
        language=cell(columns.language),
        time_zone=cell(columns.time_zone),
    )
