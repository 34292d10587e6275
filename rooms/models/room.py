"""Rooms: durable places that an account owns."""

import secrets
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account
from rooms.ids import IdField
from rooms.models.pins import check_pin, check_pins, new_host_pin
from rooms.text import check_one_line

if TYPE_CHECKING:
    from rooms.models.numbers import PhoneNumber

MOST_BEFORE = 24 * 60  # minutes that a room may open before a meeting
MOST_ALONE = 240  # minutes that a room lets somebody wait alone
MOST_DAYS = 3650  # that a recording is kept


def new_public_token() -> str:
    """128 random bits for the address of a room's public page."""
    return secrets.token_urlsafe(16)


class RoomQuerySet(models.QuerySet["Room"]):
    def active(self) -> "RoomQuerySet":
        return self.filter(archived_at=None)

    def archived(self) -> "RoomQuerySet":
        return self.exclude(archived_at=None)

    def locked(self, *, if_free: bool = False) -> "RoomQuerySet":
        """For a change of the room's state: the row is held until the transaction ends.

        Rows that point to the room, such as notices about it, can be written meanwhile. With
        `if_free` a room that somebody else holds is left out, and not waited for.
        """
        return self.select_for_update(of=("self",), no_key=True, skip_locked=if_free)


class Room(models.Model):
    """A place to meet by phone. `access_code` is None once the room is archived."""

    class AfterHosts(models.TextChoices):
        GO_ON = "go_on", _("the others go on")
        END = "end", _("the call ends after two minutes")

    class Announcements(models.TextChoices):
        OFF = "off", _("nothing is heard")
        CHIME = "chime", _("a chime is heard")
        NAMES = "names", _("names are said")

    id = IdField("rm")
    # Its index is `rooms_of_an_account`.
    account = models.ForeignKey(Account, models.CASCADE, related_name="rooms", db_index=False)
    name = models.CharField(_("name"), max_length=100, validators=[check_one_line])
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=settings.VOICE_LANGUAGES,
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
    host_pin = models.CharField(
        _("host PIN"),
        max_length=10,
        default=new_host_pin,
        validators=[check_pin],
        help_text=_(
            "Makes a host of whoever keys it: after the code and a star, or where a PIN is asked."
        ),
    )
    guest_pin = models.CharField(
        _("guest PIN"),
        max_length=10,
        blank=True,
        validators=[check_pin],
        help_text=_("Empty: guests need the room code alone."),
    )
    waits_for_host = models.BooleanField(
        _("guests wait for a host"),
        default=False,
        help_text=_("They hear music until a host is there."),
    )
    after_hosts = models.CharField(
        _("when the last host leaves"),
        max_length=8,
        choices=AfterHosts.choices,
        default=AfterHosts.GO_ON,
    )
    asks_when_alone = models.BooleanField(
        _("the first caller presses 1"),
        default=False,
        help_text=_("So that no answering machine holds the line at your cost."),
    )
    alone_minutes = models.PositiveSmallIntegerField(
        _("longest wait"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ALONE)],
        help_text=_("Minutes that a caller may be alone, or wait for a host."),
    )
    known_callers = models.BooleanField(
        _("known callers press 1"),
        default=False,
        help_text=_(
            "Instead of keying the code, for numbers that are invited or on the people list, and "
            "for who dropped out minutes ago. Numbers can be forged: it never makes a host."
        ),
    )
    announcements = models.CharField(
        _("when somebody comes or goes"),
        max_length=8,
        choices=Announcements.choices,
        default=Announcements.CHIME,
    )
    records = models.BooleanField(
        _("record every conference"), default=False, help_text=_("Everybody is told on entering.")
    )
    recording_days = models.PositiveSmallIntegerField(
        _("keep recordings"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("Days after which a recording is deleted."),
    )
    shown_numbers: "models.ManyToManyField[PhoneNumber, models.Model]" = models.ManyToManyField(
        "PhoneNumber",
        blank=True,
        related_name="shown_by",
        verbose_name=_("numbers to show"),
        help_text=_("None chosen: all that lead here."),
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
    people_waiting = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("For a host; they are not among those in.")
    )
    hosts_in = models.PositiveIntegerField(default=0, editable=False)
    locked = models.BooleanField(default=False, editable=False)
    begun = models.BooleanField(
        default=False, editable=False, help_text=_("Nobody needs to wait for a host any more.")
    )
    alone_since = models.DateTimeField(null=True, editable=False)
    # Without an index: a join writes to each of them, and nobody looks rooms up by it.
    recording = models.ForeignKey(
        "conferences.Recording",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    announce_due_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When those in the room hear who came and went.")
    )
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
                fields=["account"],
                name="rooms_with_known_callers",
                condition=models.Q(known_callers=True),
            ),
            models.Index(
                fields=["presence_due_at"],
                name="rooms_with_untold_presence",
                condition=models.Q(presence_due_at__isnull=False),
            ),
            models.Index(
                fields=["announce_due_at"],
                name="rooms_to_announce_in",
                condition=models.Q(announce_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def people_there(self) -> int:
        """How many are on the line, in or waiting."""
        return self.people_in + self.people_waiting

    def clean(self) -> None:
        """Raises ValidationError."""
        check_pins(self.host_pin, self.guest_pin, self.personal_pins)
