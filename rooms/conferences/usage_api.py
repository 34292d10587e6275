"""The API's usage: the minutes of a month, and the cap."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.models import Account, Scope
from rooms.api_examples import ROOM, with_examples
from rooms.conferences import cap, usage
from rooms.conferences.months import Month
from rooms.conferences.usage_forms import LARGEST_CAP
from rooms.rest.parsing import Strict
from rooms.rest.problem import wrong_parameter
from rooms.rest.views import ApiViewSet

USAGE: dict[str, Any] = {
    "month": "2026-11",
    "time_zone": "Europe/Madrid",
    "starts_at": "2026-10-31T23:00:00Z",
    "ends_at": "2026-11-30T23:00:00Z",
    "included_minutes": 10_000,
    "minutes_cap": 12_000,
    "capped_until": None,
    "used_seconds": 9_990,
    "days": [{"date": "2026-11-23", "seconds": 9_990}],
    "rooms": [{"room": ROOM["id"], "name": ROOM["name"], "seconds": 9_990}],
}


class DaySerializer(serializers.Serializer[Any]):
    date = serializers.DateField(help_text="A day of the account's time zone.")
    seconds = serializers.IntegerField()


class RoomUseSerializer(serializers.Serializer[Any]):
    room = serializers.CharField(source="room.pk", help_text="The room's id.")
    name = serializers.CharField(source="room.name")
    seconds = serializers.IntegerField()


@with_examples(USAGE, {"minutes_cap": 12_000})
class UsageSerializer(Strict):
    month = serializers.CharField(read_only=True, help_text="As 2026-11.")
    time_zone = serializers.CharField(
        read_only=True, help_text="The account's; days and months are its."
    )
    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)
    included_minutes = serializers.IntegerField(
        read_only=True, help_text="Participant-minutes a month that the plan includes."
    )
    minutes_cap = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LARGEST_CAP,
        help_text="At so many minutes a month calls end and nobody is let in. Null: they go on.",
    )
    capped_until = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="The cap is reached: nobody is let in before this.",
    )
    used_seconds = serializers.IntegerField(
        read_only=True, help_text="By all participants, those who are in now up to this moment."
    )
    days = DaySerializer(many=True, read_only=True, help_text="Those with calls, in order.")
    rooms = RoomUseSerializer(
        many=True, read_only=True, help_text="Those with calls, the most used first."
    )


class MonthlyUsage(ApiViewSet):
    queryset = Account.objects.all()
    serializer_class = UsageSerializer
    account_path = "pk"
    write_scope = Scope.BILLING

    def get_queryset(self) -> QuerySet[Any]:
        return Account.objects.filter(pk=self.caller.account.pk)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "month", str, description="As 2026-11; the current one if it is left out."
            )
        ]
    )
    def retrieve(self, request: Request) -> Response:
        """Read the usage

        What the account's rooms used in a month, by day and by room, in seconds. A participant
        counts from joining to leaving; a stay that crosses midnight counts on both days.
        """
        account, name = self.caller.account, request.query_params.get("month", "")
        try:
            chosen = Month.named(account, name) if name else Month.of(account, timezone.now())
        except ValueError as error:
            raise wrong_parameter("month", _("Give a month such as 2026-11.")) from error
        return self._answer(account, chosen)

    def partial_update(self, request: Request) -> Response:
        """Change the cap

        Sets `minutes_cap`. Where it is reached already, nobody is let in from now on, and those who
        are in hear a warning before their calls end.
        """
        account, now = self.caller.account, timezone.now()
        given = self.get_serializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        if "minutes_cap" in given.validated_data:
            account = cap.choose(account, given.validated_data["minutes_cap"], now)
        return self._answer(account, Month.of(account, now))

    def _answer(self, account: Account, month: Month) -> Response:
        now = timezone.now()
        used = usage.of_month(account, month, now)
        capped = account.capped_until if (account.capped_until or now) > now else None
        facts = {
            "month": str(month),
            "time_zone": account.time_zone,
            "starts_at": month.start,
            "ends_at": month.end,
            "included_minutes": settings.INCLUDED_MINUTES,
            "minutes_cap": account.minutes_cap,
            "capped_until": capped,
            "used_seconds": used.seconds,
            "days": [{"date": day, "seconds": n} for day, n in used.days.items() if n],
            "rooms": used.rooms,
        }
        return Response(self.get_serializer(facts).data)
