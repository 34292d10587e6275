"""The operator's view of outgoing webhooks: whether they arrive, not what they say.

An address may hold a token and a secret signs, so an endpoint shows its host alone and nothing
has a page of its own.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.admin import LookOnly
from rooms.notices.hooks.models import (
    DeliveryAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from rooms.notices.hooks.templatetags.webhooks import host


class ListOnly(LookOnly):
    list_display_links = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_view_permission(request)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ListOnly):
    list_display = ("id", "host", "account", "created_at", "failing_since", "disabled_at")
    list_select_related = ("account",)
    list_filter = ("disabled_why",)
    search_fields = ("=id", "=account__id")

    @admin.display(description=_("host"))
    def host(self, endpoint: WebhookEndpoint) -> str:
        return host(endpoint.url)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ListOnly):
    list_display = ("id", "type", "account", "conference_id", "sequence", "created_at")
    list_select_related = ("account",)
    search_fields = ("=id", "=account__id", "=conference__id")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ListOnly):
    list_display = ("id", "endpoint_id", "event_id", "status", "tries", "due_at", "delivered_at")
    list_filter = ("status",)
    search_fields = ("=id", "=endpoint__id", "=event__id")


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(ListOnly):
    list_display = ("at", "delivery_id", "status_code", "milliseconds", "error")
    search_fields = ("=delivery__id",)
