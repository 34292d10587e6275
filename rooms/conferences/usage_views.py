"""The usage page: minutes by day and by room against what is included, as a table for a
spreadsheet too, and the owner's choice of a cap."""

import csv

from django.conf import settings
from django.contrib import messages
from django.db.models import F, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rooms.accounts.access import MemberRequest, manager, member
from rooms.accounts.models import Account
from rooms.conferences import cap, usage, usage_chart
from rooms.conferences.months import Month
from rooms.conferences.usage_forms import CapForm
from rooms.models import Room


@member
@never_cache
@require_safe
def month(request: MemberRequest) -> HttpResponse:
    form = CapForm.of(request.membership.account, settings.INCLUDED_MINUTES)
    return render(request, "usage/month.html", _context(request, form))


@manager
@require_POST
def change_cap(request: MemberRequest) -> HttpResponse:
    """Set the cap or take it away; what follows at once is said."""
    form = CapForm(request.POST, label_suffix="")
    if not form.is_valid():
        return render(request, "usage/month.html", _context(request, form), status=422)
    account = cap.choose(request.membership.account, form.cap, timezone.now())
    if account.capped_until:
        text = _("Saved. This limit is reached already: nobody is let in until the month is over.")
        messages.warning(request, text)
    else:
        messages.success(request, _("Saved."))
    return redirect("usage:month")


@member
@never_cache
@require_safe
def as_csv(request: MemberRequest) -> HttpResponse:
    """The month's days and rooms, one in a line, for a spreadsheet."""
    account, now = request.membership.account, timezone.now()
    chosen = _chosen_month(request, account)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="anyroom-usage-{chosen}.csv"'
    lines = csv.writer(response)
    lines.writerow(["date", "room", "room_id", "seconds", "minutes"])
    for cell in usage.of_month(account, chosen, now).cells:
        minutes = f"{cell.seconds / 60:.2f}"
        lines.writerow([cell.day, _harmless(cell.room.name), cell.room.pk, cell.seconds, minutes])
    return response


def _harmless(text: str) -> str:
    """A spreadsheet runs a text that begins so as a formula."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def _chosen_month(request: MemberRequest, account: Account) -> Month:
    name = request.GET.get("month", "")
    try:
        return Month.named(account, name) if name else Month.of(account, timezone.now())
    except ValueError as no_month:
        raise Http404 from no_month


def _context(request: MemberRequest, form: CapForm) -> dict[str, object]:
    account, now = request.membership.account, timezone.now()
    chosen, current = _chosen_month(request, account), Month.of(account, now)
    used = usage.of_month(account, chosen, now)
    on_the_line = Room.objects.filter(account=account).aggregate(
        sum=Sum(F("people_in") + F("people_waiting"))
    )["sum"]
    included = settings.INCLUDED_MINUTES
    return {
        "account": account,
        "form": form,
        "month": chosen,
        "is_current": chosen == current,
        "earlier": chosen.previous if chosen.start > account.created_at else None,
        "later": chosen.next if chosen.first < current.first else None,
        "usage": used,
        "included": included,
        "percent": used.seconds * 100 // (included * 60),
        "bar": min(used.seconds, included * 60),
        "beyond": max(0, used.seconds - included * 60),
        "on_the_line": on_the_line or 0,
        "capped": account.capped_until is not None and account.capped_until > now,
        "today": now.astimezone(current.zone).date(),
        "chart": usage_chart.draw(used.days, today=now.astimezone(current.zone).date()),
    }
