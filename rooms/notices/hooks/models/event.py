"""What happened, as it is told."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account
from rooms.conferences.models import Conference
from rooms.ids import IdField


class WebhookEvent(models.Model):
    """One thing that happened; written in the transaction in which it did.

    `key` is unique in the account, so that a thing is told once. Of what happens in a conference,
    `sequence` counts from 1 without a gap, in the order in which it happened. `data` is the thing
    as the API shows it at that moment, its numbers masked. An account that has no endpoint writes
    none.
    """

    id = IdField("ev")
    account = models.ForeignKey(Account, models.CASCADE, related_name="webhook_events")
    type = models.CharField(_("what"), max_length=40)
    key = models.CharField(max_length=120, editable=False)
    conference = models.ForeignKey(
        Conference, models.CASCADE, null=True, editable=False, related_name="webhook_events"
    )
    sequence = models.PositiveIntegerField(_("sequence"), null=True, editable=False)
    data = models.JSONField(_("data"), default=dict)
    created_at = models.DateTimeField(_("happened"), default=timezone.now)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "key"], name="one_event_about_a_thing"),
            models.UniqueConstraint(
                fields=["conference", "sequence"], name="one_event_a_place_in_a_conference"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="webhook_events_by_age")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
