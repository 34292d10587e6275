"""The ways a notice travels. Each either returns, having handed the message over, or raises.

ChannelError
├── permanent=True    the same message will fail again (a bad address)
└── permanent=False   it may go through later
"""

import smtplib
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from rooms.notices.models import Notice


class ChannelError(Exception):
    """The message was not handed over; the text is fit to be shown to the organizer."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class SmsBackend(Protocol):
    """What `settings.SMS_BACKEND` names: a class without arguments."""

    def send(self, *, to: str, text: str) -> None:
        """Hand over one SMS to an E.164 number. Raises ChannelError."""


def send(notice: Notice) -> None:
    """Raises ChannelError."""
    if notice.channel == Notice.Channel.SMS:
        send_sms(notice.address, notice.text)
    else:
        send_email(notice)


def send_sms(to: str, text: str) -> None:
    """Raises ChannelError."""
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    backend.send(to=to, text=text)


def send_email(notice: Notice) -> None:
    """The Message-ID is the notice's own, so that a repeat can be told from a new message.

    Raises ChannelError.
    """
    host = urlsplit(settings.PUBLIC_URL).hostname
    message = EmailMessage(
        notice.subject,
        notice.text,
        to=[notice.address],
        headers={"Message-ID": f"<{notice.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        raise ChannelError(
            f"The mail server refused the address: {error}", permanent=min(codes) >= 500
        ) from error
    except smtplib.SMTPResponseException as error:
        raise ChannelError(
            f"The mail server refused: {error.smtp_code} {error.smtp_error!r}",
            permanent=error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPConnectError),
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError(f"The mail server was not reached: {error}", permanent=False) from error
