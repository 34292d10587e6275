"""How the API writes a meeting and one time of it."""

import datetime as dt
from typing import Any, cast

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from rooms.accounts.models import User
from rooms.api_examples import with_examples
from rooms.meetings import agenda, reminders, rules
from rooms.meetings.api_errors import told
from rooms.meetings.api_examples import MEETING, NEW_MEETING, OCCURRENCE
from rooms.meetings.models import Invitee, Mailing, Meeting, Occurrence
from rooms.models import Room
from rooms.rest.clocks import Clock
from rooms.rest.given import known
from rooms.rest.parsing import Strict

STATES = {"off": "cancelled"}  # what lists of pages call otherwise
COMING = 5  # of the times to come that are shown

# A subquery, so that only the rows of one page are counted.
_invited = (
    Invitee.objects.invited()
    .filter(meeting=OuterRef("pk"))
    .order_by()
    .values("meeting")
    .annotate(n=Count("pk"))
    .values("n")
)


def with_coming(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """With what MeetingSerializer shows beside the row."""
    coming = Occurrence.objects.upcoming(timezone.now())[:COMING]
    counted = meetings.annotate(invitee_count=Coalesce(Subquery(_invited), 0))
    return counted.prefetch_related(Prefetch("occurrences", coming, to_attr="coming"))


class ReminderSerializer(Strict):
    channel = serializers.ChoiceField(choices=Mailing.Channel.choices)
    minutes = serializers.IntegerField(
        min_value=1, max_value=reminders.LONGEST, help_text="Before the start."
    )


class NextSerializer(serializers.Serializer[Occurrence]):
    occurrence = serializers.CharField(source="pk", help_text="The occurrence's id.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


@with_examples(MEETING, NEW_MEETING)
class MeetingSerializer(Strict, serializers.ModelSerializer[Meeting]):
    # `coming` and `invitee_count` come with the row (`with_coming`).

    room = serializers.CharField(source="room_id", help_text="The room's id; it cannot be changed.")
    organizer = serializers.CharField(
        source="organizer_id",
        required=False,
        allow_null=True,
        help_text="The user's id of a member: whoever asks, if not given. It cannot be changed.",
    )
    day = serializers.DateField(
        source="first_day", help_text="Local; the first day of those on which it takes place."
    )
    starts = Clock(help_text="Local, as 09:00.")
    time_zone = serializers.CharField(
        required=False,
        max_length=64,
        help_text="A name of the IANA database; the organizer's if not given.",
    )
    rrule = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=255,
        help_text="RFC 5545: FREQ DAILY, WEEKLY or MONTHLY with INTERVAL, BYDAY, BYMONTHDAY and "
        "UNTIL or COUNT; empty for once.",
    )
    recurrence_text = serializers.SerializerMethodField(help_text="What the rule means.")
    next = NextSerializer(
        source="coming", many=True, read_only=True, help_text="The next five times."
    )
    reminders = serializers.ListField(
        child=ReminderSerializer(), required=False, max_length=reminders.MOST
    )
    quiet_from = Clock(
        required=False,
        allow_null=True,
        help_text="No reminder is sent from then until `quiet_until`, in the zone of each invitee.",
    )
    quiet_until = Clock(required=False, allow_null=True)
    invitee_count = serializers.IntegerField(
        read_only=True, help_text="How many are invited, the organizer among them."
    )
    tell = serializers.BooleanField(
        write_only=True,
        required=False,
        help_text="Of a change: whether the invitees are told. True if not given.",
    )

    class Meta:
        model = Meeting
        fields = (
            *("id", "room", "organizer", "title", "agenda"),
            *("day", "starts", "time_zone", "minutes"),
            *("rrule", "recurrence_text", "next", "reminders", "quiet_from", "quiet_until"),
            *("invitee_count", "uid", "created_at", "changed_at", "cancelled_at", "tell"),
        )
        read_only_fields = ("uid", "created_at", "changed_at", "cancelled_at")
        extra_kwargs = {
            "minutes": {"help_text": "How long it is planned to take; 60 if not given."},
            "uid": {"help_text": "What calendars know the meeting by."},
            "changed_at": {"help_text": "When it changed so that invitees had to know."},
        }

    @extend_schema_field(str)
    def get_recurrence_text(self, meeting: Meeting) -> str:
        return rules.sentence(rules.parse(meeting.rrule), meeting.first_day)

    def validate_room(self, pk: str) -> Room:
        if self.instance is not None:
            raise _fixed()
        account = cast(dict[str, Any], self.context)["caller"].account
        room: Room = known(Room.objects.active().filter(account=account), "room", {"room": pk})
        return room

    def validate_organizer(self, pk: str | None) -> User | None:
        if self.instance is not None:
            raise _fixed()
        account = cast(dict[str, Any], self.context)["caller"].account
        users = User.objects.filter(accounts=account, is_active=True)
        found: User | None = known(users, "organizer", {"organizer": pk})
        return found


def settle_rule(given: dict[str, Any], starts: dt.time, zone: str) -> None:
    """An UNTIL that is a moment means the last day on which a start is not after it."""
    if given.get("rrule"):
        with told():
            given["rrule"] = rules.to_rrule(rules.parse(given["rrule"], starts, zone))


def _fixed() -> serializers.ValidationError:
    return serializers.ValidationError(
        _("This field cannot be changed. Leave it out."), code="read_only"
    )


@with_examples(OCCURRENCE)
class OccurrenceSerializer(Strict, serializers.ModelSerializer[Occurrence]):
    meeting = serializers.CharField(
        source="meeting_id", read_only=True, help_text="The meeting's id."
    )
    room = serializers.CharField(
        source="meeting.room_id", read_only=True, help_text="The room's id."
    )
    title = serializers.CharField(source="meeting.title", read_only=True)
    rule_day = serializers.DateField(
        source="day", read_only=True, help_text="The local day that the rule gives it."
    )
    day = serializers.SerializerMethodField(help_text="The local day on which it takes place.")
    starts = serializers.SerializerMethodField(help_text="Local, as 09:00.")
    time_zone = serializers.CharField(source="meeting.time_zone", read_only=True)
    moved = serializers.BooleanField(read_only=True, help_text="Whether this time alone was moved.")
    state = serializers.SerializerMethodField()

    class Meta:
        model = Occurrence
        fields = (
            *("id", "meeting", "room", "title", "rule_day", "day", "starts", "time_zone"),
            *("starts_at", "ends_at", "moved", "state", "notes", "cancelled_at"),
        )
        read_only_fields = ("starts_at", "ends_at", "cancelled_at")
        extra_kwargs = {
            "notes": {"help_text": "What the organizer wants to remember; part of the report."}
        }

    @extend_schema_field(dt.date)
    def get_day(self, occurrence: Occurrence) -> str:
        return f"{occurrence.local_start:%Y-%m-%d}"

    @extend_schema_field(Clock)
    def get_starts(self, occurrence: Occurrence) -> str:
        return f"{occurrence.local_start:%H:%M}"

    @extend_schema_field({"type": "string", "enum": ["coming", "now", "over", "cancelled"]})
    def get_state(self, occurrence: Occurrence) -> str:
        state = agenda.state(occurrence, timezone.now())
        return STATES.get(state, state)
