"""Who uses the service: people who log in, and the accounts they belong to."""

import datetime as dt
import zoneinfo
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.ids import IdField
from rooms.text import check_one_line

# Asking for the list walks over the whole database on the disk.
_known_zones = cache(zoneinfo.available_timezones)


def check_time_zone(name: str) -> None:
    """Raises ValidationError for a name that the IANA database does not know."""
    if name not in _known_zones():
        raise ValidationError(_("Choose a time zone from the list, such as Europe/Madrid."))


def trial_end() -> dt.datetime:
    """Until when an account that is made now hosts without paying."""
    return timezone.now() + dt.timedelta(days=settings.TRIAL_DAYS)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who logs in, by e-mail."""

    id = IdField("us")
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True, validators=[check_one_line])
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    phone = models.CharField(
        _("phone"), max_length=16, blank=True, help_text=_("E.164, set once it is verified")
    )
    is_staff = models.BooleanField(_("may use the admin site"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes: ClassVar = [
            models.Index(fields=["phone"], name="users_who_call", condition=~models.Q(phone=""))
        ]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a member may do, from most to least."""

    OWNER = "owner", _("owner")
    ADMIN = "admin", _("admin")
    ORGANIZER = "organizer", _("organizer")


class Account(models.Model):
    """Who pays; has members and rooms."""

    id = IdField("ac")
    name = models.CharField(_("name"), max_length=100, validators=[check_one_line])
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    hosting_until = models.DateTimeField(
        _("hosts until"),
        default=trial_end,
        help_text=_("The core sets the end of the trial; afterwards billing alone writes this."),
    )
    minutes_cap = models.PositiveIntegerField(
        _("most participant-minutes a month"),
        null=True,
        blank=True,
        help_text=_("Beyond it nobody is let in until the month is over; empty means go on."),
    )
    capped_until = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("The cap is reached: no new caller is let in before this."),
    )
    history_days = models.PositiveSmallIntegerField(
        _("days that history is kept"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Empty keeps it as long as the account."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(
        _("closed"), null=True, editable=False, help_text=_("Closed for good by an owner.")
    )
    members = models.ManyToManyField(
        User, through="Membership", through_fields=("account", "user"), related_name="accounts"
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name

    def may_host(self, at: dt.datetime) -> bool:
        return self.hosting_until > at


class TrialUse(models.Model):
    """A verified e-mail address whose owner has had the trial; `account` is the one it was for.

    Only the address's hash is kept: it outlives the login, and is for nothing but comparing.
    """

    address_hash = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(
        Account, models.SET_NULL, null=True, related_name="trial_uses", verbose_name=_("account")
    )
    used_at = models.DateTimeField(_("used"), default=timezone.now)

    class Meta:
        verbose_name = _("trial that was used")
        verbose_name_plural = _("trials that were used")

    def __str__(self) -> str:
        return self.address_hash


GATHERED = [
    (0, _("at once")),
    (5, _("every 5 minutes")),
    (15, _("every 15 minutes")),
    (60, _("every hour")),
]


class Membership(models.Model):
    """A user's place in an account, and which notices of it they want.

    `notice_channels` is `{kind: ["email", "sms"]}` for the kinds that the user has chosen for
    (rooms/notices/preferences.py). Between `quiet_from` and `quiet_until`, in the user's zone,
    what is not urgent waits.
    """

    id = IdField("mb")
    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.ORGANIZER)
    notice_channels = models.JSONField(
        _("notices by channel"),
        default=dict,
        blank=True,
        help_text=_("Channels by kind of notice; a kind that is missing comes as preset."),
    )
    presence_minutes = models.PositiveSmallIntegerField(
        _("joins and leaves are gathered"), choices=GATHERED, default=0
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "user"], name="one_membership_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    @property
    def manages_members(self) -> bool:
        return self.role in (Role.OWNER, Role.ADMIN)


class Invitation(models.Model):
    """An e-mail that asks somebody to become a member; the link in it works once."""

    LIFETIME = dt.timedelta(days=7)

    id = IdField("in")
    account = models.ForeignKey(Account, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.ORGANIZER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("sent"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "email"],
                condition=models.Q(accepted_at=None),
                name="one_open_invitation_per_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.account}"

    @property
    def expires_at(self) -> dt.datetime:
        return self.created_at + self.LIFETIME
