"""The pages that tell why a call went as it did."""

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rooms.accounts.access import MemberRequest, member
from rooms.accounts.models import Account
from rooms.models import Room
from rooms.templatetags.rooms import caller as masked
from telephony import call_story, calls_found
from telephony.call_forms import FindForm
from telephony.models import Call

PAGE_SIZE = 50
LATELY = 5  # calls on the room's own page


@member
@never_cache
@require_safe
def of_room(request: MemberRequest, room_id: str) -> HttpResponse:
    """The room's recent calls, those that failed first."""
    room = get_object_or_404(Room, account=request.membership.account, pk=room_id)
    found = calls_found.of_room(room, timezone.now()).select_related("room")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"room": room, "page": page, "rows": _rows(page.object_list, room.account)}
    return render(request, "calls/of_room.html", context)


@member
@never_cache
@require_safe
def lately(request: MemberRequest, room_id: str) -> HttpResponse:
    """The first of these calls, for the room's own page."""
    room = get_object_or_404(Room, account=request.membership.account, pk=room_id)
    found = list(calls_found.of_room(room, timezone.now()).select_related("room")[: LATELY + 1])
    rows = _rows(found[:LATELY], room.account)
    context = {"room": room, "rows": rows, "more": len(found) > LATELY}
    return render(request, "calls/lately.html", context)


@member
@never_cache
@require_safe
def find(request: MemberRequest) -> HttpResponse:
    """A call by the number and the time that the caller tells."""
    asked = request.GET if "number" in request.GET else None
    form = FindForm(asked, label_suffix="", initial={"at": timezone.localtime()})
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        account = request.membership.account
        calls = calls_found.at_time(account, **form.cleaned_data).select_related("room")
        context["rows"] = _rows(calls[:PAGE_SIZE], account)
    return render(request, "calls/find.html", context)


@member
@never_cache
@require_safe
def call(request: MemberRequest, uuid: str) -> HttpResponse:
    """One call from its first moment to its last."""
    account = request.membership.account
    call = calls_found.visible(account, uuid)
    if call is None:
        raise Http404
    stays = calls_found.stays_of([call], account)[call.pk]
    context = {
        "call": call,
        "name": next((stay.name for stay in stays if stay.name), ""),
        "number": _number(call),
        "room": call.room if call.room and call.room.account_id == account.pk else None,
        "outcome": calls_found.outcome(call, stays, account),
        "moments": call_story.tell(call, account),
    }
    return render(request, "calls/call.html", context)


def _rows(calls: Iterable[Call], account: Account) -> list[dict[str, object]]:
    found = list(calls)
    stays = calls_found.stays_of(found, account)
    return [
        {
            "call": call,
            "name": next((stay.name for stay in stays[call.pk] if stay.name), ""),
            "number": _number(call),
            "outcome": calls_found.outcome(call, stays[call.pk], account),
        }
        for call in found
    ]


def _number(call: Call) -> str:
    """Who was at the other end, where no name is known: masked, as on all pages."""
    if call_story.from_browser(call):
        return gettext("in a browser")
    return masked(call.dialled if call.direction == "outbound" else call.caller)
