"""The ways into a room by phone: which numbers to dial, and what to key."""

import dataclasses
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from rooms import phones
from rooms.accounts import countries
from rooms.models import PhoneNumber, Room

_LANGUAGES = dict(settings.VOICE_LANGUAGES)


@dataclasses.dataclass(frozen=True)
class Way:
    """A number that leads into a room, where it is, and what is keyed.

    `code` is empty where the number leads to the room alone, `pin` where guests need none.
    `country` is ISO 3166, or empty where the number tells none.
    """

    number: str
    code: str
    pin: str
    language: str
    country: str
    label: str

    @property
    def asks_for_code(self) -> bool:
        return bool(self.code)

    @property
    def language_name(self) -> str:
        return str(_LANGUAGES.get(self.language, self.language))

    @property
    def one_tap(self) -> str:
        return phones.one_tap(self.number, self.code, self.pin)

    @property
    def place(self) -> str:
        """The country's name in the language of the page, and the label."""
        return ", ".join(filter(None, (countries.name(self.country), self.label)))


def numbers_for(account_id: str, room: Room | None = None) -> QuerySet[PhoneNumber]:
    """The numbers in use that lead to the account's rooms, and those of `room` alone."""
    shared = Q(room=None, account=None) | Q(room=None, account=account_id)
    own = Q(room=room) if room else Q(pk__in=[])
    return PhoneNumber.objects.filter(shared | own, active=True)


def numbers_of(room: Room) -> list[PhoneNumber]:
    """The numbers that `room` shows: those that were chosen for it, else all that lead to it."""
    return shown(room, numbers_for(room.account_id, room))


def shown(room: Room, numbers: Iterable[PhoneNumber]) -> list[PhoneNumber]:
    """Those of `numbers`, which are in use, that `room` shows."""
    owners = (None, room.account_id)
    found = [
        one
        for one in numbers
        if one.room_id == room.pk or (one.room_id is None and one.account_id in owners)
    ]
    if len(found) < 2:
        return found
    chosen = {one.pk for one in room.shown_numbers.all()}
    return [one for one in found if one.pk in chosen] or found


def ways_into(room: Room, numbers: Iterable[PhoneNumber] | None = None) -> list[Way]:
    """The best way first: a number of the room's own, then shared ones in its language.

    Whoever asks often gives the `numbers` that the room shows.
    """
    if room.access_code is None:
        return []
    ordered = sorted(
        numbers_of(room) if numbers is None else numbers,
        key=lambda one: (
            one.room_id is None,
            one.account_id is None,
            one.language != room.language,
            one.number,
        ),
    )
    return [_way(one, room) for one in ordered]


def _way(one: PhoneNumber, room: Room) -> Way:
    return Way(
        number=one.number,
        code="" if one.room_id else room.access_code or "",
        pin=room.guest_pin,
        language=one.language,
        country=one.country or phones.country(one.number),
        label=one.label,
    )


def public_url(room: Room) -> str:
    """The address of the page for those who are invited."""
    return settings.PUBLIC_URL + reverse("rooms:public", args=[room.public_token])
