"""The live part of a room's page: who is on the line, and what happened today."""

import datetime as dt
import zlib

from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rooms.accounts import people
from rooms.accounts.access import MemberRequest, member
from rooms.conferences import panel, timeline
from rooms.conferences.models import Participant
from rooms.conferences.panel_forms import AnnouncementForm
from rooms.models import Room

MOST_STAYS = 300  # of a day on one page; the newest are shown
LONGEST_STAY = dt.timedelta(days=1)  # bounds what is read of a room's past


@member
@never_cache
@require_safe
def live_part(request: MemberRequest, room_id: str) -> HttpResponse:
    """The fragment; 204 where the page shows this version already."""
    room = get_object_or_404(Room, account=request.membership.account, pk=room_id)
    if request.GET.get("version") == str(room.live_version):
        return HttpResponse(status=204)
    context = live_context(room, known=request.GET.get("today", ""))
    return render(request, "rooms/panel_answer.html", {"room": room} | context)


def live_context(room: Room, *, known: str = "") -> dict[str, object]:
    """What the templates of the panel and of the day's picture show.

    The picture is left out where the page has it: `known` is the stamp of the one that it has.
    """
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight.astimezone(dt.UTC)
    stays = named_stays(room.account_id, stays_since(room, day))
    context: dict[str, object] = {
        "panel": panel.of(room, (stay for stay in stays if stay.left_at is None), now),
        "announcement": AnnouncementForm(),
        "stamp": _stamp(stays, day),
    }
    return context if context["stamp"] == known else context | _of_today(stays, day, now)


def _stamp(stays: list[Participant], day: dt.datetime) -> str:
    """Another one where the day's picture would be another, but for its growing with the time."""
    facts = [(stay.pk, stay.name, stay.left_at, stay.waiting) for stay in stays]
    return f"{zlib.crc32(repr((day, facts)).encode()):x}"


def _of_today(stays: list[Participant], day: dt.datetime, now: dt.datetime) -> dict[str, object]:
    shown = stays[-MOST_STAYS:]
    return {
        "stays": shown,
        "most_stays": MOST_STAYS if len(shown) == MOST_STAYS else None,
        "picture": timeline.draw([_as_drawn(stay) for stay in shown], day=day, now=now),
    }


def stays_since(room: Room, day: dt.datetime) -> list[Participant]:
    """Who was in the room at any time since `day`, in the order they came: the latest of them.

    Everybody who is on the line is among them.
    """
    on_the_line = Q(left_at=None)
    recent = Q(joined_at__gte=day - LONGEST_STAY, left_at__gte=day)
    # Those who are on the line first, so that the slice never leaves one of them out.
    newest = (F("left_at").desc(nulls_first=True), "-joined_at")
    found = Participant.objects.filter(on_the_line | recent, room=room).order_by(*newest)
    latest = found[: max(MOST_STAYS, room.people_in + room.people_waiting)]
    return sorted(latest, key=lambda stay: (stay.joined_at, stay.pk))


def named_stays(account_id: str, stays: list[Participant]) -> list[Participant]:
    """With the names from the people list of those who told none; for showing, not for saving."""
    names = people.names(account_id, (stay.caller for stay in stays if not stay.name))
    for stay in stays:
        stay.name = stay.name or names.get(stay.caller, "")
    return stays


def _as_drawn(stay: Participant) -> timeline.Stay:
    return timeline.Stay(
        lane=stay.caller or stay.call,  # two withheld numbers may be two people
        caller=stay.caller,
        conference=stay.conference_id,
        joined=stay.joined_at,
        left=stay.left_at,
        name=stay.name,
        admitted=stay.admitted_at,
        waiting=stay.waiting,
    )
