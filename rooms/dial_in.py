"""The ways into a room by phone: which numbers to dial, and whether to key the code."""

import dataclasses
from collections.abc import Iterable

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
    language_name: str

    @property
    def asks_for_code(self) -> bool:
        return bool(self.code)

    @property
    def one_tap(self) -> str:
        return phones.one_tap(self.number, self.code)


def ways_into(room: Room, numbers: Iterable[PhoneNumber] | None = None) -> list[Way]:
    """The best way first: a number of the room's own, then shared ones in its language.

    Whoever asks for many rooms gives the `numbers` that are this room's own and the shared ones.
    """
    if room.access_code is None:
        return []
    if numbers is None:
        numbers = PhoneNumber.objects.filter(Q(room=None) | Q(room=room))
    ordered = sorted(
        (one for one in numbers if one.active),
        key=lambda one: (one.room_id is None, one.language != room.language, one.number),
    )
    return [_way(one, room.access_code) for one in ordered]


def _way(one: PhoneNumber, code: str) -> Way:
    name = one.get_language_display()
    return Way(one.number, "" if one.room_id else code, one.language, name)


def public_url(room: Room) -> str:
    """The address of the page for those who are invited."""
    return settings.PUBLIC_URL + reverse("rooms:public", args=[room.public_token])
