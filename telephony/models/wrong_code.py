"""Codes and PINs that were wrong."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models import Room


class WrongCode(models.Model):
    """A code that is no room's, or with `room` that a PIN is nobody's there; kept for a week.

    `caller` is E.164, or empty where the number was withheld. `looked_at` says that the sweep has
    compared it with the codes of rooms (telephony/guess_news.py).
    """

    id = models.BigAutoField(primary_key=True)
    call = models.CharField(_("call"), max_length=64)
    caller = models.CharField(_("from"), max_length=16, blank=True)
    digits = models.CharField(_("digits"), max_length=20)
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_index=True)
    looked_at = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("wrong code")
        verbose_name_plural = _("wrong codes")
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="wrong_codes_to_look_at",
                condition=models.Q(looked_at=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.at:%F %T}"


class NearGuess(models.Model):
    """A wrong code that was nearly a room's, or a wrong PIN at the room: one row for each room."""

    id = models.BigAutoField(primary_key=True)
    wrong = models.ForeignKey(WrongCode, models.CASCADE, related_name="near")
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("near guess")
        verbose_name_plural = _("near guesses")
        indexes: ClassVar = [models.Index(fields=["room", "at"], name="near_guesses_of_a_room")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wrong", "room"], name="one_near_guess_per_room"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.at:%F %T}"
