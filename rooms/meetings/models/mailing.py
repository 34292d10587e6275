"""One act of writing to the invitees of a meeting."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import User
from rooms.ids import IdField
from rooms.meetings.models.invitee import Invitee
from rooms.meetings.models.meeting import Meeting, Occurrence


class Mailing(models.Model):
    """Invitations, an update or a cancellation, on their way to one or to all.

    A sweep writes its notices in steps, invitees in the order of their ids, and `written_up_to` is
    the last it has reached; `finished_at` when there is none left to write. One that was stopped
    writes no more, and what it has not sent yet is skipped. `occurrence` is set where one single
    time was moved or cancelled.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        UPDATE = "update", _("update")
        CANCELLATION = "cancellation", _("cancellation")

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("SMS")

    class Audience(models.TextChoices):
        ALL = "all", _("everybody")
        NEW = "new", _("those not invited yet")
        ONE = "one", _("one person")

    id = IdField("ml")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="mailings")
    kind = models.CharField(_("what"), max_length=16, choices=Kind.choices)
    channel = models.CharField(
        _("channel"), max_length=8, choices=Channel.choices, default=Channel.EMAIL
    )
    audience = models.CharField(
        _("to"), max_length=8, choices=Audience.choices, default=Audience.ALL
    )
    invitee = models.ForeignKey(Invitee, models.CASCADE, null=True, related_name="+")
    occurrence = models.ForeignKey(Occurrence, models.CASCADE, null=True, related_name="+")
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    written_up_to = models.CharField(max_length=32, blank=True, editable=False)
    finished_at = models.DateTimeField(_("all written"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_why = models.CharField(_("why"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ("-created_at", "-id")
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                name="mailings_to_write",
                condition=models.Q(finished_at__isnull=True, stopped_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.meeting_id}"
