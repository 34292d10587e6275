"""The ways into a room by phone: which numbers to dial, and whether to key the code."""

import dataclasses

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from rooms import phones
from rooms.models import PhoneNumber, Room


@dataclasses.dataclass(frozen=True)
class Way:
    """A number that leads into a room; `code` is empty where the number leads to it alone."""

    number: str
    code: str
    language: str

    @property
    def one_tap(self) -> str:
        return phones.one_tap(self.number, self.code)


def ways_into(room: Room) -> list[Way]:
    """The best way first: a number of the room's own, then shared ones in its language."""
    if room.access_code is None:
        return []
    numbers = PhoneNumber.objects.filter(Q(room=None) | Q(room=room), active=True)
    ordered = sorted(
        numbers, key=lambda one: (one.room_id is None, one.language != room.language, one.number)
    )
    return [
        Way(one.number, "" if one.room_id else room.access_code, one.get_language_display())
        for one in ordered
    ]


def public_url(room: Room) -> str:
    """The address of the page for those who are invited."""
    return settings.PUBLIC_URL + reverse("rooms:public", args=[room.public_token])
