"""The ways a notice travels. Each either returns, having handed the message over, or raises.

ChannelError
├── permanent=True    the same message will fail again (a bad address)
└── permanent=False   it may go through later
"""

import smtplib

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rooms import calls, sms
from rooms.notices.content import Content
from rooms.notices.mail import Mail, message
from rooms.notices.models import Notice


class ChannelError(Exception):
    """The message was not handed over; the text is fit to be shown to the organizer."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def send(notice: Notice, content: Content, mail: Mail) -> str:
    """Hand it over; returns the carrier's id of an SMS, "" for an e-mail. Raises ChannelError."""
    if notice.channel == Notice.Channel.SMS:
        return send_sms(notice, content)
    send_email(notice, content, mail)
    return ""


def send_sms(notice: Notice, content: Content) -> str:
    """To invitees only where they would be called too: anybody can be invited.

    Raises ChannelError.
    """
    try:
        if notice.kind in Notice.FOR_INVITEES:
            calls.check_number(notice.address)
        return sms.send(to=notice.address, text=content.text)
    except ValidationError as error:
        raise ChannelError(" ".join(error.messages), permanent=True) from error
    except sms.SmsError as error:
        text = _("The SMS could not be sent: %(why)s") % {"why": error}
        raise ChannelError(text, permanent=error.permanent) from error


def send_email(notice: Notice, content: Content, mail: Mail) -> None:
    """Raises ChannelError."""
    try:
        mail.send(message(notice, content))
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _reason in error.recipients.values()]
        text = _("The mail server refused the address: %(why)s") % {"why": error}
        raise ChannelError(text, permanent=min(codes) >= 500) from error
    except smtplib.SMTPResponseException as error:
        why = f"{error.smtp_code} {error.smtp_error!r}"
        raise ChannelError(
            _("The mail server refused: %(why)s") % {"why": why},
            permanent=error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPConnectError),
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        text = _("The mail server was not reached: %(why)s") % {"why": error}
        raise ChannelError(text, permanent=False) from error
