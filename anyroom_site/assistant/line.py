"""Tools for a call that goes on: who is there, and what can be done to them."""

import asyncio
import time
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from anyroom_site.assistant.api import Api, Reached, Row, only
from anyroom_site.assistant.rooms import MOST_ROOMS
from anyroom_site.assistant.words import ParticipantId, RoomId

MOST_STAYS = 5000  # that are looked at, of one conference
MOST_BUSY = 20  # rooms that are looked into at once
PATIENCE = 5.0  # seconds in which the carrier has nearly always done what is asked
LOOK_EVERY = 0.5
PERSON = ("id", "name", "caller", "role", "waiting", "muted", "held", "hand_raised_at", "joined_at")


async def who_is_on_the_line(
    api: Reached,
    room: Annotated[
        RoomId | None, Field(description="The room's id; every room if left out")
    ] = None,
) -> dict[str, Any]:
    """Say who is on the line

    Everybody who is in a room now or waits for its host: name where it is known, number (masked
    unless the key may see it whole), role, since when, and whether they are muted, held or raise a
    hand. A room without anybody is left out.
    """
    rooms = [await api.get(f"rooms/{room}/")] if room else await api.rows("rooms/", most=MOST_ROOMS)
    busy = [one for one in rooms if one["open_conference"]]
    shown = [await _people_in(api, one) for one in busy[:MOST_BUSY]]
    return {"rooms": shown, "rooms_left_out": len(busy[MOST_BUSY:])}


async def _people_in(api: Api, room: Row) -> Row:
    path = f"conferences/{room['open_conference']}/participants/"
    stays = await api.rows(path, most=MOST_STAYS)
    return {
        **only(room, "id", "name", "locked"),
        "conference": room["open_conference"],
        "people": [only(stay, *PERSON) for stay in stays if stay["left_at"] is None],
    }


async def mute_participant(
    api: Reached,
    participant: ParticipantId,
    muted: Annotated[bool, Field(description="False: unmute them")] = True,
) -> dict[str, Any]:
    """Mute or unmute one person

    Nobody hears who is muted; they can unmute themselves with *6 on their phone.
    """
    return await _of_one(api, participant, "mute" if muted else "unmute")


async def remove_participant(api: Reached, participant: ParticipantId) -> dict[str, Any]:
    """Hang one person up

    They can call again with the code, unless the room is locked first.
    """
    return await _of_one(api, participant, "remove")


async def mute_everybody(api: Reached, room: RoomId) -> dict[str, Any]:
    """Mute everybody but the hosts

    Those who are in now; who comes later is not muted.
    """
    return await _of_all(api, room, "mute_all")


async def lock_room(
    api: Reached,
    room: RoomId,
    locked: Annotated[bool, Field(description="False: unlock it")] = True,
) -> dict[str, Any]:
    """Lock or unlock a room

    No guest is let into a locked room until it is unlocked or everybody has left; hosts still are.
    Only a room with somebody on the line can be locked.
    """
    action = "lock" if locked else "unlock"
    await api.post(f"conferences/{await _conference(api, room)}/{action}/")
    return {"room": room, "locked": locked}


async def announce(
    api: Reached, room: RoomId, text: Annotated[str, Field(min_length=1, max_length=500)]
) -> dict[str, Any]:
    """Say a text to everybody on the line

    A voice speaks it into the call in the room's language, so write it in that language.
    """
    return await _of_all(api, room, "announce", {"text": text})


async def end_conference(api: Reached, room: RoomId) -> dict[str, Any]:
    """End a call for everybody

    Everybody in the room is hung up, hosts too. The room and its code stay.
    """
    return await _of_all(api, room, "end")


async def _conference(api: Api, room: str) -> str:
    found = (await api.get(f"rooms/{room}/"))["open_conference"]
    if found is None:
        raise ToolError("Nobody is on the line in this room.")
    return str(found)


async def _of_one(api: Api, participant: str, action: str) -> Row:
    command = await api.post(f"participants/{participant}/{action}/")
    stay = await api.get(f"participants/{participant}/")
    return await _settled(api, stay["conference"], [command])


async def _of_all(api: Api, room: str, action: str, body: Row | None = None) -> Row:
    conference = await _conference(api, room)
    commands = await api.post(f"conferences/{conference}/{action}/", body)
    return await _settled(api, conference, commands["data"])


async def _settled(api: Api, conference: str, commands: list[Row]) -> Row:
    """What became of the commands, once the carrier has answered to all or patience is over.

    The newest commands of the conference are the ones in question, or nearly.
    """
    asked = {command["id"]: command for command in commands}
    end = time.monotonic() + PATIENCE
    while _pending(asked) and time.monotonic() < end:
        await asyncio.sleep(LOOK_EVERY)
        newest = await api.rows(f"conferences/{conference}/commands/", most=len(asked) + 50)
        asked |= {row["id"]: row for row in newest if row["id"] in asked}
    told: Row = {
        "done": sum(command["status"] == "done" for command in asked.values()),
        "under_way": _pending(asked),
    }
    refused = [command for command in asked.values() if command["status"] == "refused"]
    if refused:
        told["refused"] = [only(command, "participant", "error") for command in refused]
    return told


def _pending(commands: dict[str, Row]) -> int:
    return sum(command["status"] == "pending" for command in commands.values())
