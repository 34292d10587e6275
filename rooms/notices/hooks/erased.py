"""What outgoing webhooks keep of somebody who is erased: the data of events, and what was sent.

The event stays, without name and number, and that it was delivered. Whoever was told has it.
"""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from rooms.accounts.erased import forget_doers
from rooms.accounts.erasing import covers, erasing
from rooms.accounts.erasing_rows import clear
from rooms.accounts.erasing_subject import Reach, Subject
from rooms.accounts.models import Account
from rooms.conferences.models import Conference
from rooms.notices.hooks.models import DeliveryAttempt, WebhookEndpoint, WebhookEvent

# What tells of somebody, wherever it stands in the data of an event.
PERSONAL = ("name", "email", "phone", "number", "caller", "pin", "join_url", "reply")


@receiver(erasing, dispatch_uid="erasing: hooks")
@covers(
    *("hooks.WebhookEvent.data", "hooks.WebhookEndpoint.description"),
    *("hooks.DeliveryAttempt.request_body", "hooks.DeliveryAttempt.response_body"),
    "hooks.DeliveryAttempt.response_headers",
)
def _erase(subject: Subject, account: Account, **_sent: Any) -> dict[str, int]:
    conferences = Conference.objects.filter(participants__in=subject.known.stays)
    events = WebhookEvent.objects.filter(account=account)
    around = events.filter(Q(conference__in=conferences.values("pk")) | Q(conference=None))
    own = subject.known.stays | subject.known.invitees
    told = []
    for event in around.only("pk", "type", "conference", "data").iterator(chunk_size=500):
        about_numbers = event.conference_id or event.type.startswith("number.")
        reach = Reach.AROUND if about_numbers else Reach.ANYWHERE
        data = _without(event.data, own, subject, reach)
        if data != event.data:
            told.append((event.pk, data))
    for pk, data in told:
        events.filter(pk=pk).update(data=data)
    attempts = DeliveryAttempt.objects.filter(delivery__event__in=[pk for pk, _data in told])
    attempts.update(request_body="", response_body="", response_headers={})
    endpoints = WebhookEndpoint.objects.filter(account=account)
    forget_doers(subject, ((endpoints, "made_by"),))
    described = clear(endpoints, "description", subject=subject)
    return {"events": len(told), "texts": described}


def _without(value: Any, own: frozenset[str], subject: Subject, reach: Reach) -> Any:
    """Of what is theirs, by its id, nothing personal; their name and number wherever it stands."""
    if isinstance(value, list):
        return [_without(one, own, subject, reach) for one in value]
    if not isinstance(value, dict):
        return subject.cleared(value, reach)
    if value.get("id") in own:
        return {
            name: "" if name in PERSONAL and inner else subject.cleared(inner, Reach.OWN)
            for name, inner in value.items()
        }
    return {name: _without(inner, own, subject, reach) for name, inner in value.items()}
