"""Planning a meeting, changing it, calling it off, and starting one at once."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.accounts.access import MemberRequest, member
from rooms.meetings import meeting_page, planning
from rooms.meetings.forms import MeetingForm
from rooms.meetings.preview import Schedule
from rooms.meetings.schedule_form import ScheduleForm, tell
from rooms.meetings.views import open_meeting, text_of
from rooms.models import Room

DURATIONS = (15, 30, 45, 60, 90, 120, 180, 240)  # minutes that the form proposes
form_page = require_http_methods(["GET", "HEAD", "POST"])


@member
@never_cache
@form_page
def make(request: MemberRequest) -> HttpResponse:
    account, user = request.membership.account, request.membership.user
    rooms = Room.objects.active().filter(account=account)
    room = rooms.filter(pk=text_of(request, "room")).first()
    if room is None and not rooms.exists():
        return render(request, "meetings/no_room.html")
    form = MeetingForm.blank(request.POST or None, account=account, user=user, room=room)
    if request.method == "POST" and form.is_valid():
        try:
            planned = planning.plan(form.cleaned_data["room"], user, **form.fields_of())
        except ValidationError as problem:
            tell(form, problem)
        else:
            _say_notes(request, form)
            messages.success(request, _("The meeting is planned. Now invite people to it."))
            return redirect(f"{reverse('meetings:meeting', args=[planned.pk])}?invite=list#invite")
    context = {"form": form, "durations": DURATIONS, **_preview(form)}
    return render(request, "meetings/form.html", context)


@member
@never_cache
@form_page
def edit(request: MemberRequest, meeting_id: str) -> HttpResponse:
    meeting = open_meeting(request, meeting_id)
    form = MeetingForm.of(request.POST or None, meeting)
    if request.method == "POST" and form.is_valid():
        user, telling = request.membership.user, form.cleaned_data["tell"]
        try:
            planning.change(meeting, by=user, tell=telling, **form.fields_of(meeting))
        except ValidationError as problem:
            tell(form, problem)
        else:
            _say_notes(request, form)
            messages.success(request, _("Saved."))
            return redirect("meetings:meeting", meeting.pk)
    told = meeting_page.told(meeting)
    about = {"form": form, "meeting": meeting, "told": told, "durations": DURATIONS}
    context = {**about, **_preview(form)}
    return render(request, "meetings/form.html", context)


@member
@require_safe
def preview(request: MemberRequest) -> HttpResponse:
    """What the form's schedule means so far."""
    return render(request, "meetings/preview.html", _preview(ScheduleForm(request.GET)))


def _preview(form: ScheduleForm) -> dict[str, Any]:
    schedule = form.schedule()
    if schedule is None:
        return {"schedule": None, "problems": form.schedule_problems()}
    now = timezone.now()
    return {
        "schedule": schedule,
        "starts": schedule.next_starts(now),
        "notes": schedule.notes(now),
        "elsewhere": timezone.get_current_timezone_name() != schedule.time_zone,
        "zone": timezone.get_current_timezone_name(),
    }


def _say_notes(request: MemberRequest, form: ScheduleForm) -> None:
    """Who has no JavaScript has not seen the preview."""
    schedule = form.schedule()
    for note in schedule.notes(timezone.now()) if schedule else ():
        messages.info(request, note)


@member
@never_cache
@form_page
def cancel(request: MemberRequest, meeting_id: str) -> HttpResponse:
    meeting = open_meeting(request, meeting_id)
    if request.method == "POST":
        telling = bool(request.POST.get("tell"))
        planning.cancel(meeting, by=request.membership.user, tell=telling)
        messages.success(request, _("“%(meeting)s” is cancelled.") % {"meeting": meeting})
        return redirect("meetings:list")
    sentence = Schedule.of(meeting).sentence()
    context = {"meeting": meeting, "told": meeting_page.told(meeting), "sentence": sentence}
    return render(request, "meetings/cancel.html", context)


@member
@require_POST
def start_now(request: MemberRequest) -> HttpResponse:
    """A meeting from nothing in one click: in the room that is named, else in the first one."""
    account = request.membership.account
    chosen = request.POST.get("room", "").replace("\0", "")
    rooms = Room.objects.active().filter(account=account)
    room = get_object_or_404(rooms, pk=chosen) if chosen else None
    started = planning.start_now(account, request.membership.user, room)
    return redirect(f"{reverse('meetings:meeting', args=[started.pk])}?invite=list")
