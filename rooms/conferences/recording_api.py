"""The API's recordings."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.models import Scope
from rooms.api_examples import CONFERENCE, with_examples
from rooms.conferences import recording_files
from rooms.conferences.api_control import told
from rooms.conferences.models import Conference, Recording
from rooms.conferences.recording_views import answer_with_file
from rooms.models import Room
from rooms.rest.given import named
from rooms.rest.views import ApiViewSet

RECORDING = {
    "id": "rc_01jd2m9t7a5s3d1f9g7h5j3k1l",
    "conference": CONFERENCE["id"],
    "room": CONFERENCE["room"],
    "status": "ready",
    "from_the_first": True,
    "started_by": None,
    "started_at": "2026-11-23T09:00:04Z",
    "stopped_at": "2026-11-23T09:41:37Z",
    "seconds": 2493,
    "size": 39888044,
    "content_type": "audio/wav",
    "error": "",
}


@with_examples(RECORDING)
class RecordingSerializer(serializers.ModelSerializer[Recording]):
    conference = serializers.CharField(source="conference_id", help_text="The conference's id.")
    room = serializers.CharField(source="room_id", help_text="The room's id.")
    started_by = serializers.CharField(
        source="started_by_id",
        allow_null=True,
        help_text="The id of the member who started it on a page or by the API; null where it was "
        "started by key, or from the first.",
    )

    class Meta:
        model = Recording
        fields = (
            "id",
            "conference",
            "room",
            "status",
            "from_the_first",
            "started_by",
            "started_at",
            "stopped_at",
            "seconds",
            "size",
            "content_type",
            "error",
        )
        extra_kwargs = {
            "status": {"help_text": "`ready`: its file can be had."},
            "stopped_at": {"help_text": "Null while it goes on."},
            "seconds": {"help_text": "Its length, once the carrier has told it."},
            "size": {"help_text": "Of the file, in bytes."},
            "content_type": {"help_text": "`audio/wav` or `audio/mpeg`; empty until it is ready."},
            "error": {"help_text": "Why it failed, or what the last try to get its file met."},
        }


_FILTERS: dict[str, Any] = {"room": Room.objects.all(), "conference": Conference.objects.all()}


class Recordings(ApiViewSet):
    queryset = Recording.objects.kept()
    serializer_class = RecordingSerializer
    account_path = "room__account"
    order = ("-started_at", "-id")
    write_scope = Scope.CONTROL

    def get_queryset(self) -> QuerySet[Any]:
        """Those of one room or conference where the query names it; another account's is none."""
        found = super().get_queryset()
        if self.action != "list":
            return found
        for name, rows in _FILTERS.items():
            mine = rows.filter(account=self.caller.account)
            if one := named(self.request, name, mine):
                found = found.filter(**{name: one})
        return found

    @extend_schema(
        parameters=[
            OpenApiParameter("room", str, description="Only those of this room."),
            OpenApiParameter("conference", str, description="Only those of this conference."),
        ]
    )
    def list(self, request: Request) -> Response:
        """List recordings

        The newest first, those that go on or are being fetched among them.
        """
        return self.page(self.get_queryset())

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a recording

        How far it is, and what its file holds once it is ready.
        """
        return self.one(self.get_object())

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a recording

        Its file is erased, and does not come back. One that goes on must be stopped first.
        """
        with told():
            recording_files.delete(self.get_object())
        return Response(status=204)

    @extend_schema(
        responses={
            (200, "audio/wav"): OpenApiResponse(OpenApiTypes.BINARY, "The whole file."),
            (206, "audio/wav"): OpenApiResponse(OpenApiTypes.BINARY, "The range asked for."),
        }
    )
    @action(detail=True, read_scope=Scope.CONTROL)
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        """Download a recording

        WAV or MP3, as the carrier made it; ranges of bytes can be asked for. It needs the scope
        control. 404 where the recording is not ready.
        """
        recording = self.get_object()
        return answer_with_file(request._request, recording, download=True)
