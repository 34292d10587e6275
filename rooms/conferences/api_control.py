"""The API's control of conferences: all that the live panel can do, by the same functions.

Of single participants in api_participants.py.

What the carrier has to be asked for is pending when the answer is sent: 202, with the commands,
whose status can be read again.
"""

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import COMMAND, NEW_ANNOUNCEMENT, with_examples
from rooms.conferences import named
from rooms.conferences.actions import LONGEST_TEXT
from rooms.conferences.api import Conferences
from rooms.conferences.commands import By
from rooms.conferences.models import Command
from rooms.rest.parsing import NoFields, Strict
from rooms.rest.refusals import refusals


@with_examples(COMMAND)
class CommandSerializer(serializers.ModelSerializer[Command]):
    status = serializers.ChoiceField(
        choices=("pending", "done", "refused"),
        help_text="Pending until the carrier has done it, or it will not be done.",
    )
    participant = serializers.CharField(
        source="participant_id",
        allow_null=True,
        help_text="Whom it is about; null where it is about the conference as a whole.",
    )
    asked_by = serializers.CharField(
        source="by_user_id",
        allow_null=True,
        help_text="The user's id; null where a caller's key or the service asked.",
    )

    class Meta:
        model = Command
        fields = (
            *("id", "kind", "status", "error", "participant", "text", "asked_by"),
            *("created_at", "done_at"),
        )
        extra_kwargs = {
            "error": {"help_text": "Why it was refused, or what went wrong with the last try."},
            "text": {"help_text": "What is said, if anything is."},
        }


@with_examples(NEW_ANNOUNCEMENT, NEW_ANNOUNCEMENT)
class AnnouncementSerializer(Strict):
    text = serializers.CharField(
        max_length=LONGEST_TEXT, help_text="Spoken to all, in the room's language."
    )


MANY = {202: CommandSerializer(many=True)}
act = extend_schema(request=NoFields, responses=MANY)


told = partial(refusals, named.CONFLICTS)  # what actions refuse


def asked_by(request: Request) -> By:
    """Whom a command is from."""
    return By(user=asker(request))


class LiveConferences(Conferences):
    write_scope = Scope.CONTROL

    @extend_schema(responses=CommandSerializer(many=True))
    @action(detail=True, serializer_class=CommandSerializer)
    def commands(self, request: Request, pk: str) -> Response:
        """List what was asked of a conference

        By members, by callers' keys and by the service, the newest first, with what became of it.
        """
        self.order = ("-created_at", "-id")
        return self.page(Command.objects.filter(conference=self.get_object()))

    @act
    @action(detail=True, methods=["post"])
    def mute_all(self, request: Request, pk: str) -> Response:
        """Mute everybody but hosts

        Those who are in and are no hosts; one command for each. Whoever comes later is not muted.
        """
        return self._do("mute_all")

    @act
    @action(detail=True, methods=["post"])
    def lock(self, request: Request, pk: str) -> Response:
        """Lock the room

        No guest is let in until it is unlocked or everybody has left; hosts still are.
        """
        return self._do("lock")

    @act
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, pk: str) -> Response:
        """Unlock the room

        Guests are let in again.
        """
        return self._do("unlock")

    @act
    @action(detail=True, methods=["post"])
    def silence(self, request: Request, pk: str) -> Response:
        """Switch announcements off

        Nobody's coming and going is announced for the rest of the conference.
        """
        return self._do("silence")

    @act
    @action(detail=True, methods=["post"])
    def unsilence(self, request: Request, pk: str) -> Response:
        """Switch announcements on

        Comings and goings are announced again, as the room's settings say.
        """
        return self._do("unsilence")

    @act
    @action(detail=True, methods=["post"])
    def record(self, request: Request, pk: str) -> Response:
        """Start recording

        Everybody is told. The room's settings say for how long a recording is kept.
        """
        return self._do("record")

    @act
    @action(detail=True, methods=["post"])
    def stop_recording(self, request: Request, pk: str) -> Response:
        """Stop recording

        What was recorded is kept.
        """
        return self._do("stop_recording")

    @act
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End a conference for all

        Everybody is hung up, hosts too. The room and its code stay.
        """
        return self._do("end")

    @extend_schema(request=AnnouncementSerializer, responses=MANY)
    @action(detail=True, methods=["post"])
    def announce(self, request: Request, pk: str) -> Response:
        """Say a text to all

        It is spoken to everybody on the line, those waiting too; one command for each.
        """
        body = AnnouncementSerializer(data=request.data)
        conference = self.get_object()
        body.is_valid(raise_exception=True)
        with told():
            written = named.announce(conference, body.validated_data["text"], asked_by(request))
        return many(written)

    def _do(self, name: str) -> Response:
        conference = self.get_object()
        self.check_empty()
        with told():
            return many(named.on_conference(name, conference, asked_by(self.request)))


def many(written: list[Command]) -> Response:
    """In the shape of a list; what was asked for before is not in it."""
    found = Command.objects.filter(pk__in=[command.pk for command in written])
    data = CommandSerializer(found, many=True).data
    return Response({"data": data, "next_cursor": None}, status=202)
