"""What a notice says, where that is written only when it is sent.

    @writes(Notice.Kind.REMINDER)
    def reminder(notice: Notice) -> Content: ...

The writer runs in the worker that has claimed the notice, outside of any transaction and before
the network is reached. It raises Skip where the notice need not be sent any more; the notice then
says why. What it returns is kept as the notice's subject and text once it was sent.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rooms.notices.models import Notice


@dataclass(frozen=True)
class Content:
    """A message, fit for one channel: an SMS has a text alone.

    `calendar` is an iCalendar text, and `method` its METHOD. `sender` is the name before the
    service's own address, `reply_to` where an answer goes. `unsubscribe` is an address that a
    mail program may POST to (RFC 8058).
    """

    subject: str
    text: str
    html: str = ""
    calendar: str = ""
    method: str = ""
    sender: str = ""
    reply_to: str = ""
    unsubscribe: str = ""


class Skip(Exception):
    """The notice is not to be sent; the text says why, fit to be shown to the organizer."""


Writer = Callable[[Notice], Content]
writers: dict[str, Writer] = {}


def writes(*kinds: str) -> Callable[[Writer], Writer]:
    """Registers a writer for these kinds of notices."""

    def register(writer: Writer) -> Writer:
        for kind in kinds:
            writers[str(kind)] = writer
        return writer

    return register
