"""The outbox: one row for each message to one person about one thing."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account, Membership, User
from rooms.ids import IdField
from rooms.models import Room


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of_account(self, account: Account, *, with_money: bool) -> Self:
        """What the account's people may look up; what the operator was told is not theirs."""
        found = self.filter(account=account).exclude(kind=Notice.Kind.OPERATOR)
        return found if with_money else found.exclude(kind__in=Notice.MONEY)

    def seen_by(self, membership: Membership) -> Self:
        """Money is for owners and admins."""
        return self.of_account(membership.account, with_money=membership.manages_members)


class Notice(models.Model):
    """A message to be sent; `key` is unique, so that one thing is told to one person once.

    PENDING is due at `due_at`; SENDING is claimed by a worker until `claimed_until`, after which
    the sweep takes it back; FAILED gave up after the last try and says why in `error`. A LETTER
    belongs to no account; its text may hold a secret link, and is forgotten once it has left.
    """

    class Kind(models.TextChoices):
        PRESENCE = "presence", _("joined or left")
        TRIAL_ENDING = "trial_ending", _("trial ending")
        PAYMENT_FAILED = "payment_failed", _("payment failed")
        PAYMENT_OK = "payment_ok", _("payment received")
        SUBSCRIPTION_ENDED = "subscription_ended", _("subscription ended")
        SUBSCRIPTION_DOUBLED = "subscription_doubled", _("subscribed twice")
        MINUTES_80 = "minutes_80", _("most of the minutes used")
        MINUTES_100 = "minutes_100", _("all minutes used")
        REFUSED = "refused", _("a caller was turned away")
        GUESSING = "guessing", _("somebody guesses codes")
        OPERATOR = "operator", _("for the operator")
        INVITATION = "invitation", _("invitation to a meeting")
        CANCELLATION = "cancellation", _("meeting cancelled")
        REMINDER = "reminder", _("meeting reminder")
        WAITING = "waiting", _("people wait for the host")
        MISSED = "missed", _("missed meeting")
        REPORT = "report", _("report after the call")
        RECORDING_READY = "recording_ready", _("recording ready")
        WEBHOOK_OFF = "webhook_off", _("webhook endpoint switched off")
        LETTER = "letter", _("mail of the site")

    MONEY = (
        Kind.TRIAL_ENDING,
        Kind.PAYMENT_FAILED,
        Kind.PAYMENT_OK,
        Kind.SUBSCRIPTION_ENDED,
        Kind.SUBSCRIPTION_DOUBLED,
    )
    # For invitees, who need not be members. What they say is written when they are sent.
    FOR_INVITEES = (Kind.INVITATION, Kind.CANCELLATION, Kind.REMINDER)

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("SMS")

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        SKIPPED = "skipped", _("not sent")

    id = IdField("nt")
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="notices")
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="notices")
    recipient = models.ForeignKey(User, models.CASCADE, null=True, related_name="notices")
    invitee = models.ForeignKey(
        "meetings.Invitee", models.CASCADE, null=True, editable=False, related_name="notices"
    )
    mailing = models.ForeignKey(
        "meetings.Mailing", models.CASCADE, null=True, editable=False, related_name="notices"
    )
    facts = models.JSONField(
        default=dict, blank=True, editable=False, help_text=_("What its text is written from.")
    )
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
    delivered_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    carrier_id = models.CharField(
        max_length=64, blank=True, editable=False, help_text=_("The carrier's id of an SMS.")
    )

    objects = NoticeQuerySet.as_manager()

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
            models.Index(
                fields=["carrier_id"],
                name="notices_by_carrier_id",
                condition=~models.Q(carrier_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"
