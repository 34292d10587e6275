"""What was recorded of a conference, and that everybody was told so."""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms.accounts.models import User
from rooms.conferences.models.conference import Conference
from rooms.conferences.models.participant import Participant
from rooms.ids import IdField
from rooms.models import Room

# How long after its end the carrier may take to tell where a recording's file is.
HEARD_WITHIN = dt.timedelta(minutes=30)


class RecordingQuerySet(models.QuerySet["Recording"]):
    def kept(self) -> "RecordingQuerySet":
        """Those that nobody has deleted and that are not too old."""
        return self.filter(deleted_at=None)

    def going_on(self) -> "RecordingQuerySet":
        return self.filter(status__in=[Recording.Status.STARTING, Recording.Status.RECORDING])

    def end(self, at: dt.datetime) -> int:
        """Whichever of these goes on ends; the carrier will tell where its file is."""
        return self.going_on().update(
            status=Recording.Status.FETCHING, stopped_at=at, due_at=at + HEARD_WITHIN
        )


class Recording(models.Model):
    """One recording, from when it was started until it was stopped or everybody had left.

    STARTING was asked for, RECORDING goes on, FETCHING has ended and its file is being got from
    the carrier, READY can be played; FAILED says why in `error`. While it is being fetched,
    `due_at` is when it is looked at next: without a `url` to give up, since the carrier told of no
    file, else to get the file. `file` is a name in the storage for recordings; of one that is
    deleted it is kept until the file is gone. `seconds` and `size` (bytes) are what the carrier
    told.
    """

    class Status(models.TextChoices):
        STARTING = "starting", _("being started")
        RECORDING = "recording", _("recording")
        FETCHING = "fetching", _("being fetched")
        READY = "ready", _("ready")
        FAILED = "failed", pgettext_lazy("recording", "failed")

    id = IdField("rc")
    conference = models.ForeignKey(Conference, models.CASCADE, related_name="recordings")
    room = models.ForeignKey(Room, models.CASCADE, related_name="recordings")
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.STARTING
    )
    started_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    started_by_participant = models.ForeignKey(
        Participant, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    from_the_first = models.BooleanField(
        _("from the first"), default=False, help_text=_("The room records every conference.")
    )
    started_at = models.DateTimeField(_("started"))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    seconds = models.PositiveIntegerField(_("length"), null=True, blank=True)
    size = models.PositiveBigIntegerField(_("size"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)
    carrier_id = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    url = models.CharField(max_length=500, blank=True, editable=False)
    heard_at = models.DateTimeField(null=True, blank=True, editable=False)
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    file = models.CharField(max_length=100, blank=True, editable=False)
    content_type = models.CharField(max_length=32, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects: ClassVar[RecordingQuerySet] = RecordingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ("-started_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["room", "-started_at"], name="recordings_of_a_room"),
            models.Index(
                fields=["due_at"], name="recordings_due", condition=models.Q(status="fetching")
            ),
            models.Index(
                fields=["deleted_at"],
                name="recordings_to_erase",
                condition=models.Q(deleted_at__isnull=False) & ~models.Q(file=""),
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def goes_on(self) -> bool:
        return self.status in (self.Status.STARTING, self.Status.RECORDING)


class RecordingNotice(models.Model):
    """The proof that a participant was told of a recording: kept when its file is long deleted.

    ENTRY: the words were in what the caller heard before entering, and `Participant.confirmed_at`
    says when the carrier had brought them past it. SAID: the carrier said them in mid-call. Who
    waits for a host is told before anything is recorded, so `recording` is set when it begins.
    """

    class How(models.TextChoices):
        ENTRY = "entry", _("on entering")
        SAID = "said", _("during the call")

    recording = models.ForeignKey(Recording, models.CASCADE, null=True, related_name="notices")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="recording_notices")
    how = models.CharField(_("how"), max_length=8, choices=How.choices)
    played_at = models.DateTimeField(_("played"))

    class Meta:
        verbose_name = _("recording notice")
        verbose_name_plural = _("recording notices")
        ordering = ("played_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording", "participant"], name="one_notice_of_a_recording"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.how}"
