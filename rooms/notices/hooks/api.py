"""The API's webhook endpoints: where an account wants to be told of events."""

import datetime as dt
from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.notices.hooks import endpoints
from rooms.notices.hooks.api_deliveries import WebhookDeliverySerializer
from rooms.notices.hooks.api_examples import ENDPOINT, MADE_ENDPOINT, NEW_ENDPOINT
from rooms.notices.hooks.events import TYPES
from rooms.notices.hooks.models import WebhookEndpoint
from rooms.rest.parsing import NoFields, Strict
from rooms.rest.refusals import refusals
from rooms.rest.views import ApiViewSet

Off = WebhookEndpoint.Off


@with_examples(ENDPOINT, NEW_ENDPOINT)
class WebhookEndpointSerializer(Strict, serializers.ModelSerializer[WebhookEndpoint]):
    url = serializers.CharField(
        max_length=500, help_text="Where your program listens: an address with https."
    )
    event_types = serializers.ListField(
        child=serializers.ChoiceField([(name, one.label) for name, one in TYPES.items()]),
        required=False,
        help_text="What it is told of; empty for all, also events that are added later.",
    )
    enabled = serializers.BooleanField(
        required=False,
        help_text="False: nothing is sent to it, and what happens meanwhile is not told later. It "
        "is switched off by itself where nothing arrived for days.",
    )
    disabled_why = serializers.SerializerMethodField(help_text="Null while it is on.")
    previous_secret_until = serializers.SerializerMethodField(
        help_text="Until when the secret before the last rotation signs too; null where none does."
    )
    made_by = serializers.CharField(
        source="made_by_id", read_only=True, allow_null=True, help_text="The user's id."
    )

    class Meta:
        model = WebhookEndpoint
        fields = [
            *("id", "url", "description", "event_types", "enabled"),
            *("disabled_at", "disabled_why", "failing_since"),
            *("previous_secret_until", "made_by", "created_at"),
        ]
        read_only_fields = ("disabled_at", "failing_since", "created_at")
        extra_kwargs = {
            "description": {"help_text": "For you."},
            "disabled_at": {"help_text": "Null while it is on."},
            "failing_since": {"help_text": "Null where the last delivery arrived."},
        }

    def validate_url(self, url: str) -> str:
        return endpoints.check_url(url)

    def validate_event_types(self, names: list[str]) -> list[str]:
        return [name for name in TYPES if name in set(names)]

    @extend_schema_field(serializers.ChoiceField(Off.choices, allow_null=True))
    def get_disabled_why(self, endpoint: WebhookEndpoint) -> str | None:
        return endpoint.disabled_why or None

    def get_previous_secret_until(self, endpoint: WebhookEndpoint) -> dt.datetime | None:
        signs = endpoint.signs_with_previous(timezone.now())
        return endpoint.previous_until if signs else None


@with_examples(MADE_ENDPOINT, NEW_ENDPOINT)
class NewWebhookEndpointSerializer(WebhookEndpointSerializer):
    enabled = serializers.BooleanField(read_only=True)
    secret = serializers.SerializerMethodField(
        help_text="What signs each delivery, as the Standard Webhooks libraries take it. Shown "
        "this once."
    )

    class Meta(WebhookEndpointSerializer.Meta):
        fields = [*WebhookEndpointSerializer.Meta.fields, "secret"]

    def get_secret(self, _endpoint: WebhookEndpoint) -> str:
        return cast(str, self.context["secret"])


class WebhookEndpoints(ApiViewSet):
    queryset = WebhookEndpoint.objects.all()
    serializer_class = WebhookEndpointSerializer
    read_scope = Scope.ADMIN

    def list(self, request: Request) -> Response:
        """List webhook endpoints

        Where the account is told of events, the newest first, those that are off among them.
        """
        return self.page(self.get_queryset())

    @extend_schema(request=NewWebhookEndpointSerializer, responses=NewWebhookEndpointSerializer)
    def create(self, request: Request) -> Response:
        """Make a webhook endpoint

        From now on it is told of what happens. The answer holds the secret that signs, which cannot
        be had again.
        """
        given = NewWebhookEndpointSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        given.is_valid(raise_exception=True)
        with refusals():
            made, secret = endpoints.make(
                self.caller.account, by=asker(request), **given.validated_data
            )
        return self._with_secret(made, secret, 201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a webhook endpoint

        What it is told of, and whether that arrives.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a webhook endpoint

        Sets the fields that are given and leaves the others alone; `enabled` switches it off and on
        again.
        """
        endpoint: WebhookEndpoint = self.get_object()
        changes = self.checked(endpoint)
        enabled = changes.pop("enabled", endpoint.enabled)
        with refusals(), transaction.atomic():
            endpoints.change(endpoint, **changes)
            if enabled and not endpoint.enabled:
                endpoints.switch_on(endpoint)
            elif endpoint.enabled and not enabled:
                endpoints.switch_off(endpoint, Off.BY_MEMBER)
        return self.one(self.get_object())

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a webhook endpoint

        With the log of its deliveries; what waits is not sent any more.
        """
        endpoints.remove(self.get_object())
        return Response(status=204)

    @extend_schema(request=NoFields, responses=NewWebhookEndpointSerializer)
    @action(detail=True, methods=["post"])
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Give an endpoint a new secret

        The answer holds it, and it cannot be had again. For 24 hours the old one signs too, so that
        your program can be changed without missing anything.
        """
        self.check_empty()
        endpoint: WebhookEndpoint = self.get_object()
        secret = endpoints.rotate(endpoint)
        return self._with_secret(self.get_object(), secret, 200)

    @extend_schema(request=NoFields, responses={201: WebhookDeliverySerializer})
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: str) -> Response:
        """Try an endpoint

        Sends it an event of the type `ping`, whatever it is told of. Read the delivery to see what
        it answered.
        """
        self.check_empty()
        with refusals():
            delivery = endpoints.ping(self.get_object())
        return Response(WebhookDeliverySerializer(delivery).data, status=201)

    def _with_secret(self, endpoint: WebhookEndpoint, secret: str, status: int) -> Response:
        context = {**self.get_serializer_context(), "secret": secret}
        shown: Any = NewWebhookEndpointSerializer(endpoint, context=context).data
        return Response(shown, status=status)
