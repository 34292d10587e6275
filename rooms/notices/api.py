"""The API's notices: what was told to whom."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts.models import Scope
from rooms.api_examples import NOTICE, with_examples
from rooms.notices import delivery
from rooms.notices.models import Notice
from rooms.rest.given import chosen
from rooms.rest.parsing import NoFields
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet


@with_examples(NOTICE)
class NoticeSerializer(serializers.ModelSerializer[Notice]):
    room = serializers.CharField(source="room_id", allow_null=True, help_text="The room's id.")
    recipient = serializers.CharField(
        source="recipient_id", allow_null=True, help_text="The user's id; null if not a member."
    )
    invitee = serializers.CharField(
        source="invitee_id", allow_null=True, help_text="The invitee's id, for meetings."
    )
    address = serializers.SerializerMethodField(
        help_text="Where it goes; a phone number is masked unless the key has the scope control "
        "or admin."
    )

    text = serializers.SerializerMethodField(
        help_text="What it says. Empty before it is written, and for what invitees get unless the "
        "key has the scope meetings or admin: it tells their PIN and page."
    )

    class Meta:
        model = Notice
        fields = [
            "id",
            "room",
            "recipient",
            "invitee",
            "kind",
            "channel",
            "address",
            "subject",
            "text",
            "status",
            "due_at",
            "attempts",
            "error",
            "created_at",
            "sent_at",
            "delivered_at",
        ]
        extra_kwargs = {
            "due_at": {"help_text": "When it is sent, or tried again."},
            "error": {"help_text": "Why the last try failed, or why it was not sent; else empty."},
            "delivered_at": {"help_text": "When an SMS arrived, as far as the carrier tells."},
        }

    def get_text(self, notice: Notice) -> str:
        opens = self.context["caller"].scopes & {Scope.MEETINGS, Scope.ADMIN}
        return "" if notice.kind in Notice.FOR_INVITEES and not opens else notice.text

    def get_address(self, notice: Notice) -> str:
        whole = self.context["caller"].sees_whole_numbers
        if whole or notice.channel != Notice.Channel.SMS:
            return notice.address
        return phones.masked(notice.address)


class Notices(ApiViewSet):
    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    write_scope = Scope.ROOMS

    def get_queryset(self) -> QuerySet[Any]:
        """A key without the scope billing reads no notice about money, as an organizer does."""
        with_money = Scope.BILLING in self.caller.scopes
        return Notice.objects.of_account(self.caller.account, with_money=with_money)

    @extend_schema(
        parameters=[
            OpenApiParameter("status", enum=Notice.Status.values, description="Only these.")
        ]
    )
    def list(self, request: Request) -> Response:
        """List notices

        What was told to whom, the newest first. One that failed says why in `error`.
        """
        found = self.get_queryset()
        status = chosen(request, "status", Notice.Status.values)
        return self.page(found.filter(status=status) if status else found)

    @extend_schema(request=NoFields, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Try a failed notice again

        Puts it back into the outbox, to be sent at once, with all its tries before it. A notice
        that has not failed cannot be tried again.
        """
        self.check_empty()
        notice: Notice = self.get_object()
        if notice.status != Notice.Status.FAILED:
            raise Problem("conflict", _("Only a notice that failed can be tried again."))
        delivery.try_again(notice)
        return self.one(self.get_object())
