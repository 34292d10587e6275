"""Tools for what was: conferences, who took part in them, and why calls failed."""

import datetime as dt
from typing import Annotated, Any

from pydantic import Field

from anyroom_site.assistant.api import Reached, only
from anyroom_site.assistant.words import ConferenceId, Many, Moment, PhoneNumber, RoomId

CONFERENCE = ("id", "room", "started_at", "ended_at", "participant_count")
STAY = ("name", "caller", "role", "joined_at", "left_at", "left_why")
CALL = (
    "id",
    "direction",
    "room",
    "caller",
    "dialled",
    "created_at",
    "ended_at",
    "outcome",
    "failed",
)


async def list_conferences(
    api: Reached,
    room: Annotated[RoomId | None, Field(description="Only in this room")] = None,
    since: Annotated[Moment | None, Field(description="Only those from then on")] = None,
    until: Annotated[Moment | None, Field(description="Only those that began before")] = None,
    number: Annotated[
        PhoneNumber | None, Field(description="Only those that this number took part in")
    ] = None,
    person: Annotated[
        str | None, Field(description="Only those with somebody whose name or e-mail holds this")
    ] = None,
    most: Many = 20,
) -> dict[str, Any]:
    """List past calls

    The conferences that took place, the newest first; one that goes on has no end. A conference is
    everything from the first person to join a room until the last has left.
    """
    query = {"room": room, "from": since, "until": until, "number": number, "q": person}
    found = await api.rows("conferences/", query, most=most)
    return {"conferences": [only(one, *CONFERENCE) for one in found]}


async def show_conference(api: Reached, conference: ConferenceId) -> dict[str, Any]:
    """Show who took part in a call

    Everybody who was in it, from when until when; somebody who came back is there twice.
    """
    found = only(await api.get(f"conferences/{conference}/"), *CONFERENCE)
    stays = await api.rows(f"conferences/{conference}/participants/")
    return {**found, "participants": [only(stay, *STAY) for stay in stays]}


async def list_calls(
    api: Reached,
    room: Annotated[RoomId | None, Field(description="Only calls that led to this room")] = None,
    number: Annotated[
        PhoneNumber | None, Field(description="Only calls from or to it, around `at`")
    ] = None,
    at: Annotated[
        Moment | None, Field(description="With `number`: within half an hour of then; or of now")
    ] = None,
    failed_only: Annotated[
        bool, Field(description="Only callers who never came in, of the latest 200 calls")
    ] = False,
    most: Many = 20,
) -> dict[str, Any]:
    """List phone calls and how each ended

    Single phone connections, the newest first, each with its outcome in a sentence. When somebody
    could not get in, ask with their number and about when they tried; then explain that call.
    """
    if number and at is None:
        at = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    query = {"room": room, "number": number, "at": at if number else None}
    rows = await api.rows("calls/", query, most=200 if failed_only else most)
    found = [row for row in rows if row["failed"] or not failed_only]
    return {"calls": [only(row, *CALL) for row in found[:most]]}


async def explain_call(
    api: Reached,
    call: Annotated[
        str, Field(pattern="^[0-9A-Za-z_-]{1,64}$", description="The call's id, of list_calls")
    ],
) -> dict[str, Any]:
    """Explain why a call went as it did

    What was dialled, heard and keyed, what was answered, and why it ended, in order. Codes and PINs
    that were right are not kept.
    """
    found = await api.get(f"calls/{call}/")
    return {
        **only(found, *CALL),
        "timeline": [only(moment, "at", "text") for moment in found["timeline"]],
    }
