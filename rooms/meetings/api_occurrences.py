"""The API's times of meetings: move, cancel, keep notes, and the report on who came."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.meetings import attendance, planning, reports
from rooms.meetings.api_errors import told
from rooms.meetings.api_examples import MOVE, REPORT
from rooms.meetings.api_fields import FROM, ROOM, TO, TellSerializer
from rooms.meetings.api_shapes import OccurrenceSerializer
from rooms.meetings.attendance import Attendance, Row
from rooms.meetings.models import Meeting, Occurrence
from rooms.models import Room
from rooms.rest.clocks import Clock
from rooms.rest.given import moment, named
from rooms.rest.views import ApiViewSet


@with_examples(MOVE, MOVE)
class MoveSerializer(TellSerializer):
    day = serializers.DateField(help_text="Local to the meeting's time zone.")
    starts = Clock(help_text="Local, as 09:00.")


class StaySerializer(serializers.Serializer[Any]):
    joined_at = serializers.DateTimeField(source="joined")
    left_at = serializers.DateTimeField(
        source="left", allow_null=True, help_text="Null while they are there."
    )


class CameSerializer(serializers.Serializer[Row]):
    name = serializers.CharField(help_text="Empty where nobody knows it.")
    number = serializers.SerializerMethodField(
        help_text="Masked unless the key has the scope control or admin; empty where it was "
        "withheld."
    )
    invitee = serializers.CharField(
        source="invitee.pk", default=None, allow_null=True, help_text="The invitee's id, if any."
    )
    seconds = serializers.IntegerField(help_text="In the room, of all stays together.")
    stays = StaySerializer(source="spans", many=True)

    def get_number(self, row: Row) -> str:
        whole = self.context["caller"].sees_whole_numbers
        return row.number if whole else phones.masked(row.number)


class AbsentSerializer(serializers.Serializer[Any]):
    invitee = serializers.CharField(source="pk", help_text="The invitee's id.")
    name = serializers.CharField()
    email = serializers.CharField()
    reply = serializers.CharField(help_text="accepted, declined, or empty.")


@with_examples(REPORT)
class ReportSerializer(serializers.Serializer[Attendance]):
    occurrence = serializers.CharField(source="occurrence.pk", help_text="The occurrence's id.")
    starts_at = serializers.DateTimeField(source="occurrence.starts_at")
    ends_at = serializers.DateTimeField(source="occurrence.ends_at")
    going_on = serializers.BooleanField(help_text="Whether somebody is there now.")
    invited = serializers.IntegerField(help_text="How many were invited.")
    came = serializers.IntegerField(help_text="How many of those invited came.")
    most_at_once = serializers.IntegerField()
    seconds = serializers.IntegerField(help_text="Of all participants together.")
    first_joined = serializers.DateTimeField(source="first", allow_null=True)
    last_left = serializers.DateTimeField(
        source="last", allow_null=True, help_text="Null while somebody is there."
    )
    participants = CameSerializer(source="rows", many=True)
    absent = AbsentSerializer(many=True, help_text="Who was invited and did not come.")
    forgotten = serializers.BooleanField(
        help_text="True: people came, longer ago than the account keeps its history. Nobody is "
        "listed then, nor counted."
    )
    notes = serializers.CharField(source="occurrence.notes")


class Occurrences(ApiViewSet):
    queryset = Occurrence.objects.select_related("meeting__room__account")
    serializer_class = OccurrenceSerializer
    account_path = "meeting__room__account"
    write_scope = Scope.MEETINGS
    order = ("starts_at", "id")

    @extend_schema(
        parameters=[
            OpenApiParameter("meeting", str, description="Only those of this meeting."),
            ROOM,
            FROM,
            TO,
        ]
    )
    def list(self, request: Request) -> Response:
        """List occurrences

        The single times at which the account's meetings take place, in order; cancelled ones too.
        A meeting without an end is written down about a year ahead.
        """
        found: QuerySet[Any] = self.get_queryset()
        account = self.caller.account
        if meeting := named(request, "meeting", Meeting.objects.of_account(account)):
            found = found.filter(meeting=meeting)
        if room := named(request, "room", Room.objects.filter(account=account)):
            found = found.filter(meeting__room=room)
        if since := moment(request, "from"):
            found = found.filter(ends_at__gt=since)
        if until := moment(request, "to"):
            found = found.filter(starts_at__lt=until)
        return self.page(found)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read an occurrence

        When it takes place, in UTC and in the meeting's zone.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Keep notes on an occurrence

        Only `notes` can be set here; to let it begin elsewhen, move it.
        """
        occurrence: Occurrence = self.get_object()
        given = self.checked(occurrence)
        with told():
            return self.one(reports.note(occurrence, given.get("notes", occurrence.notes)))

    @extend_schema(request=MoveSerializer, responses=OccurrenceSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Move an occurrence

        Lets this one time begin elsewhen; the others of its meeting stay. Invitees are told
        unless `tell` is false.
        """
        occurrence: Occurrence = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with told():
            return self.one(planning.move(occurrence, by=asker(request), **body.validated_data))

    @extend_schema(request=TellSerializer, responses=OccurrenceSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel an occurrence

        Calls this one time off; the others of its meeting stay.
        """
        occurrence: Occurrence = self.get_object()
        body = TellSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with told():
            return self.one(
                planning.cancel_one(occurrence, by=asker(request), **body.validated_data)
            )

    @extend_schema(responses=ReportSerializer)
    @action(detail=True, serializer_class=ReportSerializer)
    def report(self, request: Request, pk: str) -> Response:
        """Read the report on an occurrence

        Who came when, and who did not. Before it is over it tells who has come so far.
        """
        found = attendance.of(self.get_object(), timezone.now())
        return Response(self.get_serializer(found).data)
