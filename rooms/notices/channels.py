"""The ways a notice travels. Each either returns, having handed the message over, or raises.

ChannelError
├── permanent=True    the same message will fail again (a bad address)
└── permanent=False   it may go through later
"""

import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from rooms import sms
from rooms.notices.models import Notice


class ChannelError(Exception):
    """The message was not handed over; the text is fit to be shown to the organizer."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def send(notice: Notice) -> None:
    """Raises ChannelError."""
    if notice.channel == Notice.Channel.SMS:
        try:
            sms.send(to=notice.address, text=notice.text)
        except sms.SmsError as error:
            text = _("The SMS could not be sent: %(why)s") % {"why": error}
            raise ChannelError(text, permanent=error.permanent) from error
    else:
        send_email(notice)


def send_email(notice: Notice) -> None:
    """The Message-ID is the notice's own, so that a repeat can be told from a new message.

    Raises ChannelError.
    """
    host = urlsplit(settings.PUBLIC_URL).hostname
    message = EmailMessage(
        " ".join(notice.subject.split()),
        notice.text,
        connection=get_connection(settings.MAIL_TRANSPORT),
        to=[notice.address],
        headers={"Message-ID": f"<{notice.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
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
