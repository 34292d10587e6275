"""Reminders that are due for one time of a meeting."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.ids import IdField
from rooms.meetings.models.meeting import Occurrence


class Reminder(models.Model):
    """One lead time of one occurrence by one channel; unique with the start that it was for.

    A sweep writes the notices of its invitees and marks it as written, or marks it as skipped and
    says why.
    """

    id = IdField("re")
    occurrence = models.ForeignKey(Occurrence, models.CASCADE, related_name="reminders")
    channel = models.CharField(_("channel"), max_length=8)
    minutes = models.PositiveIntegerField(_("minutes before the start"))
    starts_at = models.DateTimeField(_("for the start at"))
    written_at = models.DateTimeField(_("written"), null=True, blank=True)
    skipped_at = models.DateTimeField(_("skipped"), null=True, blank=True)
    skipped_why = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["occurrence", "channel", "minutes", "starts_at"],
                name="one_reminder_per_lead_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.occurrence_id} -{self.minutes} min by {self.channel}"
