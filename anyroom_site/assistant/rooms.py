"""Tools for rooms: which there are, and a new one."""

from typing import Annotated, Any, Literal

from pydantic import Field

from anyroom_site.assistant.api import Reached, Row, only
from anyroom_site.assistant.words import Many

MOST_ROOMS = 5000  # that are looked at
WAY_IN = ("id", "name", "language", "access_code", "one_tap", "public_url")
NOW = ("people_in", "people_waiting", "locked", "open_conference")


def _shown(room: Row, *more: str) -> Row:
    return {**only(room, *WAY_IN, *more), "numbers": [one["number"] for one in room["numbers"]]}


async def list_rooms(
    api: Reached,
    name: Annotated[str, Field(description="Only rooms whose name holds this text")] = "",
    most: Many = 50,
) -> dict[str, Any]:
    """List rooms

    The account's rooms, the newest first: how to get in (number, access code, page for guests) and
    how many are on the line now. Ids of rooms that other tools ask for come from here.
    """
    wanted = name.casefold()
    rooms = await api.rows("rooms/", most=MOST_ROOMS)
    found = [room for room in rooms if wanted in room["name"].casefold()]
    shown = [_shown(room, *NOW) for room in found[:most]]
    return {"rooms": shown, "rooms_left_out": len(found[most:])}


async def make_room(
    api: Reached,
    name: Annotated[str, Field(min_length=1, max_length=100)],
    language: Annotated[
        Literal["en", "ru", "es", "de", "fr"] | None,
        Field(description="What callers hear is spoken in it; the account's if left out"),
    ] = None,
    greeting: Annotated[
        str | None, Field(max_length=300, description="Spoken to everybody who enters")
    ] = None,
    waits_for_host: Annotated[
        bool | None, Field(description="Guests hear music until a host is there")
    ] = None,
) -> dict[str, Any]:
    """Make a room

    A new room that can be dialled into at once. The answer says what to tell the guests: the number
    to dial and the access code to key. The host PIN is for hosts alone: do not pass it on.
    """
    body = {
        "name": name,
        "language": language,
        "greeting": greeting,
        "waits_for_host": waits_for_host,
    }
    return _shown(await api.post("rooms/", body), "host_pin")
