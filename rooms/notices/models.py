"""The outbox: one row for each message to one person about one thing."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account, User
from rooms.ids import IdField
from rooms.models import Room


class Notice(models.Model):
    """A message to be sent; `key` is unique, so that one thing is told to one person once.

    PENDING is due at `due_at`; SENDING is claimed by a worker until `claimed_until`, after which
    the sweep takes it back; FAILED gave up after the last try and says why in `error`. A LETTER
    belongs to no account; its text may hold a secret link, and is forgotten once it has left.
    """

    class Kind(models.TextChoices):
        PRESENCE = "presence", _("joined or left")
        LETTER = "letter", _("mail of the site")

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("SMS")

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    id = IdField("nt")
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="notices")
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="notices")
    recipient = models.ForeignKey(User, models.CASCADE, null=True, related_name="notices")
    kind = models.CharField(_("about"), max_length=32, choices=Kind.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    address = models.CharField(_("to"), max_length=254)
    key = models.CharField(max_length=200, unique=True, editable=False)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.PENDING
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-created_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["account", "-created_at"], name="notices_of_an_account"),
            models.Index(
                fields=["due_at"],
                name="notices_due",
                condition=models.Q(status__in=["pending", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"
