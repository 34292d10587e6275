"""One stay of one caller."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.conferences.models.conference import Conference
from rooms.ids import IdField
from rooms.models import Room


class Participant(models.Model):
    """One stay of one caller in a conference; coming back is a new stay.

    `call` is the carrier's id of the phone connection. `caller` is E.164, or empty where the
    caller withheld the number. `invitee` is whom the PIN or the number told them to be, and `name`
    the name they are known by, as far as it is known. A stay counts from `joined_at`, when the
    caller was sent in; `confirmed_at` is when the carrier said so too.

    Who is `waiting` hears music until a host comes, and counts as nobody who is in; `admitted_at`
    is when that ended. `muted` and `held` are what the carrier has confirmed; what was asked for
    since is in the commands. `left_why` is set when it is decided, so perhaps before `left_at`.
    """

    class Role(models.TextChoices):
        HOST = "host", _("host")
        GUEST = "guest", _("guest")

    class LeftWhy(models.TextChoices):
        HUNG_UP = "hung_up", _("hung up")
        REMOVED = "removed", _("was removed")
        ENDED = "ended", _("a host ended the call for all")
        MOVED = "moved", _("went to key another code")
        ALONE = "alone", _("was alone for too long")
        WAITED = "waited", _("no host came")
        HOSTS_LEFT = "hosts_left", _("the hosts had left")
        MINUTES = "minutes", _("the account's minutes were used up")
        LOST = "lost", _("the carrier no longer knew the call")

    id = IdField("pt")
    conference = models.ForeignKey(Conference, models.CASCADE, related_name="participants")
    # Its index is `participants_of_a_room`.
    room = models.ForeignKey(Room, models.CASCADE, related_name="participants", db_index=False)
    call = models.CharField(_("call"), max_length=64, db_index=True)
    caller = models.CharField(_("caller"), max_length=16, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True, db_default="")
    invitee = models.ForeignKey(
        "meetings.Invitee", models.SET_NULL, null=True, editable=False, related_name="stays"
    )
    joined_at = models.DateTimeField(_("joined"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    role = models.CharField(
        _("role"), max_length=8, choices=Role.choices, default=Role.GUEST, db_default=Role.GUEST
    )
    waiting = models.BooleanField(_("waits for a host"), default=False, db_default=False)
    admitted_at = models.DateTimeField(_("let in by a host"), null=True, blank=True)
    muted = models.BooleanField(_("muted"), default=False, db_default=False)
    held = models.BooleanField(_("on hold"), default=False, db_default=False)
    hand_raised_at = models.DateTimeField(_("hand raised"), null=True, blank=True)
    left_why = models.CharField(
        _("why they left"), max_length=12, choices=LeftWhy.choices, blank=True, db_default=""
    )
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    join_told = models.BooleanField(default=False, editable=False)
    leave_told = models.BooleanField(default=False, editable=False)
    # What those in the room have been told, as the two above are what the organizers have.
    join_announced = models.BooleanField(default=False, db_default=False, editable=False)
    leave_announced = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ("joined_at", "id")
        indexes: ClassVar = [
            models.Index(fields=["room", "joined_at"], name="participants_of_a_room"),
            models.Index(
                fields=["room"], name="participants_in", condition=models.Q(left_at__isnull=True)
            ),
            models.Index(fields=["caller", "-joined_at"], name="participants_by_number"),
            models.Index(
                fields=["room"],
                name="participants_untold",
                condition=models.Q(join_told=False) | models.Q(leave_told=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call"], condition=models.Q(left_at=None), name="one_open_stay_per_call"
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def told_why(self) -> str:
        """`left_why` in words; Django's own way makes a dictionary of all choices each time."""
        return str(self.LeftWhy(self.left_why).label) if self.left_why else ""

    @property
    def is_host(self) -> bool:
        return self.role == self.Role.HOST

    @property
    def is_in(self) -> bool:
        """On the line and not waiting."""
        return self.left_at is None and not self.waiting
