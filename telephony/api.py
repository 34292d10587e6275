"""The API's calls: what became of each, and what happened in it."""

import datetime as dt
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts.models import Account
from rooms.api_examples import with_examples
from rooms.ids import call_id
from rooms.rest.call_ids import CALL_ID, CallIdField
from rooms.rest.given import moment, named
from rooms.rest.problem import wrong_parameter
from rooms.rest.views import ApiViewSet
from telephony import call_story, calls_found
from telephony.api_examples import CALL, WHOLE_CALL
from telephony.models import Call


class MomentSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=call_story.KINDS)
    text = serializers.CharField(help_text="In the language of the request.")


@with_examples(CALL)
class CallSerializer(serializers.ModelSerializer[Call]):
    id = CallIdField(source="pk")
    room = serializers.SerializerMethodField(help_text="The room it led to last, come in or not.")
    caller = serializers.SerializerMethodField(
        help_text="The number that called, masked unless the key has the scope control or admin; "
        "empty where the caller withheld it."
    )
    dialled = serializers.SerializerMethodField(
        help_text="The number that was called; masked as the caller is where AnyRoom called."
    )
    outcome = serializers.SerializerMethodField(help_text="How it ended, in one sentence.")
    failed = serializers.SerializerMethodField(help_text="The caller never came into a room.")

    class Meta:
        model = Call
        fields = (
            "id",
            "direction",
            "status",
            "room",
            "caller",
            "dialled",
            "created_at",
            "answered_at",
            "ended_at",
            "outcome",
            "failed",
        )

    def get_room(self, call: Call) -> str | None:
        return call.room_id if call.account_id == self._account.pk else None

    def get_caller(self, call: Call) -> str:
        return self._number(call.caller, call.direction == "inbound")

    def get_dialled(self, call: Call) -> str:
        return self._number(call.dialled, call.direction == "outbound")

    def _number(self, number: str, of_a_person: bool) -> str:
        whole = not of_a_person or self.context["caller"].sees_whole_numbers
        return number if whole else phones.masked(number)

    def get_outcome(self, call: Call) -> str:
        return self._outcome(call).text

    def get_failed(self, call: Call) -> bool:
        return self._outcome(call).failed

    def _outcome(self, call: Call) -> calls_found.Outcome:
        """The stays are read once for all the calls of an answer."""
        context = cast(dict[str, Any], self.context)
        stays: dict[str, Any] = context.setdefault("stays", {})
        if call.pk not in stays:
            listed = self.parent.instance if self.parent is not None else [call]
            stays.update(calls_found.stays_of(listed or [call], self._account))
        return calls_found.outcome(call, stays[call.pk], self._account)

    @property
    def _account(self) -> Account:
        account: Account = self.context["caller"].account
        return account


@with_examples(WHOLE_CALL)
class WholeCallSerializer(CallSerializer):
    timeline = serializers.SerializerMethodField(help_text="What happened in it, in order.")

    class Meta:
        model = Call
        fields = (*CallSerializer.Meta.fields, "timeline")

    @extend_schema_field(MomentSerializer(many=True))
    def get_timeline(self, call: Call) -> Any:
        moments = call_story.tell(call, self._account)
        return MomentSerializer(moments, many=True).data


class Calls(ApiViewSet):
    queryset = Call.objects.all()
    serializer_class = CallSerializer
    lookup_url_kwarg = "id"  # the row's key has another name
    lookup_value_regex = CALL_ID
    order = ("-created_at", "-uuid")

    @extend_schema(
        parameters=[
            OpenApiParameter("room", str, description="Only those that led to this room."),
            OpenApiParameter(
                "number",
                str,
                description="Only those from or to this number (E.164), with `at`: also those that "
                "reached no room, if the account knows the number.",
            ),
            OpenApiParameter("at", dt.datetime, description="Within half an hour of this time."),
        ]
    )
    def list(self, request: Request) -> Response:
        """List calls

        The calls that led to the account's rooms, the newest first.
        """
        found: tuple[QuerySet[Call], ...]
        room = named(request, "room", self.caller.account.rooms.all())
        if {"number", "at"} & request.query_params.keys():
            found = (self._around(request),)
        else:
            found = calls_found.of_account(self.caller.account)
        if room:
            found = tuple(calls.filter(room=room) for calls in found)
        return self.page(*found)

    def _around(self, request: Request) -> QuerySet[Any]:
        try:
            number = phones.parse(request.query_params.get("number", ""))
        except ValidationError as error:
            text = _("Give a number in E.164, as +34600123456.")
            raise wrong_parameter("number", text) from error
        at = moment(request, "at")
        if at is None:
            raise wrong_parameter("at", _("Give a time as RFC 3339 has it, with its zone."))
        return calls_found.at_time(self.caller.account, number, at)

    @extend_schema(responses=WholeCallSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """Read a call

        With its timeline: what was dialled, heard and keyed, and why it ended. Codes and PINs that
        were right are not kept; wrong ones are told in part.
        """
        uuid = id.removeprefix(call_id(""))
        call = calls_found.visible(self.caller.account, uuid) if uuid != id else None
        if call is None:
            raise Http404
        context = self.get_serializer_context()
        return Response(WholeCallSerializer(call, context=context).data)
