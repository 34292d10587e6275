"""What stands in a pasted line: it is cut into parts, pieces, and addresses, numbers and names."""

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from rooms import phones

LONGEST = 400  # characters of a piece: a name, an address and a number
FEWEST_DIGITS = 6  # of a number
BLANK = " \t,"


class Kind(enum.Enum):
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    WRONG = "wrong"


@dataclass(frozen=True)
class Token:
    """`why` is what is wrong with one that is WRONG; `tabbed` ones fill a cell of a table."""

    kind: Kind
    text: str
    why: str = ""
    tabbed: bool = False


# Signs of word processors and mail programs as the plain ones that they stand for, and those that
# nobody sees.
_PLAIN: dict[int, str | None] = dict.fromkeys([*range(0x2000, 0x200B)], " ")
_PLAIN |= {ord(sign): " " for sign in "\u00a0\u1680\u202f\u205f\u3000"}
_PLAIN |= dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF, 0xAD])
_PLAIN |= {ord(sign): '"' for sign in "“”„‟«»＂"}
_PLAIN |= {ord("；"): ";", ord("，"): ",", ord("＠"): "@", ord("＋"): "+", ord("‑"): "-"}
_SPACES = re.compile(r"[\x00-\x08\x0a-\x20\x7f-\x9f]+")
_BULLET = re.compile(r"\A ?(?:[-–—*•·▪◦‣>]+ |\(?\d{1,4}[.)] (?=[^\W\d]|[\"<+])|\[[ xX]?\] )+")
_ADDRESSED = re.compile(r"\A ?(?:to|cc|bcc|from|кому|копия|скрытая копия|от) ?:", re.IGNORECASE)
_ABROAD = re.compile(r"(?<![\w+])00(?=[1-9][\d\s().-]{6,12})(?![\w.+-]{0,64}@)")

_QUOTED = re.compile(r'"([^"]*)"(\s*<)?')
_HIDDEN = {ord(","): "\ue000", ord(";"): "\ue001", ord("@"): "\ue002", ord("\t"): " "}
_SHOWN = {0xE000: ",", 0xE001: ";", 0xE002: "@"}

_APART = r"\s<>()\[\],;:\"\\|"
_EMAIL = re.compile(rf"(?<![^{_APART}])([^{_APART}]+@[^{_APART}/?]+)(?:\?[^\s<>]*)?")
_MAILTO = re.compile(r"\bmailto:", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\(?\d(?:[\s().\-/]{0,3}\d){5,}")
_LABEL = re.compile(
    r"(?:^|(?<=\s))(?:(?:e-?mail|mail|почта|phone|tel|telephone|mobile|mob|cell|телефон|тел|моб)"
    r"\s*[.:]*|[emptwт]\s*[.:]+)\s*$",
    re.IGNORECASE,
)
_SUFFIXES = {
    *("inc", "ltd", "llc", "gmbh", "ag", "sl", "sa", "srl", "co", "corp", "ооо", "оао", "зао"),
    *("jr", "sr", "ii", "iii", "phd", "md", "esq"),
}
_is_email = EmailValidator()


def parts_of(line: str) -> list[str]:
    """The line, cut at semicolons that stand in no quotes, without bullets and the like."""
    if not line.strip():
        return []
    text = _SPACES.sub(" ", line.translate(_PLAIN))
    text = _ADDRESSED.sub("", _BULLET.sub("", text))
    return [part for part in _QUOTED.sub(_hide, text).split(";") if part.strip(BLANK)]


def _hide(match: re.Match[str]) -> str:
    """What is quoted is a name, unless there are addresses in it that stand nowhere else."""
    bracket = match[2] or ""
    if "@" in match[1] and not bracket:
        return f" {match[1]} "
    return f" {match[1].translate(_HIDDEN)} {bracket}"


def pieces_of(part: str, country: str) -> list[list[Token]]:
    """The tokens of each piece, cut at commas and tabs."""
    tabbed = "\t" in part
    pieces = [piece for piece in re.split("[,\t]", part) if piece.strip(BLANK)]
    return [tokens for piece in pieces if (tokens := list(_tokens(piece, country, tabbed)))]


def _tokens(piece: str, country: str, tabbed: bool) -> Iterator[Token]:
    if len(piece) > LONGEST:
        yield Token(Kind.WRONG, piece, _("The line is too long. Divide it by commas."))
        return
    piece = _ABROAD.sub("+", _MAILTO.sub(" ", piece))
    found = {match.start(): (match.end(), _email(match[1])) for match in _EMAIL.finditer(piece)}
    rest = _blanked(piece, found)
    if sum(map(str.isdigit, rest)) >= FEWEST_DIGITS:
        leniency = phonenumbers.Leniency.POSSIBLE
        for number in phonenumbers.PhoneNumberMatcher(rest, country or None, leniency=leniency):
            found[number.start] = (number.end, _phone(number.raw_string, country))
        rest = _blanked(rest, found)
    for match in _NUMBER.finditer(rest):
        found[match.start()] = (match.end(), _phone(match[0], country))
    begin = 0
    for start in sorted(found):
        end, token = found[start]
        yield from _name(_before(piece[begin:start]), tabbed)
        yield token
        begin = end
    yield from _name(piece[begin:], tabbed)


def _before(text: str) -> str:
    """What stands before an address or a number, without a word that says what follows.

    Before a bracket stands a name, and Mail is one.
    """
    bare = text.replace("<", " ")
    return bare if text.rstrip().endswith("<") else _LABEL.sub("", bare)


def _blanked(text: str, found: dict[int, tuple[int, Token]]) -> str:
    for start, (end, _token) in found.items():
        text = text[:start] + "|" * (end - start) + text[end:]
    return text


def _name(text: str, tabbed: bool) -> Iterator[Token]:
    text = " ".join(re.sub(r'[<>\[\]"\\|]', " ", text).split()).strip(" -–—:/,")
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    text = text.strip("'") if text.startswith("'") else text
    if not any(map(str.isalnum, text)):
        return
    shown = text.translate(_SHOWN)
    if "@" in text:
        yield Token(Kind.WRONG, shown, _not_an_email(shown))
    else:
        yield Token(Kind.NAME, shown, tabbed=tabbed)


def _email(text: str) -> Token:
    text = text.strip("'").rstrip(".").lower()
    try:
        _is_email(text)
    except ValidationError:
        return Token(Kind.WRONG, text, _not_an_email(text))
    if len(text) > 254:
        return Token(Kind.WRONG, text, _not_an_email(text))
    return Token(Kind.EMAIL, text)


def _not_an_email(text: str) -> str:
    return _("“%(text)s” is not an e-mail address.") % {"text": text[:60]}


def _phone(text: str, country: str) -> Token:
    try:
        return Token(Kind.PHONE, phones.parse(text, country))
    except ValidationError:
        why = _("The number “%(text)s” has no country code, or a wrong one.")
        return Token(Kind.WRONG, text, why % {"text": text[:60]})


def straight(name: str) -> str:
    """`Ruiz, Ana` as people are called, Ana Ruiz; but not `Acme, Inc.`"""
    family, comma, given = name.partition(",")
    words = given.lower().replace(".", "").split()
    is_person = 0 < len(words) <= 3 and len(family.split()) <= 3 and not _SUFFIXES & set(words)
    if not comma or not is_person or "," in given or any(map(str.isdigit, name)):
        return name
    return f"{given.strip()} {family.strip()}"
