"""The API's log of webhooks: what was sent where, and what was answered."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.notices.hooks import endpoints, events
from rooms.notices.hooks.api_examples import ATTEMPT, DELIVERY, TOLD_DELIVERY
from rooms.notices.hooks.models import (
    DeliveryAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from rooms.rest.given import chosen, named
from rooms.rest.parsing import NoFields
from rooms.rest.refusals import refusals
from rooms.rest.views import ApiViewSet

Status = WebhookDelivery.Status


@with_examples(DELIVERY)
class WebhookDeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    endpoint = serializers.CharField(source="endpoint_id", help_text="The endpoint's id.")
    event = serializers.CharField(
        source="event_id", help_text="The event's id, which the header webhook-id holds too."
    )
    event_type = serializers.CharField(
        source="event.type", help_text="What happened; `ping` where the endpoint was tried."
    )
    due_at = serializers.SerializerMethodField(
        help_text="When it is tried next; null unless it is pending."
    )

    class Meta:
        model = WebhookDelivery
        fields = [
            *("id", "endpoint", "event", "event_type", "status", "tries", "due_at"),
            *("created_at", "delivered_at"),
        ]
        extra_kwargs = {
            "tries": {"help_text": "Since it was last asked for."},
            "delivered_at": {"help_text": "When it was answered with 2xx."},
        }

    def get_due_at(self, delivery: WebhookDelivery) -> dt.datetime | None:
        return delivery.due_at if delivery.status == Status.PENDING else None


@with_examples(ATTEMPT)
class DeliveryAttemptSerializer(serializers.ModelSerializer[DeliveryAttempt]):
    request_headers = serializers.DictField(child=serializers.CharField())
    response_headers = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = DeliveryAttempt
        fields = [
            *("id", "at", "milliseconds", "request_headers", "request_body"),
            *("status_code", "response_headers", "response_body", "error"),
        ]
        extra_kwargs = {
            "milliseconds": {"help_text": "How long the answer took."},
            "status_code": {"help_text": "Null where nothing was answered."},
            "response_body": {"help_text": "Its beginning."},
            "error": {"help_text": "Why nothing was answered, in English; else empty."},
        }


@with_examples(TOLD_DELIVERY)
class ToldDeliverySerializer(WebhookDeliverySerializer):
    body = serializers.SerializerMethodField(help_text="What is sent, as a text.")
    attempts = DeliveryAttemptSerializer(many=True, help_text="The oldest first.")

    class Meta(WebhookDeliverySerializer.Meta):
        fields = [*WebhookDeliverySerializer.Meta.fields, "body", "attempts"]

    def get_body(self, delivery: WebhookDelivery) -> str:
        return events.body_of(delivery.event)


class WebhookDeliveries(ApiViewSet):
    queryset = WebhookDelivery.objects.select_related("event")
    serializer_class = WebhookDeliverySerializer
    account_path = "endpoint__account"
    read_scope = Scope.ADMIN

    @extend_schema(
        parameters=[
            OpenApiParameter("endpoint", str, description="Only those to this endpoint."),
            OpenApiParameter("event", str, description="Only those of this event, by its id."),
            OpenApiParameter("status", enum=Status.values, description="Only these."),
        ],
        responses={200: WebhookDeliverySerializer(many=True), 404: OpenApiResponse()},
    )
    def list(self, request: Request) -> Response:
        """List webhook deliveries

        What was sent to the account's endpoints in the last 30 days, the newest first.
        """
        return self.page(*self._asked_for())

    def _asked_for(self) -> Iterator[QuerySet[Any]]:
        """What the query asks for, of each endpoint on its own, so that an index sorts it."""
        found = self.get_queryset()
        if event := self._named(WebhookEvent, "event"):
            found = found.filter(event=event)
        if status := chosen(self.request, "status", Status.values):
            found = found.filter(status=status)
        one = self._named(WebhookEndpoint, "endpoint")
        every = WebhookEndpoint.objects.filter(account=self.caller.account)
        for endpoint in [one] if one else every:
            yield found.filter(endpoint=endpoint)

    def _named(self, model: Any, parameter: str) -> Any:
        """The thing whose id the query gives, if it does; 404 where it is not the account's."""
        rows = model.objects.filter(account=self.caller.account)
        return named(self.request, parameter, rows)

    @extend_schema(responses=ToldDeliverySerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a webhook delivery

        With what is sent and every attempt: the request, the answer, and how long it took.
        """
        found = self.get_object()
        return Response(ToldDeliverySerializer(found, context=self.get_serializer_context()).data)

    @extend_schema(request=NoFields, responses=WebhookDeliverySerializer)
    @action(detail=True, methods=["post"])
    def send_again(self, request: Request, pk: str) -> Response:
        """Send a webhook delivery again

        The same event with the same id and body, at once and with all its tries before it, whether
        it arrived before or not. One that waits, or whose endpoint is off, is refused with 409.
        """
        self.check_empty()
        with refusals():
            endpoints.send_again(self.get_object())
        return self.one(self.get_object())
