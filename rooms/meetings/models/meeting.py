"""Meetings, and the single times at which they take place."""

import datetime as dt
import uuid
import zoneinfo
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account, User
from rooms.accounts.models.people import check_time_zone
from rooms.ids import IdField
from rooms.models import Room
from rooms.text import check_one_line

SHORTEST, LONGEST = 5, 24 * 60  # minutes


def new_uid() -> str:
    """What calendars know a meeting by, for ever, whatever address the service moves to."""
    return str(uuid.uuid4())


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def of_account(self, account: Account) -> Self:
        return self.filter(room__account=account)

    def planned(self) -> Self:
        """Neither cancelled nor in a room that is gone."""
        return self.filter(cancelled_at=None, room__archived_at=None)

    def locked(self) -> Self:
        """For a change: the row is held until the transaction ends."""
        return self.select_for_update(of=("self",))


class Meeting(models.Model):
    """A planned time in a room, once or again and again.

    The time is local to `time_zone` and never moves with it: `first_day` and `starts` say when it
    begins the first time, `rrule` (RFC 5545, "" for once) on which days again. `sequence` rises
    with every change that invitees are told of; with `uid` it lets calendars match updates.
    `reminders` is a list of `{"channel": "email"|"sms", "minutes": before the start}`; none is
    sent between `quiet_from` and `quiet_until`, in the zone of whoever gets it.
    """

    id = IdField("mt")
    room = models.ForeignKey(Room, models.CASCADE, related_name="meetings")
    organizer = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="meetings", verbose_name=_("organizer")
    )
    title = models.CharField(_("title"), max_length=150, validators=[check_one_line])
    agenda = models.TextField(_("agenda"), max_length=4000, blank=True)
    first_day = models.DateField(_("day"))
    starts = models.TimeField(_("start"))
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        default=60,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
    )
    rrule = models.CharField(_("recurrence"), max_length=255, blank=True)
    reminders = models.JSONField(_("reminders"), default=list, blank=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    uid = models.CharField(max_length=64, unique=True, default=new_uid, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    planned_until = models.DateField(
        null=True, editable=False, help_text=_("Occurrences have been written up to this day.")
    )

    objects: ClassVar[MeetingQuerySet] = MeetingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ("-created_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["room", "-created_at"], name="meetings_of_a_room"),
            models.Index(
                fields=["planned_until"],
                name="meetings_to_plan_on",
                condition=models.Q(cancelled_at__isnull=True) & ~models.Q(rrule=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def duration(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.minutes)


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    def of_account(self, account: Account) -> Self:
        return self.filter(meeting__room__account=account)

    def taking_place(self) -> Self:
        """Those that are not cancelled, one by one or with their meeting or room."""
        return self.filter(
            cancelled_at=None, meeting__cancelled_at=None, meeting__room__archived_at=None
        )

    def upcoming(self, now: dt.datetime) -> Self:
        """What goes on now or comes, the soonest first."""
        return self.taking_place().filter(ends_at__gt=now).order_by("starts_at", "id")


class Occurrence(models.Model):
    """One time that a meeting takes place.

    `day` is the local day that the rule gives it, and names it for ever; `starts_at` and `ends_at`
    are computed from the meeting and written down so that they can be looked up. One that was
    moved has its own `moved_day` and `moved_starts`, in the meeting's zone. A series without an
    end is written down some time ahead (planning.py).
    """

    id = IdField("oc")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="occurrences")
    day = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    moved_day = models.DateField(_("moved to"), null=True, blank=True)
    moved_starts = models.TimeField(_("moved to"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    notes = models.TextField(_("notes"), max_length=10_000, blank=True)
    waiting_told_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When hosts were told that people wait for them.")
    )
    remind_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When its reminders are looked at next, if ever.")
    )
    reminded_until = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text=_("Reminders that were due by then are not written any more."),
    )
    settled_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When its report was made, or that all missed it.")
    )

    objects: ClassVar[OccurrenceQuerySet] = OccurrenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        ordering = ("starts_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "day"], name="one_occurrence_a_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["starts_at"], name="occurrences_by_start"),
            models.Index(fields=["meeting", "starts_at"], name="occurrences_of_a_meeting"),
            models.Index(
                fields=["remind_at"],
                name="occurrences_to_remind",
                condition=models.Q(remind_at__isnull=False),
            ),
            models.Index(
                fields=["ends_at"],
                name="occurrences_to_settle",
                condition=models.Q(settled_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.day}"

    @property
    def moved(self) -> bool:
        return self.moved_day is not None

    @property
    def local_start(self) -> dt.datetime:
        """In the meeting's zone."""
        return self.starts_at.astimezone(self.meeting.zone)
