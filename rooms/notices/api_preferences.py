"""The API's notice preferences: which notices a member wants, where they go, and when."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.models import Membership, Scope
from rooms.api_examples import NOTICE_PREFERENCES, with_examples
from rooms.notices import preferences
from rooms.notices.models import Notice
from rooms.notices.preferences import CHANNELS, CHOICES, SMS
from rooms.rest.clocks import ClockOfSeconds
from rooms.rest.parsing import Strict
from rooms.rest.views import ApiViewSet


class NoticeChannelsSerializer(Strict):
    """A list of channels for each choice, by its name."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            choice.name: serializers.ListField(
                child=serializers.ChoiceField(Notice.Channel.choices),
                required=False,
                max_length=len(CHANNELS),
                help_text=f"{choice.label}.",
            )
            for choice in CHOICES
        }

    def to_representation(self, membership: Membership) -> dict[str, list[str]]:
        phone = membership.user.phone
        return {
            choice.name: [
                channel
                for channel in CHANNELS
                if channel in preferences.chosen(membership, choice) and (channel != SMS or phone)
            ]
            for choice in CHOICES
        }

    def validate(self, attrs: dict[str, list[str]]) -> dict[str, list[str]]:
        parent: Any = self.parent
        if not parent.instance.user.phone:
            why = _("Verify your phone on the site first.")
            refused = {
                name: [ErrorDetail(why, code="no_phone")]
                for name, channels in attrs.items()
                if SMS in channels
            }
            if refused:
                raise serializers.ValidationError(refused)
        return attrs


@with_examples(NOTICE_PREFERENCES)
class NoticePreferencesSerializer(Strict, serializers.ModelSerializer[Membership]):
    channels = NoticeChannelsSerializer(
        source="*",
        required=False,
        help_text="Where each kind of notice goes; an empty list turns it off. SMS go to your "
        "verified phone.",
    )

    quiet_from = ClockOfSeconds(
        required=False,
        allow_null=True,
        help_text="Local time in your zone from which notices that are not urgent wait.",
    )
    quiet_until = ClockOfSeconds(
        required=False,
        allow_null=True,
        help_text="Local time until which they wait; null with the other.",
    )

    class Meta:
        model = Membership
        fields = ("channels", "presence_minutes", "quiet_from", "quiet_until")
        extra_kwargs = {
            "presence_minutes": {
                "help_text": "For how long joins and leaves are gathered into one notice; 0 sends "
                "them at once."
            },
        }

    def to_internal_value(self, data: Any) -> Any:
        """What is checked keeps `channels` apart from the membership's own fields."""
        value = super().to_internal_value(data)
        names = {choice.name for choice in CHOICES}
        own = {field: one for field, one in value.items() if field not in names}
        return {**own, "channels": {name: value[name] for name in names & value.keys()}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start = attrs.get("quiet_from", self.instance and self.instance.quiet_from)
        end = attrs.get("quiet_until", self.instance and self.instance.quiet_until)
        if (start is None) != (end is None):
            raise serializers.ValidationError({"quiet_until": _("Give both times, or none.")})
        if start is not None and start == end:
            why = _("Quiet hours have to end at another time.")
            raise serializers.ValidationError({"quiet_until": why})
        return attrs


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

        Which notices you want, where they go and when. They belong to a person, so a key gets 403.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request) -> Response:
        """Change your notice preferences

        Sets the fields that are given, and of `channels` those that are given, and leaves the
        others alone. SMS need a verified phone.
        """
        membership = self.get_object()
        preferences.save(membership, **self.checked(membership))
        return self.one(membership)
