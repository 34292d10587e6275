"""Somebody is to be called into a room."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import phones
from rooms.accounts.models import Person, User
from rooms.ids import IdField
from rooms.meetings.models.invitee import Invitee
from rooms.meetings.models.meeting import Occurrence
from rooms.models import Room


class CallRequest(models.Model):
    """A wish that somebody be called into a room.

    MEETING: an invitee at the start of one occurrence; one per invitee and occurrence. CALLED_IN:
    an organizer calls an invitee or one of the account's people now. TEXTED: somebody texted the
    room's code and is called back. These two keep the number in `phone` (E.164).

    WAITING is due at `due_at`. PLACING was taken by a worker for try number `tries`; what became
    of that try is told by the carrier's webhooks, and if nothing is heard until `claimed_until` it
    counts as not placed. CALLING was heard of: the phone rings or is being talked to. The others
    are ends; `error` says why where it failed, `why` says it in words.
    """

    class Kind(models.TextChoices):
        MEETING = "meeting", _("to a meeting")
        CALLED_IN = "called_in", _("called in")
        TEXTED = "texted", _("texted the code")

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
    kind = models.CharField(
        _("kind"), max_length=9, choices=Kind.choices, default=Kind.MEETING, db_default=Kind.MEETING
    )
    room = models.ForeignKey(Room, models.CASCADE, related_name="call_requests")
    occurrence = models.ForeignKey(
        Occurrence, models.CASCADE, null=True, related_name="call_requests"
    )
    invitee = models.ForeignKey(Invitee, models.CASCADE, null=True, related_name="call_requests")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="call_requests")
    phone = models.CharField(_("phone"), max_length=16, blank=True, db_default="")
    asked_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text=_("Empty where whoever is called asked."),
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
            models.UniqueConstraint(
                fields=["room", "phone"],
                condition=models.Q(kind="called_in", status__in=["waiting", "placing", "calling"]),
                name="one_call_in_at_once",
            ),
            models.UniqueConstraint(
                fields=["phone"],
                condition=models.Q(kind="texted", status__in=["waiting", "placing", "calling"]),
                name="one_call_back_at_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="call_requests_due",
                condition=models.Q(status__in=["waiting", "placing", "calling"]),
            ),
            models.Index(
                fields=["phone", "created_at"],
                name="call_requests_by_phone",
                condition=~models.Q(phone=""),
            ),
            models.Index(
                fields=["room", "created_at"],
                name="calls_into_a_room",
                condition=models.Q(kind="called_in"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.room_id} {self.invitee_id or self.person_id or ''}".strip()

    @property
    def number(self) -> str:
        """Whom to dial, E.164: an invitee's may be changed until the start of the meeting."""
        return self.invitee.phone if self.occurrence_id and self.invitee else self.phone

    @property
    def name(self) -> str:
        """Who is called, or the end of their number."""
        known = self.invitee or self.person
        return (known.name or known.email if known else "") or phones.masked(self.number)

    @property
    def heard_language(self) -> str:
        """In which whoever is called is spoken to: their own, else the room's."""
        if self.invitee:
            return self.invitee.heard_language
        return (self.person.language if self.person else "") or self.room.language

    @property
    def why(self) -> str:
        """What went wrong, in words; the carrier's reasons are kept as a word of REASONS."""
        return str(self.REASONS.get(self.error, self.error))
