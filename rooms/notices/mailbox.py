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

    def is_to(self, wanted: str) -> bool:
        return wanted.lower() in self.to.lower()


@dataclass(frozen=True)
class Attachment:
    name: str
    kind: str
    size: int


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


def attachments_of(message: ParsedMessage) -> list[Attachment]:
    return [
        Attachment(
            name=part.get_filename() or part.get_content_type(),
            kind=part.get_content_type(),
            size=len(part.get_payload(decode=True) or b""),
        )
        for part in message.iter_attachments()
    ]


def _directory() -> Path:
    directory = settings.MAILBOX_DIR
    if directory is None:
        raise ImproperlyConfigured("The mailbox is for a run without a mail server.")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _keep(directory: Path, message_id: str, content: bytes) -> None:
    """Write the message once, whole or not at all."""
    digest = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    with _alone(directory):
        if any(directory.glob(f"*-{digest}.eml")):
            return
        now = dt.datetime.now(dt.UTC)
        draft = directory / f".{digest}.new"
        draft.write_bytes(content)
        draft.replace(directory / f"{now:%Y%m%dT%H%M%S.%f}Z-{digest}.eml")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One process at a time, so that the look and the write are one step."""
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@lru_cache(maxsize=2 * SHOWN)
def _letter(directory: Path, name: str) -> Letter:
    """Kept in memory: a message never changes once it is there."""
    with (directory / f"{name}.eml").open("rb") as file:
        headers = _headers.parse(file)
    addresses = getaddresses([str(value) for value in headers.get_all("To", [])])
    stamp = dt.datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ")
    return Letter(
        name=name,
        to=", ".join(address for _name, address in addresses),
        subject=str(headers["Subject"] or ""),
        sent_at=stamp.replace(tzinfo=dt.UTC),
    )
