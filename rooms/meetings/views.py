"""The account's meetings as an agenda and as a month, and the page of one meeting."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rooms.accounts.access import MemberRequest, member
from rooms.meetings import agenda, meeting_page, month_grid
from rooms.meetings.invite_forms import GuestForm, PasteForm, PeopleChoice
from rooms.meetings.models import Meeting, MeetingQuerySet, Occurrence
from rooms.models import Room


def text_of(request: MemberRequest, name: str) -> str:
    """A value of the address; no database takes a NUL."""
    return request.GET.get(name, "").replace("\0", "").strip()


def meetings_of(request: MemberRequest) -> MeetingQuerySet:
    found = Meeting.objects.of_account(request.membership.account)
    return found.select_related("room__account", "organizer")


def open_meeting(request: MemberRequest, meeting_id: str) -> Meeting:
    """One that can still be changed."""
    return get_object_or_404(meetings_of(request).planned(), pk=meeting_id)


@member
@never_cache
@require_safe
def meeting_list(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    rooms = Room.objects.filter(account=account, meetings__isnull=False).distinct()
    chosen = text_of(request, "room")
    room = get_object_or_404(Room, account=account, pk=chosen) if chosen else None
    times = agenda.of_account(account, room)
    context = {"rooms": rooms, "room": room, "zone": timezone.get_current_timezone_name()}
    try:
        if text_of(request, "view") == "month":
            return render(request, "meetings/month.html", context | _month(request, times))
        return render(request, "meetings/agenda.html", context | _agenda(request, times))
    except ValueError as nonsense:  # an address that no page of ours has
        raise Http404 from nonsense


def _month(request: MemberRequest, times: Any) -> dict[str, Any]:
    now, zone = timezone.now(), timezone.get_current_timezone()
    name = text_of(request, "month") or f"{now.astimezone(zone):%Y-%m}"
    grid = month_grid.draw(times, month_grid.month_named(name), zone, now)
    return {"grid": grid, "is_current": name == f"{now.astimezone(zone):%Y-%m}"}


def _agenda(request: MemberRequest, times: Any) -> dict[str, Any]:
    now, zone = timezone.now(), timezone.get_current_timezone()
    start, end = text_of(request, "from"), text_of(request, "before")
    day = text_of(request, "day")
    if end:
        page = agenda.page_before(times, zone, now, end=end)
    else:
        if day:
            midnight = dt.datetime.combine(_day_named(day), dt.time.min, tzinfo=zone)
            start = agenda.cursor(midnight)
        page = agenda.page(times, zone, now, start=start or agenda.start_of(times, now))
    today = now.astimezone(zone).date()
    return {
        "page": page,
        "is_current": not (start or end),
        "today": today,
        "tomorrow": today + dt.timedelta(days=1),
    }


def _day_named(name: str) -> dt.date:
    """Raises ValueError for what is no day, or one that no zone can tell a moment of."""
    day = dt.date.fromisoformat(name)
    month_grid.month_named(f"{day:%Y-%m}")
    return day


@member
@never_cache
@require_safe
def meeting(request: MemberRequest, meeting_id: str) -> HttpResponse:
    return show(request, get_object_or_404(meetings_of(request), pk=meeting_id))


def show(request: MemberRequest, meeting: Meeting, **given: Any) -> HttpResponse:
    """The page; `given` are forms that were sent in and not taken, and which one is `open`."""
    people = given.get("choice") or PeopleChoice(request.GET, meeting)
    context = {
        **meeting_page.about(meeting),
        **meeting_page.table(meeting, request.GET),
        **meeting_page.mailing_status(meeting, timezone.now()),
        "counts": meeting_page.counts(meeting),
        "guest_form": GuestForm(None, meeting),
        "paste_form": PasteForm(None, meeting),
        "open": request.GET.get("invite", ""),
        "tell": True,
        **given,
        "choice": people,
    }
    return render(request, "meetings/meeting.html", context)


@member
@never_cache
@require_safe
def mailing(request: MemberRequest, meeting_id: str) -> HttpResponse:
    """How far the newest mailing has come; the page asks for it again and again."""
    found = get_object_or_404(meetings_of(request), pk=meeting_id)
    status = meeting_page.mailing_status(found, timezone.now())
    answer = render(request, "meetings/mailing.html", status)
    if status["mailing"] is None or not status["progress"].going_on:
        answer["HX-Trigger"] = "mailing-ended"  # the table of people is read again
    return answer


@member
@never_cache
@require_safe
def people(request: MemberRequest, meeting_id: str) -> HttpResponse:
    """Who of the people list matches, with those who were ticked before."""
    found = open_meeting(request, meeting_id)
    context = {"meeting": found, "choice": PeopleChoice(request.GET, found)}
    return render(request, "meetings/people.html", context)


def occurrence_of(request: MemberRequest, occurrence_id: str) -> Occurrence:
    found = Occurrence.objects.of_account(request.membership.account)
    return get_object_or_404(found.select_related("meeting__room__account"), pk=occurrence_id)
