"""The API's looking for past conferences, and their export: what the pages of the history do."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from rooms.accounts.api_auth import Caller
from rooms.api_examples import CONFERENCE, PARTICIPANT, ROOM, with_examples
from rooms.conferences import history_export, history_search
from rooms.conferences.history_people import read_number
from rooms.conferences.history_search import Asked
from rooms.models import Room
from rooms.rest.given import moment, named
from rooms.rest.problem import wrong_parameter

EXPORTED = {
    **{"conference": CONFERENCE["id"], "room": ROOM["id"], "room_name": ROOM["name"]},
    **{name: CONFERENCE[name] for name in ("started_at", "ended_at")},
    **{"participant": PARTICIPANT["id"], "number": PARTICIPANT["caller"], "seconds": 2493},
    **{name: PARTICIPANT[name] for name in ("call", "name", "role", "joined_at", "left_at")},
    "left_why": PARTICIPANT["left_why"],
}
_LOOKED = history_search.LOOKED_THROUGH
FILTERS = [
    OpenApiParameter(
        "q",
        str,
        description="Only those with somebody whose name or e-mail holds this. People, invitees "
        f"and members are found in all of them, others in the latest {_LOOKED:,} of the range.",
    ),
    OpenApiParameter(
        "number",
        str,
        description="Only those with this caller: E.164, or, for a key that sees numbers whole, "
        f"four or more last digits, which strangers are found by in the latest {_LOOKED:,} of the "
        "range.",
    ),
    OpenApiParameter("from", dt.datetime, description="Only those that began at this or later."),
    OpenApiParameter("until", dt.datetime, description="Only those that began before this."),
    OpenApiParameter("room", str, description="Only those of this room."),
]


class ExportedStaySerializer(serializers.Serializer[Any]):
    conference = serializers.CharField(help_text="The conference's id.")
    room = serializers.CharField(help_text="The room's id.")
    room_name = serializers.CharField()
    started_at = serializers.DateTimeField(help_text="When the conference began.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Null while it goes on.")
    participant = serializers.CharField(help_text="The participant's id.")
    call = serializers.CharField(help_text="The call's id.")
    name = serializers.CharField(help_text="What the account calls whoever called, if known.")
    number = serializers.CharField(
        help_text="Masked unless the key has the scope control or admin; empty where withheld."
    )
    role = serializers.CharField(help_text="`host` or `guest`.")
    joined_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True, help_text="Null while they are there.")
    seconds = serializers.IntegerField(help_text="How long they were there, until now at most.")
    left_why = serializers.CharField(help_text="As a participant's.")


@with_examples({"data": [EXPORTED]})
class ExportedHistorySerializer(serializers.Serializer[Any]):
    data = ExportedStaySerializer(many=True)  # type: ignore[assignment]  # DRF takes fields out


export_schema = extend_schema(
    parameters=[
        *FILTERS,
        OpenApiParameter("format", enum=history_export.FORMATS, description="json if not given."),
    ],
    responses={
        (200, "application/json"): ExportedHistorySerializer,
        (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "The same, a line for each stay."),
    },
)


def asked(request: Request, caller: Caller) -> Asked:
    """What the query asks for; a room of another account is not found."""
    given = request.query_params
    room = named(request, "room", Room.objects.filter(account=caller.account))
    return Asked(
        caller.account,
        name=given.get("q", "").replace("\0", "").strip(),
        number=_number(given.get("number", ""), caller),
        since=moment(request, "from"),
        until=moment(request, "until"),
        rooms=(room.pk,) if room else None,
    )


def _number(text: str, caller: Caller) -> str:
    """By its last digits a mask could be lifted, one digit after the other."""
    if not text:
        return ""
    # What a plus becomes in an address.
    text = f"+{text.strip()}" if text.startswith(" ") else text
    try:
        number = read_number(text)
    except ValidationError as error:
        raise wrong_parameter("number", " ".join(error.messages)) from error
    if not (number.startswith("+") or caller.sees_whole_numbers):
        raise wrong_parameter("number", _("Give the whole number in E.164, as +34600123456."))
    return number


def export(request: Request, caller: Caller) -> HttpResponseBase:
    """The file that the query asks for; local times are those of the account's zone."""
    format = request.query_params.get("format", "json")
    if format not in history_export.FORMATS:
        words = ", ".join(history_export.FORMATS)
        raise wrong_parameter("format", _("Give one of: %(words)s.") % {"words": words})
    now = timezone.now()
    return history_export.response(
        history_search.find(asked(request, caller)).conferences,
        format,
        name=f"anyroom-history-{now:%Y-%m-%d}",
        zone=caller.account.time_zone,
        whole=caller.sees_whole_numbers,
        now=now,
    )
