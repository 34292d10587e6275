"""What files say of people, before it is checked: texts in, records out, by either format."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.accounts import people_text

MOST_BYTES = 2 * 1024 * 1024
MOST_RECORDS = 5000

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Unreadable(ValidationError):
    """The whole file cannot be taken; the message says what to do."""


@dataclass(frozen=True)
class Record:
    """What a file says of one person, as it is written there; `line` is where that begins.

    `emails` and `phones` come the best one first. Where a file keeps the parts of a name apart,
    `name` has them put together. `fault` is why it cannot be read.
    """

    line: int
    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    language: str = ""
    time_zone: str = ""
    fault: str = ""

    @property
    def shown(self) -> str:
        """By what people know the record again: 60 characters at most."""
        text = next(filter(None, (self.name, *self.emails, *self.phones)), "")
        return text if len(text) <= 60 else f"{text[:59]}…"

    @property
    def empty(self) -> bool:
        return not (self.name or self.emails or self.phones)


def one_line(text: str) -> str:
    """Without line breaks, control characters and spaces that say nothing."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Those that are not blank, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, map(one_line, texts))))


def decode(data: bytes) -> str:
    """The text of a file, whatever it was written with. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise too_large()
    coding = people_text.coding_of(data)
    text = data.decode(coding, errors="replace").removeprefix("\ufeff") if coding else "\0"
    return checked(text)


def checked(text: str) -> str:
    """`text`, if it is one. Raises Unreadable."""
    if "\0" in text:
        raise _binary()
    return text


def _binary() -> Unreadable:
    return Unreadable(
        _("This is not a text file. Export your contacts as CSV or vCard and choose that file."),
        code="binary",
    )


def too_large() -> Unreadable:
    text = _("The file is larger than 2 MB. Export it without pictures, or in parts.")
    return Unreadable(text, code="too_large")


def too_many() -> Unreadable:
    text = _("The file holds more than %(most)d people. Divide it into smaller ones.")
    return Unreadable(text % {"most": MOST_RECORDS}, code="too_many")
