"""The API's way to let a browser call into a room."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.meetings.models import Invitee
from rooms.models import Room
from rooms.rest.given import known
from rooms.rest.parsing import Strict
from rooms.rest.refusals import refusals
from rooms.rest.views import ApiViewSet
from rooms.text import check_one_line
from telephony import browser
from telephony.api_examples import BROWSER_TOKEN, NEW_BROWSER_TOKEN


@with_examples(NEW_BROWSER_TOKEN, NEW_BROWSER_TOKEN)
class NewBrowserTokenSerializer(Strict):
    name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        validators=[check_one_line],
        help_text="What the caller is called, to those in the room and on the panel.",
    )
    invitee = serializers.CharField(
        required=False,
        help_text="The id of an invitee of a meeting in the room: the caller is let in as if "
        "they had keyed their PIN. Their name counts where none is given.",
    )
    host = serializers.BooleanField(default=False, help_text="True: the caller enters as a host.")


@with_examples(BROWSER_TOKEN)
class BrowserTokenSerializer(serializers.Serializer[Any]):
    join_token = serializers.CharField(
        help_text="The call brings it, as `join_token` of what the client SDK's `serverCall` is "
        "given. Treat it as a password."
    )
    jwt = serializers.CharField(help_text="For the client SDK's `createSession`.")
    application_id = serializers.CharField(help_text="The application at the carrier.")
    user = serializers.CharField(help_text="The browser's name at the carrier, made for this once.")
    expires_at = serializers.DateTimeField(help_text="Until then a call can begin.")
    session_expires_at = serializers.DateTimeField(
        help_text="Until then the session of the client SDK lasts, and a call in it."
    )


class BrowserTokens(ApiViewSet):
    queryset = Room.objects.all()
    serializer_class = BrowserTokenSerializer
    write_scope = Scope.CONTROL

    @extend_schema(request=NewBrowserTokenSerializer, responses={201: BrowserTokenSerializer})
    def browser_token(self, request: Request, pk: str) -> Response:
        """Let a browser call into a room

        A token for one browser, to be made on your server when somebody wants to call and handed
        to their page: a JWT for the carrier's client SDK, and what the call is to bring with it.
        No code and no PIN is asked; all else is as for any caller: the room may be locked, full or
        not open yet, and guests may have to wait for a host. It counts until it expires, or the
        key that made it is revoked.
        """
        room: Room = self.get_object()
        body = NewBrowserTokenSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        invitees = Invitee.objects.invited().filter(room=room)
        with refusals():
            made = browser.let_in(
                room,
                by=self.caller.id,
                at=timezone.now(),
                name=given.get("name", ""),
                invitee=known(invitees, "invitee", given),
                host=given["host"],
            )
        return Response(self.get_serializer(made).data, status=201)
