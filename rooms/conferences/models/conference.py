"""One live gathering in a room."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.ids import IdField
from rooms.models import Room


class Conference(models.Model):
    """One live gathering in a room, from the first join to the last leave.

    `ends_at` is when it ends because its last host has left, unless one comes back before.
    `carrier_conversation` is the carrier's own id of it, once its first participant has arrived.
    """

    id = IdField("cf")
    room = models.ForeignKey(Room, models.CASCADE, related_name="conferences")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    silenced = models.BooleanField(
        _("announcements off"), default=False, help_text=_("Nobody's coming or going is announced.")
    )
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True, editable=False)
    carrier_conversation = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        ordering = ("-started_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["room", "-started_at"], name="conferences_of_a_room"),
            models.Index(
                fields=["ends_at"],
                name="conferences_that_end",
                condition=models.Q(ended_at=None, ends_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["room"],
                condition=models.Q(ended_at=None),
                name="one_open_conference_per_room",
            ),
        ]

    def __str__(self) -> str:
        return self.id
