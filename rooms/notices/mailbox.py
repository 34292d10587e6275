"""The mailbox: where all mail stays when there is no mail server (an embedded run).

Each message is a file `<time>-<hash of its Message-ID>.eml` in MAILBOX_DIR, so names sort by time
and a message that is sent a second time finds itself there.
"""

import datetime as dt
import fcntl
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses, make_msgid
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

SHOWN = 2000
NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{24}")
_headers = BytesHeaderParser(policy=policy.default)


class EmailBackend(BaseEmailBackend):
    """Django's way to the mailbox (setting EMAIL_BACKEND)."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        directory = _directory()
        for email in email_messages:
            message = email.message()
            if not message["Message-ID"]:
                message["Message-ID"] = make_msgid()
            _keep(directory, str(message["Message-ID"]), message.as_bytes())
        return len(email_messages)


@dataclass(frozen=True)
class Letter:
    """What a list says of a message."""

    name: str
    to: str
    subject: str
    sent_at: dt.datetime
    has_html: bool
    has_calendar: bool

    def is_to(self, wanted: str) -> bool:
        return wanted.lower() in self.to.lower()


@dataclass(frozen=True)
class Attachment:
    """A file in a message; `content` decoded."""

    name: str
    kind: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


def letters(to: str = "") -> list[Letter]:
    """The newest messages first, at most SHOWN; `to` keeps those to matching addresses."""
    names = sorted((path.stem for path in _directory().glob("*.eml")), reverse=True)[:SHOWN]
    found = [_letter(_directory(), name) for name in names if NAME.fullmatch(name)]
    return [letter for letter in found if letter.is_to(to)]


def read(name: str) -> ParsedMessage | None:
    """The message of that name. A name that is not one of ours leads nowhere."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (_directory() / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None
    parsed = message_from_bytes(content, policy=policy.default)
    return parsed if isinstance(parsed, ParsedMessage) else None


def text_of(message: ParsedMessage) -> str:
    """The text part, or "" for a message without one."""
    body = message.get_body(preferencelist=("plain",))
    return str(body.get_content()) if body else ""


def html_of(message: ParsedMessage) -> str:
    """The HTML part, or "" for a message without one."""
    body = message.get_body(preferencelist=("html",))
    return str(body.get_content()) if body else ""


def calendar_method_of(message: ParsedMessage) -> str:
    """What the calendar part asks for, as REQUEST or CANCEL; "" for a message without one."""
    parts = (part for part in message.walk() if part.get_content_type() == "text/calendar")
    return next((str(part.get_param("method") or "PUBLISH") for part in parts), "")


def attachments_of(message: ParsedMessage) -> list[Attachment]:
    if not message.is_multipart():
        return []
    return [
        Attachment(
            name=part.get_filename() or part.get_content_type(),
            kind=part.get_content_type(),
            content=_bytes(part),
        )
        for part in message.iter_attachments()
    ]


def _bytes(part: ParsedMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _directory() -> Path:
    directory = settings.MAILBOX_DIR
    if directory is None:
        raise ImproperlyConfigured("The mailbox is for a run without a mail server.")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _keep(directory: Path, message_id: str, content: bytes) -> None:
    """Write the message once, whole or not at all.

    Its name is written down before it, under the Message-ID's hash: whatever is killed when, a
    repeat finds that name, and the message there or not.
    """
    digest = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    with _alone(directory):
        note = directory / ".ids" / digest
        name = note.read_text() if note.exists() else ""
        if not NAME.fullmatch(name):
            now = dt.datetime.now(dt.UTC)
            name = f"{now:%Y%m%dT%H%M%S.%f}Z-{digest}"
            note.parent.mkdir(exist_ok=True)
            note.write_text(name)
        kept = directory / f"{name}.eml"
        if not kept.exists():
            draft = directory / f".{digest}.new"
            draft.write_bytes(content)
            draft.replace(kept)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One process at a time, so that the look and the write are one step."""
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@lru_cache(maxsize=2 * SHOWN)
def _letter(directory: Path, name: str) -> Letter:
    """Kept in memory: a message never changes once it is there."""
    content = (directory / f"{name}.eml").read_bytes()
    headers = _headers.parsebytes(content)
    addresses = getaddresses([str(value) for value in headers.get_all("To", [])])
    stamp = dt.datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ")
    return Letter(
        name=name,
        to=", ".join(address for _name, address in addresses),
        subject=str(headers["Subject"] or ""),
        sent_at=stamp.replace(tzinfo=dt.UTC),
        has_html=b"\nContent-Type: text/html" in content,
        has_calendar=b"\nContent-Type: text/calendar" in content,
    )
