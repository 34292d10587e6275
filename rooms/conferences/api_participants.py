"""The API's control of participants, as api_control.py is of conferences."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.models import Scope
from rooms.conferences import named
from rooms.conferences.api import ParticipantSerializer
from rooms.conferences.api_control import CommandSerializer, asked_by, told
from rooms.conferences.models import Participant
from rooms.rest.parsing import NoFields
from rooms.rest.views import ApiViewSet

act = extend_schema(request=NoFields, responses={202: CommandSerializer})


class Participants(ApiViewSet):
    queryset = Participant.objects.filter(conference__forgotten_at=None)
    serializer_class = ParticipantSerializer
    account_path = "room__account"
    write_scope = Scope.CONTROL

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a participant

        One stay of one caller, as the carrier last confirmed it.
        """
        return self.one(self.get_object())

    @act
    @action(detail=True, methods=["post"])
    def mute(self, request: Request, pk: str) -> Response:
        """Mute a participant

        Nobody hears them until they are unmuted; they can unmute themselves with `*6`.
        """
        return self._do("mute")

    @act
    @action(detail=True, methods=["post"])
    def unmute(self, request: Request, pk: str) -> Response:
        """Unmute a participant

        They are heard again.
        """
        return self._do("unmute")

    @act
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Put a participant on hold

        They hear music and nobody, and nobody hears them.
        """
        return self._do("hold")

    @act
    @action(detail=True, methods=["post"])
    def unhold(self, request: Request, pk: str) -> Response:
        """Take a participant off hold

        They are back; who was muted before still is.
        """
        return self._do("unhold")

    @act
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """Remove a participant

        They are hung up, and their number alone does not bring them back. With the code they can
        call again, unless the room is locked.
        """
        return self._do("remove")

    @act
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, pk: str) -> Response:
        """Make a participant a host

        Where guests wait for a host, all are let in.
        """
        return self._do("promote")

    @act
    @action(detail=True, methods=["post"])
    def lower_hand(self, request: Request, pk: str) -> Response:
        """Lower a participant's hand

        Doing it again changes nothing.
        """
        return self._do("lower_hand")

    def _do(self, name: str) -> Response:
        stay = self.get_object()
        self.check_empty()
        with told():
            command = named.on_participant(name, stay, asked_by(self.request))
        return Response(CommandSerializer(command).data, status=202)
