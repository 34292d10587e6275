"""What happens in a room: conferences, the stays of their participants, and the minutes."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account
from rooms.ids import IdField
from rooms.models import Room


class Conference(models.Model):
    """One live gathering in a room, from the first join to the last leave."""

    id = IdField("cf")
    room = models.ForeignKey(Room, models.CASCADE, related_name="conferences")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        ordering = ("-started_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["room", "-started_at"], name="conferences_of_a_room")
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


class Participant(models.Model):
    """One stay of one caller in a conference; coming back is a new stay.

    `call` is the carrier's id of the phone connection. `caller` is E.164, or empty where the
    caller withheld the number. `invitee` is whom the PIN or the number told them to be, and `name`
    the name they are known by, as far as it is known. A stay counts from `joined_at`, when the
    caller was sent in; `confirmed_at` is when the carrier said so too.
    """

    id = IdField("pt")
    conference = models.ForeignKey(Conference, models.CASCADE, related_name="participants")
    room = models.ForeignKey(Room, models.CASCADE, related_name="participants")
    call = models.CharField(_("call"), max_length=64, db_index=True)
    caller = models.CharField(_("caller"), max_length=16, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True, db_default="")
    invitee = models.ForeignKey(
        "meetings.Invitee", models.SET_NULL, null=True, editable=False, related_name="stays"
    )
    joined_at = models.DateTimeField(_("joined"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    join_told = models.BooleanField(default=False, editable=False)
    leave_told = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ("joined_at", "id")
        indexes: ClassVar = [
            models.Index(fields=["room", "joined_at"], name="participants_of_a_room"),
            models.Index(
                fields=["room"], name="participants_in", condition=models.Q(left_at__isnull=True)
            ),
            models.Index(
                fields=["room"],
                name="participants_untold",
                condition=models.Q(join_told=False) | models.Q(leave_told=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call"], condition=models.Q(left_at=None), name="one_open_stay_per_call"
            ),
        ]

    def __str__(self) -> str:
        return self.id


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
