"""The API's call requests: who is to be called into a room, and how that went."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.meetings import call_in, call_me
from rooms.meetings.api_errors import told
from rooms.meetings.api_examples import CALL_REQUEST
from rooms.meetings.models import CallRequest, Invitee, Occurrence
from rooms.models import Room
from rooms.rest.call_ids import CallIdField
from rooms.rest.given import known, named
from rooms.rest.parsing import NoFields, Strict
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet


@with_examples(CALL_REQUEST)
class CallRequestSerializer(serializers.ModelSerializer[CallRequest]):
    room = serializers.CharField(source="room_id", help_text="The room's id.")
    invitee = serializers.CharField(
        source="invitee_id", allow_null=True, help_text="The invitee's id, if one is called."
    )
    occurrence = serializers.CharField(
        source="occurrence_id",
        allow_null=True,
        help_text="The occurrence's id; null where somebody is called in regardless of one.",
    )
    person = serializers.CharField(
        source="person_id",
        allow_null=True,
        help_text="The id of one of the account's people, if they were called in.",
    )
    asked_by = serializers.CharField(
        source="asked_by_id",
        allow_null=True,
        help_text="The user's id; null where whoever is called asked.",
    )
    call = CallIdField(
        allow_null=True, help_text="The id of the call that was made last; null before the first."
    )
    why = serializers.CharField(help_text="What went wrong with the last try, if anything.")

    class Meta:
        model = CallRequest
        fields = (
            *("id", "kind", "room", "invitee", "occurrence", "person", "asked_by"),
            *("status", "due_at", "tries", "call", "why", "created_at"),
        )
        extra_kwargs = {
            "due_at": {"help_text": "When the phone rings next, while the status is waiting."}
        }


class AskedCallSerializer(Strict):
    occurrence = serializers.CharField(
        required=False,
        help_text="The occurrence's id; the one that goes on or comes next, if not given.",
    )


def ask(invitee: Invitee, request: Request) -> Response:
    """Ask for a call as the body says; the answer is the request. Raises Problem."""
    body = AskedCallSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    times = Occurrence.objects.filter(meeting=invitee.meeting_id)
    coming = times.upcoming(timezone.now())
    if wanted := known(times, "occurrence", body.validated_data):
        coming = coming.filter(pk=wanted.pk)
    occurrence = coming.first()
    if occurrence is None:
        raise Problem("conflict", _("This meeting does not take place any more."))
    with told():
        asked = call_me.ask(invitee, occurrence, by=asker(request))
    return Response(CallRequestSerializer(asked).data, status=201)


class CallRequests(ApiViewSet):
    queryset = CallRequest.objects.all()
    serializer_class = CallRequestSerializer
    account_path = "room__account"
    write_scope = Scope.MEETINGS

    @extend_schema(
        parameters=[
            OpenApiParameter("room", description="Only those into this room."),
            OpenApiParameter("invitee", description="Only those for this invitee."),
            OpenApiParameter("occurrence", description="Only those for this occurrence."),
        ]
    )
    def list(self, request: Request) -> Response:
        """List call requests

        Who was or is to be called into a meeting or a room, the newest request first.
        """
        account = self.caller.account
        found = self.get_queryset()
        for name, rows in (
            ("room", Room.objects.filter(account=account)),
            ("invitee", Invitee.objects.filter(room__account=account)),
            ("occurrence", Occurrence.objects.of_account(account)),
        ):
            if one := named(request, name, rows):
                found = found.filter(**{name: one})
        return self.page(found)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a call request

        Whether the phone has rung, how often, and what came of it.
        """
        return self.one(self.get_object())

    @extend_schema(request=NoFields, responses=CallRequestSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw a call request

        The phone does not ring any more, unless it rings already. Doing it again changes nothing.
        """
        self.check_empty()
        asked: CallRequest = self.get_object()
        if asked.invitee and asked.occurrence:
            call_me.withdraw(asked.invitee, asked.occurrence)
        else:
            call_in.withdraw(asked)
        return self.one(self.get_object())
