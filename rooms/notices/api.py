"""The API's notices, and which of them a member wants."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts.models import Membership, Scope
from rooms.api_examples import NOTICE, with_examples
from rooms.notices import delivery
from rooms.notices.models import Notice
from rooms.rest.parsing import NoFields, Strict
from rooms.rest.problem import Problem, wrong_parameter
from rooms.rest.views import ApiViewSet


@with_examples(NOTICE)
class NoticeSerializer(serializers.ModelSerializer[Notice]):
    room = serializers.CharField(source="room_id", allow_null=True, help_text="The room's id.")
    recipient = serializers.CharField(source="recipient_id", help_text="The user's id.")
    address = serializers.SerializerMethodField(
        help_text="Where it goes; a phone number is masked unless the key has the scope control "
        "or admin."
    )

    class Meta:
        model = Notice
        fields = [
            "id",
            "room",
            "recipient",
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
        ]
        extra_kwargs = {
            "due_at": {"help_text": "When it is sent, or tried again."},
            "error": {"help_text": "Why the last try failed; empty if it did not."},
        }

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
        status = request.query_params.get("status", "")
        if status and status not in Notice.Status.values:
            what = {"words": ", ".join(Notice.Status.values)}
            raise wrong_parameter("status", _("Give one of: %(words)s.") % what)
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


class NoticePreferencesSerializer(Strict, serializers.ModelSerializer[Membership]):
    class Meta:
        model = Membership
        fields = ("presence_by_email", "presence_by_sms")
        extra_kwargs = {
            "presence_by_email": {"help_text": "Joins and leaves, by e-mail."},
            "presence_by_sms": {"help_text": "Joins and leaves, by SMS to your verified phone."},
        }

    def validate_presence_by_sms(self, wanted: bool) -> bool:
        if wanted and self.instance and not self.instance.user.phone:
            raise serializers.ValidationError(
                _("Verify your phone on the site first."), code="no_phone"
            )
        return wanted


class NoticePreferences(ApiViewSet):
    """One's own, so whoever is logged in may set them, and a key may not."""

    queryset = Membership.objects.select_related("user")
    serializer_class = NoticePreferencesSerializer
    session_only = True
    write_scope = Scope.READ

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(pk=self.caller.id)

    def get_object(self) -> Membership:
        membership: Membership = self.get_queryset().get()
        return membership

    def retrieve(self, request: Request) -> Response:
        """Read your notice preferences

        Which notices you want and where they go. They belong to a person, so a key gets 403.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request) -> Response:
        """Change your notice preferences

        Sets the fields that are given and leaves the others alone. SMS need a verified phone.
        """
        membership = self.get_object()
        checked = self.checked(membership)
        for field, value in checked.items():
            setattr(membership, field, value)
        membership.save(update_fields=list(checked))
        return self.one(membership)
