"""One time of a meeting: moving it, calling it off."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rooms.accounts.access import MemberRequest, member
from rooms.meetings import meeting_page, planning, times
from rooms.meetings.agenda import Entry
from rooms.meetings.models import Occurrence
from rooms.meetings.schedule_form import tell
from rooms.meetings.views import occurrence_of


class MoveForm(forms.Form):
    """When one time is to begin instead, in the meeting's zone."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    starts = forms.TimeField(
        label=gettext_lazy("Start"),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    tell = forms.BooleanField(label=gettext_lazy("Tell the invitees"), required=False, initial=True)

    @classmethod
    def of(cls, data: Any, occurrence: Occurrence) -> "MoveForm":
        start = occurrence.local_start
        initial = {"day": start.date(), "starts": start.time()}
        return cls(data, initial=initial, label_suffix="")


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def occurrence(request: MemberRequest, occurrence_id: str) -> HttpResponse:
    """The page of one time; what is sent to it moves the time."""
    found = occurrence_of(request, occurrence_id)
    form = MoveForm.of(request.POST or None, found)
    if request.method == "POST" and form.is_valid():
        data, user = form.cleaned_data, request.membership.user
        day, starts = data["day"], data["starts"]
        try:
            planning.move(found, day=day, starts=starts, by=user, tell=data["tell"])
        except ValidationError as problem:
            tell(form, problem)
        else:
            if note := times.twice_text(day, starts, found.meeting.time_zone):
                messages.info(request, note)
            messages.success(request, _("The time is moved."))
            return redirect("meetings:meeting", found.meeting_id)
    return render(request, "meetings/occurrence.html", _context(found, form))


@member
@require_POST
def cancel_one(request: MemberRequest, occurrence_id: str) -> HttpResponse:
    found = occurrence_of(request, occurrence_id)
    telling = bool(request.POST.get("tell"))
    try:
        planning.cancel_one(found, by=request.membership.user, tell=telling)
    except ValidationError as problem:
        for text in problem.messages:
            messages.error(request, text)
        return redirect("meetings:occurrence", found.pk)
    messages.success(request, _("This time is cancelled."))
    return redirect("meetings:meeting", found.meeting_id)


def _context(found: Occurrence, form: MoveForm) -> dict[str, Any]:
    zone, now = timezone.get_current_timezone(), timezone.now()
    entry = Entry.of(found, zone, now)
    return {
        "meeting": found.meeting,
        "entry": entry,
        "here": Entry.of(found, found.meeting.zone, now),
        "form": form,
        "told": meeting_page.told(found.meeting),
        "can_change": entry.state in ("now", "coming") and not found.meeting.room.archived_at,
        "zone": timezone.get_current_timezone_name(),
        "elsewhere": found.meeting.time_zone != timezone.get_current_timezone_name(),
    }
