"""The pages of what took place: all conferences of an account or a room, and each of them."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rooms.accounts.access import MemberRequest, member
from rooms.conferences import history_export, history_list, history_one, history_search
from rooms.conferences.history_forms import OFFERED, SearchForm
from rooms.conferences.models import Conference
from rooms.models import Room

STAYS_SHOWN = 40  # of a conference on one page


@member
@never_cache
@require_safe
def of_account(request: MemberRequest) -> HttpResponse:
    """All conferences of the account, or those that are looked for."""
    names = Room.objects.filter(account=request.membership.account).order_by("name")
    offered = names.values_list("name", flat=True).distinct()[:OFFERED]
    return _list(request, None, {"room_names": offered})


@member
@never_cache
@require_safe
def of_room(request: MemberRequest, room_id: str) -> HttpResponse:
    """The same of one room."""
    room = get_object_or_404(Room, account=request.membership.account, pk=room_id)
    return _list(request, room, {"room": room})


def _list(request: MemberRequest, room: Room | None, more: dict[str, object]) -> HttpResponse:
    account, given = request.membership.account, _given(request)
    form = SearchForm(given, account=account, room=room)
    context: dict[str, object] = {"form": form, "today": timezone.localdate(), **more}
    if form.is_valid():
        found = history_search.find(form.asked)
        context["found"] = found
        context["page"] = history_list.page(
            account,
            found.conferences,
            before=given.get("before", ""),
            after=given.get("after", ""),
        )
    return render(request, "history/list.html", context)


def _given(request: MemberRequest) -> dict[str, str]:
    """What the address asks for; no database takes a NUL."""
    return {name: request.GET[name].replace("\0", "") for name in request.GET}


@member
@never_cache
@require_safe
def export(request: MemberRequest, format: str) -> HttpResponseBase:
    """A file with a row for each stay in what is looked for."""
    form = SearchForm(_given(request), account=request.membership.account)
    if not form.is_valid():
        raise Http404
    found = history_search.find(form.asked).conferences
    return _file(request, found, format, f"anyroom-history-{timezone.localdate():%Y-%m-%d}")


@member
@never_cache
@require_safe
def conference(request: MemberRequest, conference_id: str) -> HttpResponse:
    """One conference: who was there when, what was recorded and what was asked of it."""
    found = _conference(request, conference_id)
    told = history_one.tell(found, timezone.now())
    page = Paginator(told.stays, STAYS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "conference": found,
        "room": found.room,
        "told": told,
        "zone": request.membership.user.time_zone,
        "page": page,
        **history_one.shown(told, [stay.pk for stay in page]),
    }
    return render(request, "history/conference.html", context)


@member
@never_cache
@require_safe
def export_one(request: MemberRequest, conference_id: str, format: str) -> HttpResponseBase:
    """A file with a row for each stay in one conference."""
    found = _conference(request, conference_id)
    began = timezone.localtime(found.started_at)
    one = Conference.objects.filter(pk=found.pk)
    return _file(request, one, format, f"anyroom-conference-{began:%Y-%m-%d-%H%M}")


def _conference(request: MemberRequest, conference_id: str) -> Conference:
    mine = Conference.objects.remembered().filter(account=request.membership.account)
    return get_object_or_404(mine.select_related("room"), pk=conference_id)


def _file(
    request: MemberRequest, found: "QuerySet[Conference]", format: str, name: str
) -> HttpResponseBase:
    """Numbers are masked, as they are on the pages."""
    if format not in history_export.FORMATS:
        raise Http404
    zone = request.membership.user.time_zone
    return history_export.response(
        found, format, name=name, zone=zone, whole=False, now=timezone.now()
    )
