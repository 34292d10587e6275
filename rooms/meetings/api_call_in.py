"""The API's way to have somebody called into a room."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Person, Scope
from rooms.api_examples import with_examples
from rooms.meetings import call_in
from rooms.meetings.api_calls import CallRequestSerializer
from rooms.meetings.api_errors import told
from rooms.meetings.api_examples import NEW_CALL_IN
from rooms.meetings.models import Invitee
from rooms.models import Room
from rooms.rest.given import known
from rooms.rest.parsing import Strict
from rooms.rest.views import ApiViewSet


@with_examples(NEW_CALL_IN, NEW_CALL_IN)
class NewCallInSerializer(Strict):
    person = serializers.CharField(
        required=False, help_text="The id of one of the account's people."
    )
    invitee = serializers.CharField(
        required=False, help_text="The id of an invitee of a meeting in the room."
    )

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if len(fields) != 1:
            text = _("Give either a person or an invitee.")
            raise serializers.ValidationError(text, code="required")
        return fields


class RoomCalls(ApiViewSet):
    queryset = Room.objects.all()
    serializer_class = CallRequestSerializer
    write_scope = Scope.CONTROL

    @extend_schema(request=NewCallInSerializer, responses={202: CallRequestSerializer})
    def call_in(self, request: Request, pk: str) -> Response:
        """Call somebody into a room

        The phone of one of the account's people, or of somebody invited to a meeting in the room,
        rings now; whoever picks up presses 1 to enter as a guest. The call request tells how it
        goes. Whoever is being called already is not called twice.
        """
        room: Room = self.get_object()
        body = NewCallInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        people = Person.objects.filter(account=self.caller.account)
        invitees = Invitee.objects.filter(room=room)
        with told():
            asked = call_in.ask(
                room,
                by=asker(request),
                person=known(people, "person", given),
                invitee=known(invitees, "invitee", given),
            )
        return Response(CallRequestSerializer(asked).data, status=202)
