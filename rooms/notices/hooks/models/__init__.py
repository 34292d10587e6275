"""Endpoints, what happened, and what became of telling it."""

from rooms.notices.hooks.models.delivery import DeliveryAttempt, WebhookDelivery
from rooms.notices.hooks.models.endpoint import WebhookEndpoint
from rooms.notices.hooks.models.event import WebhookEvent

__all__ = ["DeliveryAttempt", "WebhookDelivery", "WebhookEndpoint", "WebhookEvent"]
