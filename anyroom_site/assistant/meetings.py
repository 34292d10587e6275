"""Tools for meetings: what is planned, who is invited, and planning."""

import datetime as dt
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from anyroom_site.assistant.api import Api, Reached, Row, only
from anyroom_site.assistant.words import Guest, Many, MeetingId, Moment, RoomId

TIME = ("id", "meeting", "room", "title", "starts_at", "ends_at", "day", "starts", "time_zone")
PLAN = (
    *("id", "room", "title", "agenda", "day", "starts", "time_zone", "minutes"),
    *("recurrence_text", "next", "invitee_count", "cancelled_at"),
)
INVITEE = ("id", "name", "email", "phone", "organizer", "reply", "wants_call", "join_url")
Invited = Annotated[list[Guest], Field(max_length=200)]
Told = Annotated[bool, Field(description="False: nobody is written to")]


async def list_meetings(
    api: Reached,
    room: Annotated[RoomId | None, Field(description="Only meetings in this room")] = None,
    since: Annotated[Moment | None, Field(description="From then on; now if left out")] = None,
    until: Annotated[Moment | None, Field(description="Only those that begin before")] = None,
    most: Many = 20,
) -> dict[str, Any]:
    """List meetings

    The single times at which meetings take place, in order: coming ones, unless told otherwise. A
    meeting that repeats is there once for each time; `meeting` is the id of the whole.
    """
    since = since or f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    query = {"room": room, "from": since, "to": until}
    found = await api.rows("occurrences/", query, most=most)
    return {"times": [only(one, *TIME, "state", "moved") for one in found]}


async def show_meeting(api: Reached, meeting: MeetingId) -> dict[str, Any]:
    """Show a meeting and who is invited

    When it takes place, and for each invitee their reply and whether the invitation arrived.
    """
    found = only(await api.get(f"meetings/{meeting}/"), *PLAN)
    invitees = await api.rows(f"meetings/{meeting}/invitees/", most=500)
    return {**found, "invitees": [_invitee(one) for one in invitees]}


def _invitee(row: Row) -> Row:
    return {**only(row, *INVITEE), **only(row["delivery"], "invitation", "why")}


async def plan_meeting(
    api: Reached,
    room: RoomId,
    title: Annotated[str, Field(min_length=1, max_length=150)],
    day: Annotated[dt.date, Field(description="The first day, local to the time zone")],
    starts: Annotated[str, Field(pattern="^[0-2][0-9]:[0-5][0-9]$", description="Local, as 09:00")],
    time_zone: Annotated[
        str | None,
        Field(description="IANA name, as Europe/Madrid; the organizer's own if left out"),
    ] = None,
    minutes: Annotated[int, Field(ge=1, le=1440, description="How long it takes")] = 60,
    agenda: str | None = None,
    rrule: Annotated[
        str | None,
        Field(description="RFC 5545, as FREQ=WEEKLY;BYDAY=MO for each Monday; once if left out"),
    ] = None,
    invitees: Annotated[Invited | None, Field(description="Whom to invite at once")] = None,
    send_invitations: Told = True,
) -> dict[str, Any]:
    """Plan a meeting

    A planned time in a room, once or again and again. Invitations go out at once by e-mail (with an
    entry for calendars) or SMS, so make sure of the day, the time zone and the people first.
    """
    body = {
        **{"room": room, "title": title, "agenda": agenda, "day": day.isoformat()},
        **{"starts": starts, "time_zone": time_zone, "minutes": minutes, "rrule": rrule},
    }
    made = only(await api.post("meetings/", body), *PLAN)
    if not invitees:
        return made
    try:
        return {**made, "invited": await _invite(api, made["id"], invitees, send_invitations)}
    except ToolError as refused:
        return {**made, "nobody_was_invited": str(refused)}


async def invite_to_meeting(
    api: Reached, meeting: MeetingId, invitees: Invited, send_invitations: Told = True
) -> dict[str, Any]:
    """Invite people to a meeting

    By e-mail or, for those with a phone alone, by SMS. Who is invited already stays as they are and
    gets no second invitation.
    """
    return await _invite(api, meeting, invitees, send_invitations)


async def _invite(api: Api, meeting: str, guests: list[Guest], tell: bool) -> Row:
    people = [guest.model_dump(exclude_defaults=True) for guest in guests]
    body = {"invitees": people, "tell": tell}
    found = await api.post(f"meetings/{meeting}/invitees/", body)
    return {"invited": found["added"], "were_invited_already": found["repeated"]}


async def cancel_meeting(
    api: Reached, meeting: MeetingId, tell_invitees: Told = True
) -> dict[str, Any]:
    """Cancel a meeting

    The whole meeting with all its times, for good. Invitees are told unless you say otherwise.
    """
    found = await api.post(f"meetings/{meeting}/cancel/", {"tell": tell_invitees})
    return only(found, "id", "title", "cancelled_at")
