"""Sounds that an account has uploaded, to be played into its rooms."""

import secrets
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account, User
from rooms.ids import IdField
from rooms.text import check_one_line


def new_token() -> str:
    """192 random bits for the address from which the carrier fetches a sound."""
    return secrets.token_urlsafe(24)


class SoundQuerySet(models.QuerySet["Sound"]):
    def kept(self) -> "SoundQuerySet":
        return self.filter(deleted_at=None)


class Sound(models.Model):
    """A WAV (16 bit) or MP3 file. `file` is a name in the storage for recordings.

    The carrier shows no key when it fetches a sound, so whoever knows `token` may hear it. One that
    is deleted loses its row when its file is gone.
    """

    id = IdField("so")
    account = models.ForeignKey(Account, models.CASCADE, related_name="sounds")
    name = models.CharField(_("name"), max_length=100, validators=[check_one_line])
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    file = models.CharField(max_length=100, editable=False)
    content_type = models.CharField(_("kind"), max_length=32, editable=False)
    size = models.PositiveIntegerField(_("size"), editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)

    objects: ClassVar[SoundQuerySet] = SoundQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("sound")
        verbose_name_plural = _("sounds")
        ordering = ("name", "id")
        indexes: ClassVar = [
            models.Index(fields=["account", "name", "id"], name="sounds_of_an_account"),
            models.Index(
                fields=["deleted_at"],
                name="sounds_to_erase",
                condition=models.Q(deleted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
