"""The API's conferences and who took part in them."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.api_examples import CONFERENCE, PARTICIPANT, with_examples
from rooms.conferences import history_api, history_search
from rooms.conferences.models import Conference, Participant
from rooms.rest.call_ids import CallIdField
from rooms.rest.views import ApiViewSet


@with_examples(CONFERENCE)
class ConferenceSerializer(serializers.ModelSerializer[Conference]):
    room = serializers.CharField(source="room_id", help_text="The room's id.")
    participant_count = serializers.IntegerField(
        help_text="How many stays there were; somebody who came back counts again."
    )

    locked = serializers.SerializerMethodField(help_text="True: no guest is let in now.")
    recording = serializers.SerializerMethodField(help_text="Whether it is being recorded now.")

    class Meta:
        model = Conference
        fields = (
            "id",
            "room",
            "started_at",
            "ended_at",
            "participant_count",
            "locked",
            "silenced",
            "recording",
            "ends_at",
        )
        extra_kwargs = {
            "ended_at": {"help_text": "Null while it goes on."},
            "silenced": {"help_text": "True: nobody's coming and going is announced."},
            "ends_at": {
                "help_text": "When it ends because its last host has left, unless one comes back."
            },
        }

    def get_locked(self, conference: Conference) -> bool:
        return conference.ended_at is None and conference.room.locked

    def get_recording(self, conference: Conference) -> bool:
        return conference.ended_at is None and conference.room.recording_id is not None


@with_examples(PARTICIPANT)
class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    conference = serializers.CharField(source="conference_id", help_text="The conference's id.")
    room = serializers.CharField(source="room_id", help_text="The room's id.")
    caller = serializers.SerializerMethodField(
        help_text="The number, masked unless the key has the scope control or admin; "
        "empty where the caller withheld it."
    )
    call = CallIdField(help_text="The call's id.")
    invitee = serializers.CharField(
        source="invitee_id",
        allow_null=True,
        help_text="The invitee whom the PIN or the number told, if any.",
    )

    class Meta:
        model = Participant
        fields = [
            "id",
            "conference",
            "room",
            "call",
            "caller",
            "name",
            "invitee",
            "joined_at",
            "confirmed_at",
            "role",
            "waiting",
            "admitted_at",
            "muted",
            "held",
            "hand_raised_at",
            "left_at",
            "left_why",
        ]
        extra_kwargs = {
            "name": {"help_text": "What the account calls whoever called, if known."},
            "confirmed_at": {"help_text": "When the carrier said that the caller arrived."},
            "waiting": {"help_text": "True: hears music until a host comes, and counts as not in."},
            "admitted_at": {"help_text": "When a host came and the waiting ended, if ever."},
            "muted": {"help_text": "Nobody hears them; the carrier has confirmed it."},
            "held": {"help_text": "They hear music and nobody; the carrier has confirmed it."},
            "hand_raised_at": {"help_text": "Since when the hand is raised; null if it is not."},
            "left_at": {"help_text": "Null while the caller is in."},
            "left_why": {
                "help_text": "Why the stay ended, or will in a moment; empty while it goes on."
            },
        }

    def get_caller(self, participant: Participant) -> str:
        whole = self.context["caller"].sees_whole_numbers
        return participant.caller if whole else phones.masked(participant.caller)


# A subquery, so that only the rows of one page are counted.
_counted = (
    Participant.objects.filter(conference=OuterRef("pk"))
    .order_by()
    .values("conference")
    .annotate(stays=Count("pk"))
    .values("stays")
)


def _as_shown(rows: "QuerySet[Conference]") -> "QuerySet[Any]":
    return rows.select_related("room").annotate(participant_count=Coalesce(Subquery(_counted), 0))


class Conferences(ApiViewSet):
    queryset = _as_shown(Conference.objects.remembered())
    serializer_class = ConferenceSerializer
    order = ("-started_at", "-id")

    @extend_schema(parameters=history_api.FILTERS)
    def list(self, request: Request) -> Response:
        """List conferences

        Everything that took place in the account's rooms, the newest first. One that goes on has
        no `ended_at`. Those that the account keeps no longer are left out.
        """
        found = history_search.find(history_api.asked(request, self.caller))
        return self.page(_as_shown(found.conferences))

    @history_api.export_schema
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> HttpResponseBase:
        """Export conferences

        A row for each stay in those that the filters choose, the newest conference first, as JSON
        or CSV. The file is made while it is sent: JSON that is not closed, or CSV whose last line
        begins with INCOMPLETE, broke off.
        """
        return history_api.export(request, self.caller)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a conference

        When it began and ended, and how many stays there were.
        """
        return self.one(self.get_object())

    @extend_schema(responses=ParticipantSerializer(many=True))
    @action(
        detail=True,
        serializer_class=ParticipantSerializer,
    )
    def participants(self, request: Request, pk: str) -> Response:
        """List the participants of a conference

        Each is one stay of one caller, in the order in which they came; somebody who left and came
        back is there twice.
        """
        self.order = ("joined_at", "id")
        return self.page(Participant.objects.filter(conference=self.get_object()))
