"""The minutes of one stay."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account
from rooms.conferences.models.participant import Participant
from rooms.models import Room


class UsageRecord(models.Model):
    """The minutes of one stay; written once when it ends.

    `carrier_cost` is what the carrier charged for the call, in euros; None until it was told, and
    filled in once. A stay may cross midnight or a month's end: usage.py gives each its part.
    """

    participant = models.OneToOneField(
        Participant, models.PROTECT, primary_key=True, related_name="usage"
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="usage")
    room = models.ForeignKey(Room, models.PROTECT, related_name="usage")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"))
    seconds = models.PositiveIntegerField(_("seconds in the room"))
    carrier_cost = models.DecimalField(
        _("carrier's charge"), max_digits=12, decimal_places=8, null=True
    )

    class Meta:
        verbose_name = _("usage record")
        verbose_name_plural = _("usage records")
        indexes: ClassVar = [
            models.Index(fields=["account", "ended_at"], name="usage_of_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.seconds} s"
