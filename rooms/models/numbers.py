"""The codes and phone numbers that lead to rooms."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms import phones
from rooms.accounts import countries
from rooms.accounts.models import Account
from rooms.models.room import Room


class AccessCode(models.Model):
    """The ledger of every code that was given out; `code` is unique in it, whatever races."""

    QUARANTINE = dt.timedelta(days=90)

    code = models.CharField(_("access code"), max_length=20, primary_key=True)
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField(_("given out"), auto_now_add=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("access code")
        verbose_name_plural = _("access codes")

    def __str__(self) -> str:
        return self.code


class PhoneNumber(models.Model):
    """A number that people dial; one with a room of its own asks for no code.

    One of an account leads to that account's rooms alone. `country` is ISO 3166, two letters.
    """

    number = models.CharField(_("number"), max_length=16, primary_key=True, help_text=_("E.164"))
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=settings.VOICE_LANGUAGES,
        blank=True,
        help_text=_("What is spoken until the room is known. Empty: that of the number's country."),
    )
    country = models.CharField(_("country"), max_length=2, blank=True)
    label = models.CharField(
        _("label"), max_length=60, blank=True, help_text=_("Such as the city, or “toll free”.")
    )
    account = models.ForeignKey(
        Account,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="numbers",
        help_text=_("Only for a number that leads to the rooms of one account."),
    )
    room = models.ForeignKey(
        Room,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="numbers",
        help_text=_("Only for a number that leads to one room, without a code."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        ordering = ("number",)

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **options: Any) -> None:
        self.language = self.language or countries.spoken_in(phones.country(self.number))
        super().save(*args, **options)
