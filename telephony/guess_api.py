"""The API's wrong codes: what was lately guessed near the codes of an account, and from where."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts.blocked_api import BlockedNumberSerializer
from rooms.accounts.models import BlockedNumber, Scope
from rooms.api_examples import ROOM, with_examples
from rooms.rest.parsing import NoFields
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet
from telephony import guess_news
from telephony.models import NearGuess

PREFIX = "gs_"
GUESS = {
    "id": "gs_00000000000000000000004711",
    "number": "+34 ••• •• •• 56",
    "room": ROOM["id"],
    "what": "code",
    "at": "2026-11-22T03:12:09Z",
    "blocked": False,
}


@with_examples(GUESS)
class GuessSerializer(serializers.ModelSerializer[NearGuess]):
    id = serializers.SerializerMethodField()
    number = serializers.SerializerMethodField(
        help_text="From where, masked unless the key has the scope control or admin; empty where "
        "it was withheld."
    )
    room = serializers.CharField(source="room_id", help_text="The room that it was aimed at.")
    what = serializers.SerializerMethodField(
        help_text="A `code` that was nearly the room's, or a wrong `pin` at the room."
    )
    blocked = serializers.BooleanField(help_text="Whether the account has blocked the number.")

    class Meta:
        model = NearGuess
        fields = ("id", "number", "room", "what", "at", "blocked")

    def get_id(self, guess: NearGuess) -> str:
        return f"{PREFIX}{guess.pk:026}"

    def get_number(self, guess: NearGuess) -> str:
        caller = guess.wrong.caller
        return caller if self.context["caller"].sees_whole_numbers else phones.masked(caller)

    def get_what(self, guess: NearGuess) -> str:
        return "pin" if guess.wrong.room_id else "code"


class Guesses(ApiViewSet):
    queryset = NearGuess.objects.all()
    serializer_class = GuessSerializer
    account_path = "room__account"
    write_scope = Scope.ROOMS
    order = ("-at", "-id")

    def get_queryset(self) -> QuerySet[Any]:
        account = self.caller.account
        blocked = BlockedNumber.objects.filter(account=account, number=OuterRef("wrong__caller"))
        near = guess_news.near(account, timezone.now()).select_related("wrong")
        return near.annotate(blocked=Exists(blocked))

    def list(self, request: Request) -> Response:
        """List wrong codes

        What was keyed in the last 24 hours and was nearly the code of a room of the account, or
        was a wrong PIN there, the newest first. One that is near to several rooms is there for
        each.
        """
        return self.page(self.get_queryset())

    @extend_schema(request=NoFields, responses={201: BlockedNumberSerializer})
    @action(detail=True, methods=["post"])
    def block(self, request: Request, pk: str) -> Response:
        """Block the number of a wrong code

        Without having to know the whole number. Its callers are let into no room of the account
        from now on. A number that was withheld, or is blocked already, is a conflict.
        """
        self.check_empty()
        number = pk.removeprefix(PREFIX)
        known = {"pk": int(number)} if number.isdecimal() else {"pk": None}
        guess: NearGuess = get_object_or_404(self.get_queryset(), **known)
        who = self.caller
        try:
            row = guess_news.block(
                who.account, guess, by=who.membership.user if who.membership else None
            )
        except ValidationError as error:  # there are no fields to be mended
            raise Problem("conflict", " ".join(error.messages)) from error
        shown = BlockedNumberSerializer(row, context=self.get_serializer_context())
        return Response(shown.data, status=201)
