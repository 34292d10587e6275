"""What the API does to the meetings of a room."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.meetings import room_meetings
from rooms.models import Room
from rooms.rest.parsing import NoFields
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet


@with_examples({"access_code": "7391046", "meetings": 3})
class RotatedSerializer(serializers.Serializer[Any]):
    access_code = serializers.CharField(help_text="The new one.")
    meetings = serializers.IntegerField(help_text="To how many meetings people are invited anew.")


class RoomMeetings(ApiViewSet):
    queryset = Room.objects.all()
    serializer_class = RotatedSerializer
    write_scope = Scope.MEETINGS

    @extend_schema(request=NoFields, responses=RotatedSerializer)
    def rotate_code_and_invite(self, request: Request, pk: str) -> Response:
        """Give a room a new code and invite everybody again

        The old code leads nowhere from now on, and all who are invited to a coming meeting in the
        room get the new one. The key needs the scope rooms, too.
        """
        room: Room = self.get_object()
        self.check_empty()
        if Scope.ROOMS not in self.caller.scopes:
            raise Problem(
                "missing-scope",
                _("The code is the room's. Use a key that has the scope “rooms”, too."),
            )
        try:
            meetings = room_meetings.rotate_and_invite(room, by=asker(request))
        except Room.DoesNotExist as archived:
            text = _("The room is archived for good. Make a new one instead.")
            raise Problem("conflict", text) from archived
        room.refresh_from_db()
        return Response({"access_code": room.access_code, "meetings": meetings})
