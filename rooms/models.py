"""Rooms: durable places that an account owns, and the numbers and codes that lead to them."""

import datetime as dt
import secrets
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account
from rooms.ids import IdField
from rooms.text import check_one_line

MOST_BEFORE = 24 * 60  # minutes that a room may open before a meeting


def new_public_token() -> str:
    """128 random bits for the address of a room's public page."""
    return secrets.token_urlsafe(16)


class RoomQuerySet(models.QuerySet["Room"]):
    def active(self) -> "RoomQuerySet":
        return self.filter(archived_at=None)

    def archived(self) -> "RoomQuerySet":
        return self.exclude(archived_at=None)

    def locked(self) -> "RoomQuerySet":
        """For a change of the room's state: the row is held until the transaction ends.

        Rows that point to the room, such as notices about it, can be written meanwhile.
        """
        return self.select_for_update(of=("self",), no_key=True)


class Room(models.Model):
    """A place to meet by phone. `access_code` is None once the room is archived."""

    id = IdField("rm")
    account = models.ForeignKey(Account, models.CASCADE, related_name="rooms")
    name = models.CharField(_("name"), max_length=100, validators=[check_one_line])
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        help_text=_("What callers hear is spoken in this language."),
    )
    greeting = models.CharField(
        _("greeting"),
        max_length=300,
        blank=True,
        help_text=_("Spoken to everybody who enters, before they join the others."),
    )
    opens_before = models.PositiveSmallIntegerField(
        _("opens before meetings"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_BEFORE)],
        help_text=_(
            "Minutes before a meeting from which callers are let in, until the meeting is over. "
            "Empty: always open."
        ),
    )
    personal_pins = models.BooleanField(
        _("personal PINs"),
        default=False,
        help_text=_(
            "After the room code everybody keys a PIN of their own, which their invitation tells. "
            "Taking somebody off a meeting's list shuts them out, and nobody else."
        ),
    )
    access_code = models.CharField(  # noqa: DJ001 (null, not "": two archived rooms have none)
        _("access code"), max_length=20, unique=True, null=True, editable=False
    )
    public_token = models.CharField(
        max_length=32, unique=True, default=new_public_token, editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    # Who is on the line, kept on this row so that the one row lock of a join reads and writes it.
    open_conference = models.OneToOneField(
        "conferences.Conference", models.SET_NULL, null=True, editable=False, related_name="+"
    )
    people_in = models.PositiveIntegerField(default=0, editable=False)
    live_version = models.PositiveBigIntegerField(
        default=0, editable=False, help_text=_("Rises with every change that a live page shows.")
    )
    presence_due_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When joins and leaves not yet told are to be told.")
    )

    objects: ClassVar[RoomQuerySet] = RoomQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ("name", "id")
        indexes: ClassVar = [
            models.Index(fields=["account", "name", "id"], name="rooms_of_an_account"),
            models.Index(Length("access_code"), name="live_codes_by_length"),
            models.Index(
                fields=["presence_due_at"],
                name="rooms_with_untold_presence",
                condition=models.Q(presence_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


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
    """A number that people dial; one with a room of its own asks for no code."""

    number = models.CharField(_("number"), max_length=16, primary_key=True, help_text=_("E.164"))
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
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
