"""The kinds of parameters that tools share."""

from typing import Annotated

from pydantic import BaseModel, Field

ULID = "[0-9a-z]{26}"
RoomId = Annotated[str, Field(pattern=f"^rm_{ULID}$", description="The room's id, rm_…")]
ParticipantId = Annotated[
    str,
    Field(pattern=f"^pt_{ULID}$", description="The participant's id, pt_…, of who_is_on_the_line"),
]
ConferenceId = Annotated[
    str, Field(pattern=f"^cf_{ULID}$", description="The conference's id, cf_…")
]
MeetingId = Annotated[str, Field(pattern=f"^mt_{ULID}$", description="The meeting's id, mt_…")]
Moment = Annotated[
    str, Field(description="A time with its zone, as 2026-11-23T09:00:00Z or …+01:00")
]
PhoneNumber = Annotated[
    str, Field(pattern=r"^\+[0-9]{6,15}$", description="E.164, as +34600123456")
]
Many = Annotated[int, Field(ge=1, le=100, description="How many at most")]


class Guest(BaseModel):
    """Somebody to invite, by an e-mail address or a phone number."""

    name: str = ""
    email: str = ""
    phone: str = Field(default="", description="E.164, as +34600123456")
