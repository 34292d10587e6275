"""Telling one endpoint of one event: what is to be done, and what was tried."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms.ids import IdField
from rooms.notices.hooks.models.endpoint import WebhookEndpoint
from rooms.notices.hooks.models.event import WebhookEvent


class WebhookDelivery(models.Model):
    """PENDING is due at `due_at`, or is being tried by whoever set `claimed_until`.

    `tries` counts those since it was last asked for; `give_up_at` is when the last of them may be.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        DELIVERED = "delivered", pgettext_lazy("webhook", "delivered")
        FAILED = "failed", pgettext_lazy("webhook", "failed")

    id = IdField("wd")
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    claimed_until = models.DateTimeField(null=True, editable=False)
    give_up_at = models.DateTimeField(_("tried until"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="one_delivery_of_an_event_to_an_endpoint"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="webhook_deliveries_due",
                condition=models.Q(status="pending"),
            ),
            models.Index(fields=["endpoint", "-created_at"], name="deliveries_of_an_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"


class DeliveryAttempt(models.Model):
    """One request and what was answered. Of the answer, the beginning is kept.

    `status_code` is None where nothing was answered; `error` says why then, in English, and is
    translated where it is shown. The two bodies are texts.
    """

    id = IdField("wa")
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("tried"), default=timezone.now)
    milliseconds = models.PositiveIntegerField(_("took"), default=0)
    request_headers = models.JSONField(_("request's headers"), default=dict)
    request_body = models.TextField(_("request's body"))
    status_code = models.PositiveSmallIntegerField(_("status"), null=True)
    response_headers = models.JSONField(_("answer's headers"), default=dict)
    response_body = models.TextField(_("answer's body"), blank=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status_code or self.error}"
