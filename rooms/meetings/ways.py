"""The ways into a meeting by phone for one invitee: which number first, and what to key."""

import dataclasses
from collections.abc import Iterable

from rooms import dial_in, phones
from rooms.accounts import countries
from rooms.meetings.models import Invitee
from rooms.models import PhoneNumber


@dataclasses.dataclass(frozen=True)
class Way:
    """A number to dial; `code` and `pin` are empty where they are not asked for."""

    number: str
    code: str
    pin: str
    language_name: str

    @property
    def one_tap(self) -> str:
        """A `tel:` address that dials and keys all; commas are pauses of two seconds."""
        keys = "".join(f",,{digits}#" for digits in (self.code, self.pin) if digits)
        return f"tel:{self.number}{keys}"


def of(invitee: Invitee, numbers: Iterable[PhoneNumber] | None = None) -> list[Way]:
    """The best one first: of the invitee's country, then without a code, then in their language.

    The country is that of their phone, else of their time zone. `invitee` has its meeting, room
    and account; whoever asks for many gives the `numbers` that are the room's own and the shared
    ones. Empty where nothing can be dialled.
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
    pin = invitee.pin if room.personal_pins else ""
    return [Way(way.number, way.code, pin, way.language_name) for way in ordered]
