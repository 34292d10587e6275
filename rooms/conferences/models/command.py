"""What was asked of a conference or of one of its participants, and what became of it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import User
from rooms.conferences.models.conference import Conference
from rooms.conferences.models.participant import Participant
from rooms.ids import IdField


class CommandQuerySet(models.QuerySet["Command"]):
    def pending(self) -> "CommandQuerySet":
        return self.filter(done_at=None)


class Command(models.Model):
    """Something to be done, by whom it was asked, and what became of it.

    Pending until `done_at`; done then, or refused where `error` says why. What a participant's
    call is asked for, the carrier is asked for by the telephony, in the order of `rank`, then
    `due_at`; who takes a command sets `due_at` ahead, so a worker that is killed leaves it due.
    What needs no carrier, such as a lock, is written down as done. `about` is unique with the
    participant, so that the same is asked once however often. A command that is not done by
    `expires_at` is dropped: words that come too late are wrong. `why` is what a stay ends with
    that a REMOVE ends.
    """

    class Kind(models.TextChoices):
        MUTE = "mute", _("mute")
        UNMUTE = "unmute", _("unmute")
        HOLD = "hold", _("put on hold")
        UNHOLD = "unhold", _("take off hold")
        REMOVE = "remove", _("remove")
        SAY = "say", _("say")
        PLAY = "play", _("play")
        STOP = "stop", _("stop playing")
        MOVE = "move", _("leave for another room")
        BEGIN = "begin", _("start the conversation")
        RECORD = "record", _("start recording")
        STOP_RECORDING = "stop_recording", _("stop recording")
        # Done at once, in the transaction that writes them.
        LOCK = "lock", _("lock")
        UNLOCK = "unlock", _("unlock")
        PROMOTE = "promote", _("make host")
        RAISE_HAND = "raise_hand", _("raise hand")
        LOWER_HAND = "lower_hand", _("lower hand")
        SILENCE = "silence", _("announcements off")
        UNSILENCE = "unsilence", _("announcements on")
        END = "end", _("end for all")

    class Rank(models.IntegerChoices):
        """What is done first where the carrier takes so many requests a second and no more."""

        CONTROL = 0
        ANSWER = 1  # what one caller is told for a key
        NEWS = 2  # what all are told

    id = IdField("cm")
    conference = models.ForeignKey(Conference, models.CASCADE, related_name="commands")
    participant = models.ForeignKey(
        Participant, models.CASCADE, null=True, blank=True, related_name="commands"
    )
    kind = models.CharField(_("what"), max_length=16, choices=Kind.choices)
    about = models.CharField(_("about"), max_length=80)
    text = models.CharField(_("text"), max_length=1500, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    sound_url = models.CharField(_("sound"), max_length=300, blank=True)
    why = models.CharField(_("why"), max_length=12, choices=Participant.LeftWhy.choices, blank=True)
    rank = models.PositiveSmallIntegerField(choices=Rank.choices, default=Rank.CONTROL)
    by_user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    by_participant = models.ForeignKey(
        Participant, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    expires_at = models.DateTimeField(_("too late"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    objects: ClassVar[CommandQuerySet] = CommandQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("command")
        verbose_name_plural = _("commands")
        ordering = ("created_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "about"], name="one_command_about_a_thing"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rank", "due_at"], name="commands_due", condition=models.Q(done_at=None)
            ),
            models.Index(fields=["conference", "created_at"], name="commands_of_a_conference"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"

    @property
    def status(self) -> str:
        """`pending`, `done` or `refused`."""
        if self.done_at is None:
            return "pending"
        return "refused" if self.error else "done"
