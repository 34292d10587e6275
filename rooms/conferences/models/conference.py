"""One live gathering in a room."""

from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account
from rooms.ids import IdField
from rooms.models import Room


class ConferenceQuerySet(models.QuerySet["Conference"]):
    def remembered(self) -> Self:
        """Those that the account's retention has not reached: what pages and API show."""
        return self.filter(forgotten_at=None)


class Conference(models.Model):
    """One live gathering in a room, from the first join to the last leave.

    `ends_at` is when it ends because its last host has left, unless one comes back before.
    `carrier_conversation` is the carrier's own id of it, once its first participant has arrived.
    `account` is the room's, which never changes, kept here so that an account's conferences are
    found in their order. `event_sequence` is the number of its last outgoing event. Of one that is
    `forgotten_at`, because the account keeps its history for so many days, nobody's number or name
    is kept, only the minutes; pages and API show it no more.
    """

    id = IdField("cf")
    account = models.ForeignKey(
        Account, models.CASCADE, editable=False, related_name="conferences", db_index=False
    )  # its index is `conferences_of_an_account`
    room = models.ForeignKey(Room, models.CASCADE, related_name="conferences")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    silenced = models.BooleanField(
        _("announcements off"), default=False, help_text=_("Nobody's coming or going is announced.")
    )
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True, editable=False)
    carrier_conversation = models.CharField(max_length=64, blank=True, editable=False)
    event_sequence = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    forgotten_at = models.DateTimeField(_("forgotten"), null=True, editable=False)

    objects: ClassVar[ConferenceQuerySet] = ConferenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        ordering = ("-started_at", "-id")
        indexes: ClassVar = [
            models.Index(
                fields=["account", "-started_at", "-id"], name="conferences_of_an_account"
            ),
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.account_id:
            self.account_id = self.room.account_id
        super().save(*args, **kwargs)
