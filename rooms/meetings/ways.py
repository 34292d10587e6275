"""The ways into a meeting by phone for one invitee: which number first, and what to key."""

import dataclasses
from collections.abc import Iterable

from rooms import dial_in, phones
from rooms.accounts import countries
from rooms.dial_in import Way
from rooms.meetings.models import Invitee
from rooms.models import PhoneNumber


def of(invitee: Invitee, numbers: Iterable[PhoneNumber] | None = None) -> list[Way]:
    """The best one first: of the invitee's country, then without a code, then in their language.

    The country is that of their phone, else of their time zone. `invitee` has its meeting, room
    and account; whoever asks for many gives the `numbers` that the room shows. Empty where nothing
    can be dialled.
    """
    room = invitee.meeting.room
    country = phones.country(invitee.phone) or countries.of_zone(invitee.zone_name)
    ordered = sorted(
        dial_in.ways_into(room, numbers),
        key=lambda way: (
            phones.country(way.number) != country,
            way.asks_for_code,
            way.language != invitee.spoken_language,
        ),
    )
    if not room.personal_pins:
        return ordered
    return [dataclasses.replace(way, pin=invitee.pin) for way in ordered]
