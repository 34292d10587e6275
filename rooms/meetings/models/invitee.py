"""Who is invited to a meeting."""

import secrets
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models.people import check_time_zone
from rooms.ids import IdField
from rooms.meetings.models.meeting import Meeting
from rooms.models import Room
from rooms.text import check_one_line


def new_token() -> str:
    """128 random bits for the address of an invitee's join page."""
    return secrets.token_urlsafe(16)


class Reply(models.TextChoices):
    """What an invitee answered; the words are iCalendar's PARTSTAT in lower case."""

    NONE = "", _("no reply")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")


class InviteeQuerySet(models.QuerySet["Invitee"]):
    def invited(self) -> Self:
        """Those who were not taken off the list."""
        return self.filter(removed_at=None)


class Invitee(models.Model):
    """A person invited to a meeting.

    `email` is lower case, `phone` E.164, either may be empty but not both. An empty `language` or
    `time_zone` means the account's language and the meeting's zone. `pin` proves in a room with
    personal PINs who is calling, and is unique in the room. `token` opens the invitee's join page.
    Somebody who is taken off the list stays here, so that calendars can be told; their PIN and
    their page no longer work. The organizer is an invitee too.
    """

    id = IdField("iv")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="invitees")
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=100, blank=True, validators=[check_one_line])
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, validators=[check_time_zone]
    )
    pin = models.CharField(_("PIN"), max_length=12, editable=False)
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    is_organizer = models.BooleanField(_("organizer"), default=False)
    reply = models.CharField(_("reply"), max_length=8, choices=Reply.choices, blank=True)
    replied_at = models.DateTimeField(_("replied"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened the join page"), null=True, blank=True)
    invited_at = models.DateTimeField(
        _("invited"), null=True, blank=True, help_text=_("When an invitation was first written.")
    )
    wants_reminders = models.BooleanField(_("reminders"), default=True)
    wants_call = models.BooleanField(
        _("call me"), default=False, help_text=_("To be called at the start of every occurrence.")
    )
    created_at = models.DateTimeField(_("added"), default=timezone.now)
    removed_at = models.DateTimeField(_("taken off"), null=True, blank=True)

    objects: ClassVar[InviteeQuerySet] = InviteeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("invitee")
        verbose_name_plural = _("invitees")
        ordering = ("created_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["meeting", "email"],
                condition=models.Q(removed_at=None) & ~models.Q(email=""),
                name="one_invitee_per_address",
            ),
            models.UniqueConstraint(
                fields=["meeting", "phone"],
                condition=models.Q(removed_at=None, email="") & ~models.Q(phone=""),
                name="one_invitee_per_phone_alone",
            ),
            models.UniqueConstraint(
                fields=["room", "pin"],
                condition=models.Q(removed_at=None),
                name="one_invitee_per_pin_of_a_room",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["room", "phone"], name="invitees_by_phone"),
            # Who calls, before any room is known.
            models.Index(
                fields=["phone"],
                name="invitees_who_call",
                condition=models.Q(removed_at=None) & ~models.Q(phone=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or gettext("somebody who was erased")

    @property
    def spoken_language(self) -> str:
        """`meeting` has its room and account."""
        return self.language or self.meeting.room.account.language

    @property
    def heard_language(self) -> str:
        """On the phone, which speaks more languages: their own, else the room's.

        `meeting` has its room.
        """
        return self.language or self.meeting.room.language

    @property
    def zone_name(self) -> str:
        return self.time_zone or self.meeting.time_zone
