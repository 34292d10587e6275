"""The API's invitees: change, take off the list, write to them again, reply for them."""

from collections.abc import Sequence
from typing import Any, cast, get_args

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.meetings import delivery_state, invitees, mailings
from rooms.meetings.api_calls import AskedCallSerializer, CallRequestSerializer, ask
from rooms.meetings.api_errors import told
from rooms.meetings.api_examples import INVITEE
from rooms.meetings.api_mailings import MailingSerializer, check_planned
from rooms.meetings.delivery_state import Invitation
from rooms.meetings.models import CallRequest, Invitee, Mailing, Meeting, Reply
from rooms.rest.parsing import Strict
from rooms.rest.phone import WithPhone
from rooms.rest.problem import Problem, wrong_parameter
from rooms.rest.views import ApiViewSet

REPLY = OpenApiParameter(
    "reply", enum=["accepted", "declined", "none"], description="Only those who replied so."
)
WHOLE = frozenset({Scope.MEETINGS, Scope.ADMIN})  # one of them is needed to see PINs and pages


class DeliverySerializer(serializers.Serializer[Any]):
    invitation = serializers.ChoiceField(
        choices=get_args(Invitation), help_text="What became of the newest one."
    )
    why = serializers.CharField(help_text="Where it failed or was not sent.")
    channel = serializers.CharField(help_text="email or sms; empty where nothing was written.")
    invited_at = serializers.DateTimeField(allow_null=True)
    reminded_at = serializers.DateTimeField(allow_null=True)
    joined_at = serializers.DateTimeField(allow_null=True, help_text="When they came last.")
    call = serializers.ChoiceField(
        source="call.status",
        choices=CallRequest.Status.values,
        default=None,
        allow_null=True,
        help_text="What became of the request to be called, if there is one.",
    )


@with_examples(INVITEE)
class InviteeSerializer(Strict, WithPhone, serializers.ModelSerializer[Invitee]):
    # The row has its meeting, room and account. `context["states"]` may tell of many at once.

    meeting = serializers.CharField(
        source="meeting_id", read_only=True, help_text="The meeting's id."
    )
    phone = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=40,
        help_text="With its country code; E.164 is best. In answers it is masked unless the key "
        "has the scope control or admin.",
    )
    organizer = serializers.BooleanField(source="is_organizer", read_only=True)
    pin = serializers.SerializerMethodField(
        help_text="Null without the scope meetings or admin, and for who was taken off the list."
    )
    join_url = serializers.SerializerMethodField(help_text="As `pin`.")
    delivery = serializers.SerializerMethodField()

    class Meta:
        model = Invitee
        fields = (
            *("id", "meeting", "name", "email", "phone", "language", "time_zone", "organizer"),
            *("pin", "join_url", "reply", "replied_at", "opened_at"),
            *("wants_reminders", "wants_call", "delivery", "created_at", "removed_at"),
        )
        read_only_fields = (
            *("reply", "replied_at", "opened_at", "wants_call", "created_at", "removed_at"),
        )
        extra_kwargs = {
            "language": {"help_text": "Empty: the account's."},
            "time_zone": {"help_text": "Empty: the meeting's."},
            "opened_at": {"help_text": "When they opened their join page for the first time."},
        }

    def validate_email(self, text: str) -> str:
        return text.lower()

    def get_pin(self, invitee: Invitee) -> str | None:
        return invitee.pin if self._opens(invitee) else None

    def get_join_url(self, invitee: Invitee) -> str | None:
        if not self._opens(invitee):
            return None
        return settings.PUBLIC_URL + reverse("join:page", args=[invitee.token])

    def _opens(self, invitee: Invitee) -> bool:
        scopes = cast(dict[str, Any], self.context)["caller"].scopes
        return invitee.removed_at is None and bool(scopes & WHOLE)

    @extend_schema_field(DeliverySerializer)
    def get_delivery(self, invitee: Invitee) -> dict[str, Any]:
        states = cast(dict[str, Any], self.context).get("states")
        states = states or delivery_state.states(invitee.meeting, [invitee])
        return cast(dict[str, Any], DeliverySerializer(states[invitee.pk]).data)


def page_of(view: ApiViewSet, meeting: Meeting) -> Response:
    """The page of the meeting's invitees that the request asks for."""
    view.order = ("created_at", "id")
    rows = Invitee.objects.invited().filter(meeting=meeting)
    reply = view.request.query_params.get("reply")
    if reply is not None:
        if reply not in ("none", *filter(None, Reply.values)):
            raise wrong_parameter("reply", _("Give accepted, declined or none."))
        rows = rows.filter(reply="" if reply == "none" else reply)
    found: Sequence[Invitee] = view.paginate_queryset(rows) or []
    for invitee in found:
        invitee.meeting = meeting
    states = delivery_state.states(meeting, found)
    context = {**view.get_serializer_context(), "states": states}
    return view.get_paginated_response(InviteeSerializer(found, many=True, context=context).data)


class ResendSerializer(Strict):
    channel = serializers.ChoiceField(Mailing.Channel.choices, default=Mailing.Channel.EMAIL.value)


class ReplySerializer(Strict):
    reply = serializers.ChoiceField(choices=[Reply.ACCEPTED.value, Reply.DECLINED.value])


class Invitees(ApiViewSet):
    queryset = Invitee.objects.select_related("meeting__room__account")
    serializer_class = InviteeSerializer
    account_path = "meeting__room__account"
    write_scope = Scope.MEETINGS

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read an invitee

        Who is invited, how they get in, and what became of their invitation.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an invitee

        Sets the fields that are given and leaves the others alone. An e-mail or a phone has to be
        left.
        """
        invitee = self._listed()
        with told():
            return self.one(invitees.change(invitee, **self.checked(invitee)))

    @extend_schema(
        parameters=[
            OpenApiParameter("tell", bool, description="False: their calendar is not told.")
        ]
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Take an invitee off the list

        Their PIN and their page stop working, and nobody else's. Doing it again changes nothing.
        """
        tell = request.query_params.get("tell", "true")
        if tell not in ("true", "false"):
            raise wrong_parameter("tell", _("Give true or false."))
        invitees.remove(self.get_object(), by=asker(request), tell=tell == "true")
        return Response(status=204)

    @extend_schema(request=ResendSerializer, responses={201: MailingSerializer})
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Send an invitation again

        To this one person, by e-mail or SMS.
        """
        invitee = self._listed()
        body = ResendSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with told():
            channel = body.validated_data["channel"]
            started = mailings.resend(invitee, channel, by=asker(request))
        return Response(MailingSerializer(started).data, status=201)

    @extend_schema(request=ReplySerializer, responses=InviteeSerializer)
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: str) -> Response:
        """Reply for an invitee

        As if they had answered themselves; the last answer counts.
        """
        invitee = self._listed()
        body = ReplySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        invitees.reply(invitee, Reply(body.validated_data["reply"]))
        return self.one(invitee)

    @extend_schema(request=AskedCallSerializer, responses={201: CallRequestSerializer})
    @action(detail=True, methods=["post"])
    def call(self, request: Request, pk: str) -> Response:
        """Have an invitee called

        At the start, or at once if the meeting has begun: who picks up presses 1 to enter. Asked
        for again, it is still one call.
        """
        return ask(self._listed(), request)

    def _listed(self) -> Invitee:
        """Raises Problem for somebody who was taken off, or whose meeting is called off."""
        invitee: Invitee = self.get_object()
        check_planned(invitee.meeting)
        if invitee.removed_at is not None:
            raise Problem("conflict", _("This person was taken off the list. Invite them again."))
        return invitee
