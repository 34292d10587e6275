"""What webhooks told: kept first, acted on then."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WebhookReceipt(models.Model):
    """An event webhook as it came, kept before anything is done about it."""

    id = models.BigAutoField(primary_key=True)
    call = models.CharField(_("call"), max_length=64, blank=True)
    body_hash = models.CharField(max_length=64)
    body = models.JSONField()
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("webhook receipt")
        verbose_name_plural = _("webhook receipts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "body_hash"], name="one_receipt_per_delivery"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"],
                name="receipts_to_process",
                condition=models.Q(processed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.received_at:%F %T}"


class KeyPress(models.Model):
    """A key that a participant pressed during the call, as one webhook told it.

    `at` is when the carrier says that it was pressed, or where it does not, when we heard of it.
    `did` is a word for what the key did, "" until it did something; the key then has all `digits`
    of its command, such as `*6`. STAR is the first of those, which another row tells, and UNUSED
    what meant nothing, whose digit is not kept. `body_hash` is of the webhook, and of the digit's
    place in it.
    """

    STAR = "star"
    UNUSED = "unused"
    UNTOLD = ("", STAR, UNUSED)

    id = models.BigAutoField(primary_key=True)
    participant = models.ForeignKey(
        "conferences.Participant", models.CASCADE, related_name="key_presses"
    )
    call = models.CharField(_("call"), max_length=64, db_index=True)
    digits = models.CharField(_("keys"), max_length=2, blank=True)
    at = models.DateTimeField(_("pressed"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    body_hash = models.CharField(max_length=64)
    did = models.CharField(_("what it did"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("key press")
        verbose_name_plural = _("key presses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "body_hash"], name="one_key_press_per_delivery"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], name="key_presses_to_read", condition=models.Q(did="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.digits} {self.at:%F %T}"
