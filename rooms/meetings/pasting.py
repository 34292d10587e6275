"""People pasted as text: what mail programs, spreadsheets and people themselves write.

Pure: text in, people out. A line is cut at semicolons, commas and tabs; in the pieces addresses
and numbers are found (pasting_pieces.py), and what stands around them are names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from rooms.accounts import people_csv
from rooms.meetings.pasting_pieces import Kind, Token, parts_of, pieces_of, straight

MOST = 5000  # people at once
LONGEST = 500_000  # characters
MOST_PROBLEMS = 1000
LONGEST_NAME = 100
SHOWN = 80  # characters of what a problem is about


@dataclass(frozen=True)
class Entry:
    """Somebody in `line` of the text; `email` lower case or "", `phone` E.164 or "", one given."""

    line: int
    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass
class Pasted:
    """`problems` are (line, the text that is meant, why); `repeated` stood in the text before."""

    people: list[Entry] = field(default_factory=list)
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    repeated: list[Entry] = field(default_factory=list)

    def with_problem(self, line: int, text: str, why: str) -> "Pasted":
        self.problems.append((line, _short(text), why))
        return self


def parse(text: str, country: str = "") -> Pasted:
    """Whom `text` names. `country`, as "ES", is where numbers without a country code are dialled.

    Raises nothing: what cannot be read is among the problems.
    """
    pasted = Pasted()
    seen: set[str] = set()
    lines = text[:LONGEST].splitlines()
    first = next(filter(str.strip, lines), "")
    for number, line in enumerate(lines, 1):
        if line is first and people_csv.is_header(re.split("[,;\t]", line)):
            continue  # of a spreadsheet
        for entry in _entries(number, line, country, pasted):
            keys = {entry.email, entry.phone} - {""}
            if keys & seen:
                pasted.repeated.append(entry)
            elif len(pasted.people) == MOST:
                why = _("At most %(most)d people at once: nobody from here on was read.")
                return pasted.with_problem(number, line, why % {"most": MOST})
            else:
                pasted.people.append(entry)
            seen |= keys
        if len(pasted.problems) >= MOST_PROBLEMS:
            why = _("This does not look like a list of people: it was read no further.")
            return pasted.with_problem(number, line, why)
    if len(text) > LONGEST:
        why = _("The text is too long: its end was not read.")
        return pasted.with_problem(len(lines), lines[-1], why)
    return pasted


def _entries(number: int, line: str, country: str, pasted: Pasted) -> Iterator[Entry]:
    parts = [(part, pieces_of(part, country)) for part in parts_of(line)]
    if _is_row([pieces for _part, pieces in parts]):
        parts = [(line, [piece for _part, pieces in parts for piece in pieces])]
    for part, pieces in parts:
        if len(pasted.problems) >= MOST_PROBLEMS:
            return
        reader = _Part(number, part, pasted)
        reader.read(pieces)
        yield from reader.done


def _is_row(parts: list[list[list[Token]]]) -> bool:
    """Whether semicolons divide the cells of one person's row: each holds one thing, none twice.

    Else they divide people, as mail programs write them.
    """
    if any([len(piece) for piece in pieces] != [1] for pieces in parts):
        return False
    kinds = [pieces[0][0].kind for pieces in parts]
    names, emails, numbers = map(kinds.count, (Kind.NAME, Kind.EMAIL, Kind.PHONE))
    alone = names + emails + numbers == len(kinds)
    return alone and names > 0 and emails < 2 and numbers < 2 and emails + numbers > 0


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


class _Part:
    """Reads what stands between two semicolons; `draft` is who is spoken of at the moment."""

    def __init__(self, line: int, part: str, pasted: Pasted) -> None:
        self.line, self.part, self.pasted = line, part, pasted
        self.draft = Entry(line)
        self.done: list[Entry] = []
        self.told = False

    def read(self, pieces: list[list[Token]]) -> None:
        kinds = [token.kind for piece in pieces for token in piece]
        # A number before the address is the address's only where nobody else is spoken of.
        self.alone = kinds.count(Kind.EMAIL) == kinds.count(Kind.PHONE) == 1
        for piece in pieces:
            for place, token in enumerate(piece):
                before = piece[place - 1] if place else None
                after = piece[place + 1] if place + 1 < len(piece) else None
                self._take(token, before, after)
        self._finish()

    def _take(self, token: Token, before: Token | None, after: Token | None) -> None:
        if token.kind == Kind.WRONG:
            self._problem(token.text, token.why)
        elif token.kind == Kind.EMAIL:
            if self.draft.email == token.text:
                return  # some programs write an address for a name
            if self.draft.email or (self.draft.phone and not self.alone):
                self._finish()
            self.draft = replace(self.draft, email=token.text)
        elif token.kind == Kind.PHONE:
            if self.draft.phone:
                self._finish()
            self.draft = replace(self.draft, phone=token.text)
        else:
            self._name(token, before, after)

    def _name(self, token: Token, before: Token | None, after: Token | None) -> None:
        """A name goes with what follows it in the same piece, else with whom it comes after."""
        draft, leads = self.draft, after.kind if after else None
        if not (draft.email or draft.phone):
            if draft.name and leads and not token.tabbed:  # as Outlook writes: Ruiz, Ana <ana@…>
                name = straight(f"{draft.name}, {token.text}")
            else:
                name = f"{draft.name} {token.text}".strip()
            self.draft = replace(draft, name=name)
            return
        goes_on = leads is None or (leads == Kind.PHONE and not draft.phone)
        if goes_on and not draft.name:
            self.draft = replace(draft, name=token.text)
        elif leads or not (before or token.tabbed):  # not a remark, nor one more column
            self._finish()
            self.draft = replace(self.draft, name=token.text)

    def _finish(self) -> None:
        """Whoever was spoken of is done."""
        draft, self.draft = self.draft, Entry(self.line)
        name = straight(draft.name)
        if len(name) > LONGEST_NAME:
            self._problem(name, _("The name is longer than 100 characters."))
        elif draft.email or draft.phone:
            self.done.append(replace(draft, name="" if name.lower() == draft.email else name))
        elif name and not self.told:
            self._problem(name, _("There is no e-mail address and no phone number."))

    def _problem(self, text: str, why: str) -> None:
        """About `text`, which is shown with all that stands around it where that is not much."""
        self.told = True
        self.pasted.with_problem(self.line, self.part if len(self.part) <= SHOWN else text, why)
