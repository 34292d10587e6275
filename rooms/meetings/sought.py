"""Invitees among those whom somebody looks for in the history."""

from typing import Any

from django.dispatch import receiver

from rooms.accounts.models import Account
from rooms.conferences.history_people import MOST_PEOPLE, People, Sought, people_sought
from rooms.meetings.models import Invitee


@receiver(people_sought, dispatch_uid="invitees")
def invitees_sought(account: Account, sought: Sought, **_sent: Any) -> People:
    """By name or e-mail, or by the end of the number; the latest, if there are many."""
    mine = Invitee.objects.filter(room__account=account)
    if sought.name:
        fits = sought.named("name", "email")
        found = mine.filter(fits) | mine.filter(email__in=sought.emails)
    else:
        found = mine.filter(sought.ending("phone"))
    rows = list(found.order_by("-pk").values_list("pk", "phone")[: MOST_PEOPLE + 1])
    return People(
        numbers={phone for _pk, phone in rows[:MOST_PEOPLE] if phone},
        # A number's end says nothing of the other numbers that they call from.
        invitees={pk for pk, _phone in rows[:MOST_PEOPLE]} if sought.name else set(),
        more=len(rows) > MOST_PEOPLE,
    )
