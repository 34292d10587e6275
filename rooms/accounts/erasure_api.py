"""Erasing a person by the API, and the receipts of it."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts import erasing
from rooms.accounts.erasing import Preview
from rooms.accounts.models import Erasure, Scope
from rooms.api_examples import with_examples
from rooms.rest.parsing import Strict
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet

WHO = {"phone": "+34600123456", "email": "ana.ruiz@example.com"}
COUNTS = {"people": 1, "invitees": 2, "stays": 7, "calls": 9, "recordings": 1, "messages": 5}
ERASURE = {
    "id": "er_01jd3a7k5m9p1r3t5v7x9z1b3d",
    "who": "+34 ••• •• •• 56, a•••@e•••.com",
    "counts": COUNTS,
    "by": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "created_at": "2026-11-24T10:12:00Z",
}
PREVIEW = {
    "phones": ["+34600123456"],
    "emails": ["ana.ruiz@example.com"],
    "names": ["Ana Ruiz"],
    "counts": COUNTS,
    "erased_before": [],
}
Done = TypeVar("Done")


class Counts(serializers.DictField):
    """How many rows of what; only kinds of which there were any, and more kinds may come."""

    child = serializers.IntegerField()


@with_examples(WHO, WHO)
class WhoSerializer(Strict):
    phone = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=40,
        help_text="With its country code; E.164 is best. This or `email` is needed.",
    )
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)

    def validate_phone(self, text: str) -> str:
        return phones.parse(text) if text else ""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.values()):
            raise serializers.ValidationError(erasing.NobodyNamed.message, code="required")
        return attrs


@with_examples(ERASURE)
class ErasureSerializer(serializers.ModelSerializer[Erasure]):
    who = serializers.CharField(
        source="hint", help_text="Masked: what it was is not kept, but as keyed hashes."
    )
    counts = Counts(help_text="How many rows of what; kinds with none are left out.")
    by = serializers.CharField(
        source="by_id", allow_null=True, help_text="The user's id; null where a key was used."
    )

    class Meta:
        model = Erasure
        fields = ("id", "who", "counts", "by", "created_at")


@with_examples(PREVIEW)
class PreviewSerializer(serializers.Serializer[Preview]):
    phones = serializers.ListField(
        child=serializers.CharField(),
        source="subject.phones",
        help_text="Numbers that count as theirs: what was asked for, and what the account knows.",
    )
    emails = serializers.ListField(child=serializers.CharField(), source="subject.emails")
    names = serializers.ListField(child=serializers.CharField(), source="subject.names")
    counts = Counts(help_text="What would be erased now.")
    erased_before = serializers.SerializerMethodField(
        help_text="Ids of earlier receipts of the same number or address."
    )

    def get_erased_before(self, preview: Preview) -> list[str]:
        return [receipt.pk for receipt in preview.before]


class Erasures(ApiViewSet):
    queryset = Erasure.objects.all()
    serializer_class = ErasureSerializer
    read_scope = Scope.ADMIN

    def list(self, request: Request) -> Response:
        """List erasures

        The receipts of all people whom the account has erased, the newest first.
        """
        return self.page(self.get_queryset())

    @extend_schema(request=WhoSerializer, responses={201: ErasureSerializer})
    def create(self, request: Request) -> Response:
        """Erase a person

        Erases whoever has this number or address, or both, from the account: the people list,
        invitations, calls, recordings in which they can be heard, messages and texts that name
        them. It cannot be undone; ask for a preview first. What the account knows to be theirs
        too, as the phone that belongs to an e-mail, counts as well. All or nothing: 409 where they
        are on the line, or a member. Asked for again, it erases what has come since.
        """
        who = self.caller
        by = who.membership.user if who.membership else None
        receipt = _or_conflict(lambda: erasing.erase(who.account, **self._who(), by=by))
        return Response(ErasureSerializer(receipt).data, status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read an erasure

        The receipt: who, masked, what was erased, by whom and when.
        """
        return self.one(self.get_object())

    @extend_schema(request=WhoSerializer, responses=PreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Preview an erasure

        Who is meant and what would be erased; nothing is. 409 where it would be refused now.
        """
        found = _or_conflict(lambda: erasing.preview(self.caller.account, **self._who()))
        return Response(PreviewSerializer(found).data)

    def _who(self) -> dict[str, str]:
        body = WhoSerializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        given: dict[str, str] = body.validated_data
        return given


def _or_conflict(do: Callable[[], Done]) -> Done:
    try:
        return do()
    except erasing.Refused as refused:
        raise Problem("conflict", str(refused)) from refused
