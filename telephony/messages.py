"""What the carrier tells of the SMS that it took."""

import datetime as dt

from django.utils import timezone

from rooms.notices import arrivals
from telephony.vonage.events import MessageEvent

# A receipt can come before the worker that sent the SMS has written its id down.
WAITED_FOR = dt.timedelta(seconds=60)
ARRIVED = frozenset({"delivered", "read"})
LOST = frozenset({"rejected", "undeliverable"})


class NotYet(Exception):
    """No notice has this id so far: look again later."""


def apply(event: MessageEvent, received_at: dt.datetime) -> None:
    """Write down that an SMS arrived, or why not. Call it in a transaction. Raises NotYet.

    An SMS that is no notice, such as the code for a phone, is told of too: nothing follows.
    """
    if event.status in ARRIVED:
        known = arrivals.arrived(event.uuid, event.timestamp or received_at)
    elif event.status in LOST:
        known = arrivals.lost(event.uuid, event.reason or event.status)
    else:
        return
    if not known and received_at > timezone.now() - WAITED_FOR:
        raise NotYet("no notice has been sent under this id yet")
