"""A notice as an e-mail, and the connection that takes many of them.

With a calendar text it is the shape that Gmail, Outlook and Apple Mail take for an invitation:

    multipart/mixed
    ├── multipart/alternative
    │   ├── text/plain
    │   ├── text/html
    │   └── text/calendar; method=…    what mail programs act on
    └── application/ics, invite.ics    for those that only open files
"""

import contextlib
import smtplib
from email.header import Header
from email.utils import formataddr, parseaddr
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import gettext as _

from rooms.notices.content import Content
from rooms.notices.models import Notice

SERVER_GOES = 421  # what a server answers that has had enough of a connection
LONGEST_NAME = 80
FILE = "invite.ics"


def message(notice: Notice, content: Content) -> EmailMultiAlternatives:
    """The Message-ID is the notice's own, so that a repeat can be told from a new message."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    headers = {"Message-ID": f"<{notice.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    if content.unsubscribe:
        headers["List-Unsubscribe"] = f"<{content.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter = Letter(
        _one_line(content.subject),
        content.text,
        from_email=_from(content.sender),
        to=[notice.address],
        reply_to=[content.reply_to] if content.reply_to else None,
        headers=headers,
    )
    if content.html:
        letter.attach_alternative(content.html, "text/html")
    if content.calendar:
        letter.attach_alternative(content.calendar, f"text/calendar; method={content.method}")
        letter.attach(FILE, content.calendar.encode(), "application/ics")
    return letter


class Letter(EmailMultiAlternatives):
    """Its parts are labelled as calendar programs write it, and the oldest readers expect it."""

    def message(self, **options: Any) -> Any:
        made = super().message(**options)
        for part in made.walk():
            if part.get_content_type() == "text/calendar":
                method = part.get_param("method")
                label = f"text/calendar; method={method}; charset=UTF-8"
                part.replace_header("Content-Type", label)
            elif part.get_filename() == FILE:
                part.set_param("name", FILE)
        return made


def _from(sender: str) -> str:
    """The service's own address; `sender` stands before it where somebody lets it write."""
    site, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    name = _one_line(sender)[:LONGEST_NAME]
    if not name:
        return settings.DEFAULT_FROM_EMAIL
    shown = _("%(name)s via %(site)s") % {"name": name, "site": site or "AnyRoom"}
    if not shown.isascii():  # in several words, as RFC 2047 wants it, but in one line
        shown = Header(shown, "utf-8").encode().replace("\n", "")
    return formataddr((shown, address))


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


class Mail:
    """The way to the mail server: one connection that is kept over many messages.

    with Mail() as mail:
        mail.send(letter)

    It is opened by the first message, and anew after a fault. Raises what smtplib raises.
    """

    def __init__(self) -> None:
        self._backend = get_connection(settings.MAIL_TRANSPORT)
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, letter: EmailMultiAlternatives) -> None:
        kept = self._taken > 0
        try:
            self._hand_over(letter)
        except smtplib.SMTPException as error:
            if not (kept and _gone(error)):
                raise
            self._hand_over(letter)  # a server may close a connection at any time: no fault

    def _hand_over(self, letter: EmailMultiAlternatives) -> None:
        try:
            self._backend.open()
            self._backend.send_messages([letter])
        except BaseException:
            self.close()
            raise
        self._taken += 1

    def close(self) -> None:
        self._taken = 0
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._backend.close()


def _gone(error: smtplib.SMTPException) -> bool:
    """Whether the server ended the connection, rather than refused the message."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == SERVER_GOES for code, _reason in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code == SERVER_GOES
    return isinstance(error, smtplib.SMTPServerDisconnected)
