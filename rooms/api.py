"""The API's rooms, and the numbers that lead to them."""

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import changes, dial_in, phones
from rooms.accounts.models import Scope
from rooms.api_examples import NEW_ROOM, NUMBER, ROOM, with_examples
from rooms.forms import ENTRY, LINE
from rooms.models import PhoneNumber, Room, check_pins
from rooms.rest.parsing import NoFields, Strict
from rooms.rest.problem import Problem, wrong_parameter
from rooms.rest.views import ApiViewSet


class DialInSerializer(serializers.Serializer[Any]):
    number = serializers.CharField(help_text="E.164.")
    language = serializers.CharField(help_text="What is spoken to those who dial it.")
    country = serializers.CharField(help_text="ISO 3166, or empty where it is not known.")
    label = serializers.CharField(  # type: ignore[assignment]
        help_text="Such as the city; may be empty."
    )
    asks_for_code = serializers.BooleanField(
        help_text="False for a number that leads to this room alone."
    )
    one_tap = serializers.CharField(help_text="A `tel:` address that dials and keys the code.")


NOT_LEADING = gettext_lazy("This number does not lead to the room.")


@with_examples(ROOM, NEW_ROOM)
class RoomSerializer(Strict, serializers.ModelSerializer[Room]):
    numbers = serializers.SerializerMethodField(
        help_text="Numbers that lead into the room, the best one first; empty once archived."
    )
    one_tap = serializers.SerializerMethodField(help_text="`one_tap` of the best number.")
    public_url = serializers.SerializerMethodField(help_text="The page for those who are invited.")
    shown_numbers = serializers.SlugRelatedField(
        slug_field="number",
        queryset=PhoneNumber.objects.filter(active=True),
        many=True,
        required=False,
        # Whether another account has the number is not told.
        error_messages={"does_not_exist": NOT_LEADING},
        help_text="The numbers to tell; empty: all that lead to the room.",
    )
    open_conference = serializers.CharField(
        source="open_conference_id",
        read_only=True,
        allow_null=True,
        help_text="The id of the conference that goes on in the room, if any.",
    )

    class Meta:
        model = Room
        fields = [
            "id",
            "name",
            "language",
            "greeting",
            *ENTRY,
            *LINE,
            "shown_numbers",
            "access_code",
            "numbers",
            "one_tap",
            "public_url",
            *("people_in", "people_waiting", "hosts_in", "locked"),
            "open_conference",
            "created_at",
            "archived_at",
        ]
        live = ("people_in", "people_waiting", "hosts_in", "locked")
        read_only_fields = ("access_code", *live, "created_at", "archived_at")
        extra_kwargs = {
            "language": {
                "help_text": "What callers hear is spoken in it; the account's if not given."
            },
            "access_code": {"help_text": "The digits that choose the room; null once archived."},
            "host_pin": {
                "help_text": "Null unless the key has the scope rooms, control or admin.",
                "allow_null": True,
            },
            "people_in": {"help_text": "How many are on the line now, those waiting left out."},
            "people_waiting": {"help_text": "How many hear music until a host comes."},
            "hosts_in": {"help_text": "How many of those who are in are hosts."},
            "locked": {"help_text": "True: no guest is let in until it is unlocked."},
        }

    @extend_schema_field(DialInSerializer(many=True))
    def get_numbers(self, room: Room) -> list[dict[str, Any]]:
        shape = cast(dict[str, Any], self.context).setdefault("dial_in", DialInSerializer())
        return [shape.to_representation(way) for way in self._ways(room)]

    def _ways(self, room: Room) -> list[dial_in.Way]:
        """Found once for a room; the shared numbers are read once for all rooms of an answer."""
        context = cast(dict[str, Any], self.context)
        if "shared_numbers" not in context:
            context["shared_numbers"] = list(dial_in.numbers_for(room.account_id))
        ways: dict[str, list[dial_in.Way]] = context.setdefault("ways", {})
        if room.pk not in ways:
            own = [one for one in room.numbers.all() if one.active]
            shown = dial_in.shown(room, [*own, *context["shared_numbers"]])
            ways[room.pk] = dial_in.ways_into(room, shown)
        return ways[room.pk]

    def validate_shown_numbers(self, chosen: list[PhoneNumber]) -> list[PhoneNumber]:
        account = cast(dict[str, Any], self.context)["caller"].account
        if set(chosen) - set(dial_in.numbers_for(account.pk, self.instance)):
            raise serializers.ValidationError(NOT_LEADING, code="does_not_exist")
        return chosen

    def validate_host_pin(self, pin: str | None) -> str:
        # Null is for those who may not see it.
        return pin or self.fields["host_pin"].fail("null")

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        room = self.instance or Room(account=cast(dict[str, Any], self.context)["caller"].account)
        now = {name: getattr(room, name) for name in ("host_pin", "guest_pin", "personal_pins")}
        check_pins(**{name: fields.get(name, value) for name, value in now.items()})
        return fields

    def to_representation(self, room: Room) -> dict[str, Any]:
        """Who may not change a room does not learn what makes a host."""
        shown = super().to_representation(room)
        caller = cast(dict[str, Any], self.context).get("caller")
        if caller is None or not caller.scopes & {Scope.ROOMS, Scope.CONTROL, Scope.ADMIN}:
            shown["host_pin"] = None
        return shown

    def get_one_tap(self, room: Room) -> str | None:
        return next((way.one_tap for way in self._ways(room)), None)

    def get_public_url(self, room: Room) -> str:
        return dial_in.public_url(room)


class Rooms(ApiViewSet):
    queryset = Room.objects.prefetch_related("numbers", "shown_numbers")
    serializer_class = RoomSerializer
    write_scope = Scope.ROOMS

    @extend_schema(
        parameters=[OpenApiParameter("archived", bool, description="True: those archived instead.")]
    )
    def list(self, request: Request) -> Response:
        """List rooms

        The account's rooms, the newest first; archived ones only when asked for.
        """
        archived = request.query_params.get("archived", "false")
        if archived not in ("true", "false"):
            raise wrong_parameter("archived", _("Give true or false."))
        return self.page(self.get_queryset().filter(archived_at__isnull=archived == "false"))

    def create(self, request: Request) -> Response:
        """Make a room

        The room gets an access code at once and can be dialled into.
        """
        room = changes.make(self.caller.account, **self.checked())
        return self.one(room, status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a room

        How to get in, and how many are on the line now.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a room

        Sets the fields that are given and leaves the others alone. A room that is archived cannot
        be changed.
        """
        room = self._active()
        return self.one(changes.change(room, **self.checked(room)))

    @extend_schema(request=NoFields, responses=RoomSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Archive a room

        Closes the room for good. Its code leads nowhere from now on; who is on the line stays.
        Archiving a room that is archived changes nothing.
        """
        self.check_empty()
        return self.one(changes.archive(self.get_object()))

    @extend_schema(request=NoFields, responses=RoomSerializer)
    @action(detail=True, methods=["post"])
    def rotate_code(self, request: Request, pk: str) -> Response:
        """Give a room a new code

        The old code leads nowhere from now on; who is on the line stays. Tell those you invited.
        """
        self.check_empty()
        try:
            return self.one(changes.rotate_code(self._active()))
        except Room.DoesNotExist as archived_meanwhile:
            raise _archived() from archived_meanwhile

    def _active(self) -> Room:
        room: Room = self.get_object()
        if room.archived_at is not None:
            raise _archived()
        return room


def _archived() -> Problem:
    return Problem("conflict", _("The room is archived for good. Make a new one instead."))


@with_examples(NUMBER)
class NumberSerializer(serializers.ModelSerializer[PhoneNumber]):
    room = serializers.CharField(
        source="room_id", allow_null=True, help_text="The only room it leads to, or null."
    )
    display = serializers.SerializerMethodField(help_text="As people read it.")
    dedicated = serializers.SerializerMethodField(
        help_text="Whether it leads to the account's rooms alone."
    )

    class Meta:
        model = PhoneNumber
        fields = ("number", "display", "country", "label", "language", "dedicated", "room")

    def get_display(self, number: PhoneNumber) -> str:
        return phones.grouped(number.number)

    def get_dedicated(self, number: PhoneNumber) -> bool:
        return bool(number.account_id or number.room_id)


class Numbers(ApiViewSet):
    queryset = PhoneNumber.objects.filter(active=True)
    serializer_class = NumberSerializer
    order = ("number",)

    def get_queryset(self) -> QuerySet[Any]:
        account = self.caller.account
        mine = Q(room__account=account) | Q(account=account)
        return self.queryset.filter(Q(room=None, account=None) | mine)

    def list(self, request: Request) -> Response:
        """List phone numbers

        The service's shared numbers, which ask for a code, and those that lead to your rooms
        alone.
        """
        return self.page(self.get_queryset())
