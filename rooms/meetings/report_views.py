"""The page of what became of one time of a meeting: who came when, who did not, and notes."""

import zoneinfo
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rooms.accounts.access import MemberRequest, member
from rooms.accounts.models import Account
from rooms.meetings import agenda, attendance, reports
from rooms.meetings.models import Occurrence

MOST_ABSENT = 200  # on the page; the table for a spreadsheet has all


class NotesForm(forms.ModelForm[Occurrence]):
    class Meta:
        model = Occurrence
        fields = ("notes",)
        widgets: ClassVar = {"notes": forms.Textarea({"rows": 6})}
        help_texts: ClassVar = {
            "notes": gettext_lazy("Seen by the members of the account, and kept with the report.")
        }


@member
@never_cache
@require_safe
def report(request: MemberRequest, occurrence_id: str) -> HttpResponse:
    occurrence = _found(request.membership.account, occurrence_id)
    return _page(request, occurrence, NotesForm(instance=occurrence, label_suffix=""))


@member
@require_POST
@transaction.atomic
def notes(request: MemberRequest, occurrence_id: str) -> HttpResponse:
    occurrence = _found(request.membership.account, occurrence_id)
    form = NotesForm(request.POST, instance=occurrence, label_suffix="")
    if not form.is_valid():
        return _page(request, _found(request.membership.account, occurrence_id), form, status=422)
    reports.note(occurrence, form.cleaned_data["notes"])
    messages.success(request, _("Saved."))
    return redirect("reports:report", occurrence.pk)


@member
@never_cache
@require_safe
def as_csv(request: MemberRequest, occurrence_id: str) -> HttpResponse:
    """Who came and who did not, one in a line, for a spreadsheet."""
    occurrence = _found(request.membership.account, occurrence_id)
    zone = zoneinfo.ZoneInfo(request.membership.user.time_zone)
    found = attendance.of(occurrence, timezone.now())
    lines = "".join(reports.as_csv(found, zone))
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"anyroom-report-{occurrence.starts_at.astimezone(zone):%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _found(account: Account, occurrence_id: str) -> Occurrence:
    times = Occurrence.objects.of_account(account).select_related("meeting__room__account")
    return get_object_or_404(times, pk=occurrence_id)


def _page(
    request: MemberRequest, occurrence: Occurrence, form: NotesForm, status: int = 200
) -> HttpResponse:
    found = attendance.of(occurrence, timezone.now())
    context = {
        "occurrence": occurrence,
        "meeting": occurrence.meeting,
        "room": occurrence.meeting.room,
        "found": found,
        "guests": sum(row.invitee is None for row in found.rows),
        "state": _state(found),
        "picture": reports.picture(found),
        "absent": found.absent[:MOST_ABSENT],
        "more_absent": max(0, len(found.absent) - MOST_ABSENT),
        "zone": request.membership.user.time_zone,
        "form": form,
    }
    return render(request, "reports/report.html", context, status=status)


def _state(found: attendance.Attendance) -> agenda.State:
    """As in lists, but that it goes on as long as somebody is there."""
    state = agenda.state(found.occurrence, found.now)
    return "now" if found.going_on and state == "over" else state
