"""Mail that pages send, put into the outbox: no page, and no call behind it, waits for a server."""

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from kombu.exceptions import KombuError

from rooms.ids import new_id
from rooms.notices.models import Notice
from rooms.notices.tasks import deliver_due

log = logging.getLogger(__name__)


class EmailBackend(BaseEmailBackend):
    """Django's way to the outbox (setting EMAIL_BACKEND); it sends by settings.MAIL_TRANSPORT.

    Text alone: raises ValueError for a message with attachments or alternatives.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        letters = []
        for message in email_messages:
            if message.attachments or getattr(message, "alternatives", None):
                raise ValueError("the outbox keeps text alone: send the message without its parts")
            letters += [_letter(message, address) for address in message.recipients()]
        Notice.objects.bulk_create(letters)
        transaction.on_commit(_nudge)
        return len(email_messages)


def _letter(message: EmailMessage, address: str) -> Notice:
    pk = new_id("nt")
    return Notice(
        pk=pk,
        key=f"letter:{pk}",
        kind=Notice.Kind.LETTER,
        channel=Notice.Channel.EMAIL,
        address=address,
        subject=" ".join(str(message.subject).split())[:200],
        text=str(message.body),
    )


def _nudge() -> None:
    try:
        deliver_due.delay()
    except (KombuError, OSError) as error:  # the sweep finds it some seconds later
        log.warning("no worker could be nudged: %s", error)
