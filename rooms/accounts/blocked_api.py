"""The numbers that an account blocks, on the API."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts import blocked
from rooms.accounts.models import BlockedNumber, Scope
from rooms.api_examples import with_examples
from rooms.rest.parsing import Strict
from rooms.rest.refusals import refusals
from rooms.rest.views import ApiViewSet

BLOCKED = {
    "id": "bn_01jd2p3a5s7d9f1g3h5j7k9l1z",
    "number": "+34 ••• •• •• 56",
    "note": "Keyed wrong codes all night",
    "created_at": "2026-11-22T09:40:00Z",
}
NEW_BLOCK = {"number": "+34600123456", "note": "Keyed wrong codes all night"}


@with_examples(BLOCKED, NEW_BLOCK)
class BlockedNumberSerializer(Strict, serializers.ModelSerializer[BlockedNumber]):
    number = serializers.CharField(
        max_length=40,
        help_text="With its country code; E.164 is best. In answers it is masked unless the key "
        "has the scope control or admin.",
    )

    class Meta:
        model = BlockedNumber
        fields = ("id", "number", "note", "created_at")
        read_only_fields = ("created_at",)
        extra_kwargs = {"note": {"help_text": "For you; callers never hear it."}}

    def validate_number(self, text: str) -> str:
        return phones.parse(text)

    def to_representation(self, instance: BlockedNumber) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context["caller"].sees_whole_numbers:
            shown["number"] = phones.masked(shown["number"])
        return shown


class BlockedNumbers(ApiViewSet):
    queryset = BlockedNumber.objects.all()
    serializer_class = BlockedNumberSerializer
    write_scope = Scope.ROOMS

    def list(self, request: Request) -> Response:
        """List blocked numbers

        The numbers that are let into none of the account's rooms, the newest first.
        """
        return self.page(self.get_queryset())

    def create(self, request: Request) -> Response:
        """Block a number

        Its callers are let into no room of the account from now on, not even with the right code.
        Whoever is in a room stays there.
        """
        who = self.caller
        by = who.membership.user if who.membership else None
        with refusals(()):
            row = blocked.block(who.account, **self.checked(), by=by)
        return self.one(row, status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a blocked number

        The number and what was noted of it.
        """
        return self.one(self.get_object())

    def destroy(self, request: Request, pk: str) -> Response:
        """Unblock a number

        Its callers may enter again.
        """
        blocked.unblock(self.get_object())
        return Response(status=204)
