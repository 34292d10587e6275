"""SMS to our numbers, and who wants none of ours."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models import Room


class IncomingSms(models.Model):
    """An SMS that somebody sent to one of our numbers, kept before anything is done about it.

    `sender` and `number` are E.164, or empty where the carrier gave none. `sent_at` is when the
    carrier got it. Its text may be a room's code, which is as good as a key, so it is forgotten
    once it was acted on; `did` is a word for what was done. `answered`: an SMS went back.
    """

    uuid = models.CharField(max_length=64, primary_key=True)
    sender = models.CharField(_("from"), max_length=16, blank=True)
    number = models.CharField(_("to"), max_length=16, blank=True)
    text = models.CharField(_("text"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    did = models.CharField(_("what was done"), max_length=16, blank=True)
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="+")
    answered = models.BooleanField(_("answered"), default=False)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("SMS received")
        verbose_name_plural = _("SMS received")
        indexes: ClassVar = [
            models.Index(fields=["sender", "received_at"], name="sms_by_sender"),
            models.Index(
                fields=["received_at"],
                name="sms_to_act_on",
                condition=models.Q(processed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.did}".strip()


class SmsWish(models.Model):
    """Whether a number (E.164) wants SMS of ours: the last that its owner said, and when.

    `goodbye` is the SMS that confirms a stop, the only one that still goes there.
    """

    number = models.CharField(_("number"), max_length=16, primary_key=True)
    stopped = models.BooleanField(_("wants no more SMS"))
    said_at = models.DateTimeField(_("said"))
    goodbye = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("wish about SMS")
        verbose_name_plural = _("wishes about SMS")

    def __str__(self) -> str:
        return self.number
