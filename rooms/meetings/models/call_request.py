"""Somebody is to be called into a meeting."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import User
from rooms.ids import IdField
from rooms.meetings.models.invitee import Invitee
from rooms.meetings.models.meeting import Occurrence


class CallRequest(models.Model):
    """A wish to be called at the start of one occurrence; one per invitee and occurrence.

    WAITING is due at `due_at`. PLACING was taken by a worker for try number `tries`; what became
    of that try is told by the carrier's webhooks, and if nothing is heard until `claimed_until` it
    counts as not placed. CALLING was heard of: the phone rings or is being talked to. The others
    are ends; `error` says why where it failed, `why` says it in words.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("to be called")
        PLACING = "placing", _("being dialled")
        CALLING = "calling", _("being called")
        ENTERED = "entered", _("entered")
        DECLINED = "declined", _("declined")
        FAILED = "failed", _("not reached")
        WITHDRAWN = "withdrawn", _("withdrawn")

    REASONS: ClassVar = {
        "busy": _("The line was busy."),
        "unanswered": _("Nobody picked up."),
        "rejected": _("The call was rejected."),
        "failed": _("The number could not be reached."),
        "machine": _("A voicemail picked up."),
        "no_key": _("Somebody picked up, but pressed no key."),
        "not_let_in": _("The room lets nobody in at the moment."),
    }

    id = IdField("cr")
    occurrence = models.ForeignKey(Occurrence, models.CASCADE, related_name="call_requests")
    invitee = models.ForeignKey(Invitee, models.CASCADE, related_name="call_requests")
    asked_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text=_("Empty where the invitee asked."),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.WAITING
    )
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    call = models.CharField(_("call"), max_length=64, blank=True, db_index=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)

    class Meta:
        verbose_name = _("call request")
        verbose_name_plural = _("call requests")
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["occurrence", "invitee"], name="one_call_request_per_invitee"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="call_requests_due",
                condition=models.Q(status__in=["waiting", "placing", "calling"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitee_id} {self.occurrence_id}"

    @property
    def why(self) -> str:
        """What went wrong, in words; the carrier's reasons are kept as a word of REASONS."""
        return str(self.REASONS.get(self.error, self.error))
