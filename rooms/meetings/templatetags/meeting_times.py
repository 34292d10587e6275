"""What pages about a conference show of the meetings that it was held for."""

from django import template
from django.db.models import F, Q
from django.utils import timezone

from rooms.conferences.models import Conference
from rooms.meetings.models import Occurrence

register = template.Library()
MOST = 10


@register.simple_tag
def meetings_in(conference: Conference) -> list[Occurrence]:
    """The times of meetings in its room that were planned for when it went on."""
    over = conference.ended_at or timezone.now()
    # A meeting that was cancelled since, or whose room was archived, had its times before that.
    held = Q(meeting__cancelled_at=None) | Q(meeting__cancelled_at__gt=F("starts_at"))
    times = Occurrence.objects.filter(
        held,
        cancelled_at=None,
        meeting__room=conference.room_id,
        starts_at__lte=over,
        ends_at__gt=conference.started_at,
    )
    return list(times.select_related("meeting").order_by("starts_at")[:MOST])
