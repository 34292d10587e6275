"""The API's sounds, and playing them into a conference."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.conferences import named, sounds
from rooms.conferences.api_control import MANY, LiveConferences, act, asked_by, many, told
from rooms.conferences.models import Sound
from rooms.rest.given import not_there
from rooms.rest.parsing import Strict
from rooms.rest.problem import Problem
from rooms.rest.refusals import refusals
from rooms.rest.views import ApiViewSet

SOUND = {
    "id": "so_01jd2n4w6e8r0t2y4u6i8o0p1a",
    "name": "Break is over",
    "content_type": "audio/mpeg",
    "size": 184320,
    "created_at": "2026-11-22T09:30:00Z",
}
PLAY = {"sound": SOUND["id"]}
MOST_AROUND = 64 * 1024  # bytes of an upload that are not the file


@with_examples(SOUND)
class SoundSerializer(serializers.ModelSerializer[Sound]):
    class Meta:
        model = Sound
        fields = ("id", "name", "content_type", "size", "created_at")
        extra_kwargs = {
            "content_type": {"help_text": "`audio/wav` or `audio/mpeg`."},
            "size": {"help_text": "In bytes."},
        }


class UploadSerializer(Strict):
    name = serializers.CharField(max_length=100)
    file = serializers.FileField(help_text="WAV with 16 bits, or MP3; 10 MB at most.")


@with_examples(PLAY, PLAY)
class PlaySerializer(Strict):
    sound = serializers.CharField(
        max_length=32, help_text="A sound's id, or `music`, which comes with AnyRoom."
    )


class Sounds(ApiViewSet):
    queryset = Sound.objects.kept()
    serializer_class = SoundSerializer
    parser_classes = (MultiPartParser,)
    write_scope = Scope.CONTROL

    atomic = False  # a file is stored meanwhile

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if request.method == "POST":
            _read(request)

    def list(self, request: Request) -> Response:
        """List sounds

        What the account has uploaded to be played into its rooms, the newest first.
        """
        return self.page(self.get_queryset())

    @extend_schema(
        request={"multipart/form-data": UploadSerializer}, responses={201: SoundSerializer}
    )
    def create(self, request: Request) -> Response:
        """Upload a sound

        As a form with two parts, `name` and `file`.
        """
        body = UploadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given: dict[str, Any] = body.validated_data
        account, by = self.caller.account, asker(request)
        with refusals():
            sound = sounds.upload(account, given["name"], given["file"], by)
        return self.one(sound, status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a sound

        Its name, and what kind of file it is.
        """
        return self.one(self.get_object())

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a sound

        Its file is erased. Whoever is hearing it hears it to its end.
        """
        sounds.delete(self.get_object())
        return Response(status=204)


def _read(request: Request) -> None:
    """Keep the body, which may be larger than others: the limit of the settings is for those."""
    inner = request._request
    most = sounds.MOST_BYTES + MOST_AROUND
    body = inner.read(most + 1)
    if len(body) > most:
        raise Problem("too-large")
    inner._body = body  # where Django keeps it itself


class PlayingConferences(LiveConferences):
    @extend_schema(request=PlaySerializer, responses=MANY)
    @action(detail=True, methods=["post"])
    def play(self, request: Request, pk: str) -> Response:
        """Play a sound to all

        To everybody who is in, once; `music` goes round until it is stopped. Another one that is
        playing gives way.
        """
        body, conference = PlaySerializer(data=request.data), self.get_object()
        body.is_valid(raise_exception=True)
        try:
            sound = sounds.find(self.caller.account, body.validated_data["sound"])
        except DjangoValidationError as error:
            raise not_there(pointer="/sound") from error
        with told():
            return many(named.play(conference, sound, asked_by(request)))

    @act
    @action(detail=True, methods=["post"])
    def stop_playing(self, request: Request, pk: str) -> Response:
        """Stop the sound

        For everybody who is in, whatever is playing.
        """
        conference = self.get_object()
        self.check_empty()
        with told():
            return many(named.stop_playing(conference, asked_by(request)))
