"""People as vCards 2.1, 3.0 and 4.0: what phones, mail programs and Google's contacts export.

The library reads one property at a time, and only those that are wanted: some of its patterns
take for ever over lines that are made for it, and pictures are most of a file.
"""

import re
from collections.abc import Iterable, Iterator

import vobject
from django.utils.translation import gettext_lazy as _
from vobject.base import ContentLine, VObjectError, textLineToContentLine
from vobject.icalendar import stringToTextValues
from vobject.vcard import Name, splitFields

from rooms.accounts.models import Person
from rooms.accounts.people_records import (
    MOST_RECORDS,
    Record,
    Unreadable,
    distinct,
    one_line,
    too_many,
)

LONGEST_LINE = 2000  # characters of a property, unfolded
MOST_LINES = 200  # of the properties of a card that are wanted
WANTED = {"FN", "N", "NICKNAME", "ORG", "EMAIL", "TEL", "LANG", "X-LANG", "TZ"}
WANTED |= {"KIND", "X-ADDRESSBOOKSERVER-KIND"}
BEGIN, END = re.compile(r"BEGIN\s*:\s*VCARD\s*", re.I), re.compile(r"END\s*:\s*VCARD\s*", re.I)
_NAME = re.compile(r"(?:[\w-]+\.)?([\w-]+)[;:]")
_VALUE = r'(?:"[^"]*"|[^";:,=]*)'
_PARAMETER = rf";[\w-]+(?:={_VALUE}(?:,{_VALUE})*)?"
_HEAD = re.compile(rf"(?:[\w-]+\.)?[\w-]+(?:{_PARAMETER})*:")


def looks_like(text: str) -> bool:
    return bool(BEGIN.match(text.lstrip()))


def read(text: str) -> list[Record]:
    """The people in a file of cards. Raises Unreadable."""
    records: list[Record] = []
    for line, card in _cards(text):
        if len(records) == MOST_RECORDS:
            raise too_many()
        if card is None:
            fault = str(_("The card does not end: “END:VCARD” is missing."))
            records.append(Record(line=line, fault=fault))
        elif record := _record(line, card):
            records.append(record)
    if not records:
        raise Unreadable(_("There is no vCard in this file."), code="no_cards")
    return records


def write(people: Iterable[Person]) -> Iterator[str]:
    """Card by card, in 3.0: all programs read it, and many of them no 4.0."""
    for one in people:
        yield _card(one)


def _cards(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each card's first line and its wanted properties; None for one that does not end."""
    begun: int = 0
    lines: list[str] = []
    for number, line in enumerate(_lines(text), 1):
        if BEGIN.fullmatch(line):
            if begun:
                yield begun, None
            begun, lines = number, []
        elif begun and END.fullmatch(line):
            yield begun, _properties(lines)
            begun = 0
        elif begun:
            lines.append(line)
    if begun:
        yield begun, None


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _properties(lines: list[str]) -> list[str]:
    """The wanted ones, each in one line again, where it was folded in either way."""
    kept: list[list[str]] = []
    wanted = soft = False
    for line in lines:
        goes_on = soft or line[:1] in (" ", "\t")
        if not goes_on:
            match = _NAME.match(line)
            wanted = match is not None and match[1].upper() in WANTED
            if wanted:
                kept.append([])
        part = line[1:] if goes_on and not soft else line
        soft = line.endswith("=") and (soft or "quoted-printable" in line.lower())
        if wanted:
            kept[-1].append(part[:-1] if soft else part)
    return ["".join(parts) for parts in kept[:MOST_LINES]]


def _record(line: int, properties: list[str]) -> Record | None:
    """None for a group of people, which some programs write as a card of its own."""
    found: dict[str, list[ContentLine]] = {}
    for text in properties:
        if one := _content(text):
            found.setdefault(one.name, []).append(one)
    kinds = found.get("KIND", []) + found.get("X-ADDRESSBOOKSERVER-KIND", [])
    if any(kind.lower() == "group" for kind in _texts(kinds)):
        return None
    addresses = _best_first(found.get("EMAIL", []))
    emails = distinct(re.sub("^mailto:", "", one, flags=re.I) for one in addresses)
    phones = _best_first(found.get("TEL", []), "CELL", "MOBILE", "IPHONE")
    numbers = distinct(re.sub("^tel:", "", one, flags=re.I) for one in phones)
    name = _name(found)
    return Record(
        line=line,
        name="" if name in (*emails, *numbers) else name,  # as a card must have one
        emails=emails,
        phones=numbers,
        language=next(iter(_best_first(found.get("LANG", []) + found.get("X-LANG", []))), ""),
        time_zone=next(iter(_texts(found.get("TZ", []))), ""),
    )


def _content(text: str) -> ContentLine | None:
    """One property; None where it cannot be read."""
    if len(text) > LONGEST_LINE or not _HEAD.match(text):
        return None
    try:
        return textLineToContentLine(text)
    except (VObjectError, ValueError, LookupError, TypeError):  # such as a wrong charset
        return None


def _texts(lines: Iterable[ContentLine]) -> list[str]:
    """Their values, without escapes; a comma is a part of each."""
    return [one_line(stringToTextValues(line.value, listSeparator="\0")[0]) for line in lines]


def _best_first(lines: list[ContentLine], *types: str) -> list[str]:
    """The values, those of one of `types` first, then those that are preferred."""

    def rank(line: ContentLine) -> tuple[bool, int]:
        kinds = {kind.upper() for kind in (*line.params.get("TYPE", []), *line.singletonparams)}
        kinds = {part for kind in kinds for part in kind.split(",")}
        order = next(iter(line.params.get("PREF", [])), "100")
        preferred = 0 if "PREF" in kinds else int(order) if order.isdecimal() else 100
        return not kinds & set(types), preferred

    return _texts(sorted(lines, key=rank))


def _name(found: dict[str, list[ContentLine]]) -> str:
    for line in found.get("FN", []):
        if text := one_line(_texts([line])[0]):
            return text
    for line in found.get("N", []):
        family, given, middle, *_rest = [*map(Name.toString, splitFields(line.value)), "", "", ""]
        if text := one_line(f"{given} {middle} {family}"):
            return text
    for line in found.get("NICKNAME", []) + found.get("ORG", []):
        if text := one_line(_texts([line])[0].replace(";", " ")):
            return text
    return ""


def _card(one: Person) -> str:
    card = vobject.vCard()
    card.add("fn").value = one.name or one.email or one.phone
    card.add("n").value = Name(given=one.name)
    if one.email:
        card.add("email").value = one.email
    if one.phone:
        phone = card.add("tel")
        phone.value = one.phone
        phone.type_param = "CELL"
    if one.time_zone:
        zone = card.add("tz")
        zone.value = one.time_zone
        zone.value_param = "text"
    if one.language:
        card.add("x-lang").value = one.language  # 3.0 has no property for it
    text: str = card.serialize(validate=False)
    return text
