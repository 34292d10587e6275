"""The page of an invitee: how to join, when, and their reply. Its address is the key to it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.accounts.access import public
from rooms.accounts.models import Membership
from rooms.meetings import calendars, call_offer, invitees, joining
from rooms.meetings.join_forms import ZoneForm
from rooms.meetings.models import Invitee, Reply

THANKS = {
    Reply.ACCEPTED: gettext_lazy("Thank you. You accepted."),
    Reply.DECLINED: gettext_lazy("Thank you. You declined."),
}
View = Callable[..., HttpResponse]


def invitee_page(view: View) -> View:
    """Hand `view(request, invitee, …)` the invitee of the token, in their language and zone.

    Somebody who was taken off the list gets 410, as all do when the room is gone.
    """

    @wraps(view)
    def shown(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        known = Invitee.objects.select_related("meeting__room__account", "meeting__organizer")
        invitee = get_object_or_404(known, token=token)
        language = _language(request, invitee)
        with translation.override(language), timezone.override(invitee.zone_name):
            if invitee.removed_at or invitee.meeting.room.archived_at:
                response = render(request, "join/gone.html", {"invitee": invitee}, status=410)
            else:
                response = view(request, invitee, *args, **kwargs)
        return _private(response, language)

    return shown


def _language(request: HttpRequest, invitee: Invitee) -> str:
    """What the visitor chose on this site, else the invitee's; not what the browser asks for."""
    if request.user.is_authenticated or settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return translation.get_language() or settings.LANGUAGE_CODE
    return invitee.spoken_language


def _private(response: HttpResponse, language: str) -> HttpResponse:
    """The address is a secret: no search engine, cache or other site shall learn it."""
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    # With "no-referrer" browsers would send forms with `Origin: null`, which nobody could trust.
    response["Referrer-Policy"] = "same-origin"
    response["Content-Language"] = language
    return response


@public
@invitee_page
@require_safe
def page(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    now = timezone.now()
    found = joining.status(invitee.meeting, now)
    if request.headers.get("HX-Request"):  # the page keeps this part fresh
        return render(request, "join/status.html", {"invitee": invitee, "status": found})
    previewed = _is_previewed(request, invitee)
    if request.method == "GET" and not previewed:
        invitees.note_opened(invitee)
    context: dict[str, object] = {
        "invitee": invitee,
        "meeting": invitee.meeting,
        "organizer": invitee.meeting.organizer or invitee.meeting.room.account,
        "previewed": previewed,
        "status": found,
        "zone_form": ZoneForm(initial={"time_zone": invitee.zone_name}),
    }
    context |= joining.when(invitee, found, now) | joining.how(invitee, found, now)
    if found.takes_place:
        context["offer"] = call_offer.of(invitee, found.occurrence, now)
    return render(request, "join/page.html", context)


def _is_previewed(request: HttpRequest, invitee: Invitee) -> bool:
    """Whether somebody of the account looks at what another one sees."""
    user, account = request.user, invitee.meeting.room.account
    if not user.is_authenticated or user.email == invitee.email:
        return False
    return Membership.objects.filter(account=account, user=user).exists()


@public
@invitee_page
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, invitee: Invitee, answer: str) -> HttpResponse:
    """GET is where the links in a mail lead. It changes nothing: mail scanners follow links too."""
    if answer not in THANKS:
        raise Http404
    if not joining.status(invitee.meeting, timezone.now()).takes_place:
        return _back(invitee)  # the page says why there is nothing to reply to
    if request.method != "POST":
        context = {"invitee": invitee, "meeting": invitee.meeting, "answer": answer}
        return render(request, "join/reply.html", context)
    invitees.reply(invitee, Reply(answer))
    messages.success(request, THANKS[Reply(answer)])
    return _back(invitee)


@public
@invitee_page
@require_POST
def zone(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    form = ZoneForm(request.POST)
    if form.is_valid():
        return _change(request, invitee, **form.cleaned_data)
    messages.error(request, " ".join(map(str, form.errors["time_zone"])))
    return _back(invitee)


@public
@invitee_page
@require_POST
def reminders(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    return _change(request, invitee, wants_reminders=request.POST.get("wanted") == "yes")


@public
@invitee_page
@require_safe
def calendar(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    """The meeting as a file that calendars read."""
    meeting = invitee.meeting
    tell = calendars.cancel if meeting.cancelled_at else calendars.request
    file = HttpResponse(tell(meeting, invitee), content_type="text/calendar; charset=utf-8")
    file["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return file


def _change(request: HttpRequest, invitee: Invitee, **fields: Any) -> HttpResponse:
    try:
        invitees.change(invitee, **fields)
        messages.success(request, _("Saved."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return _back(invitee)


def _back(invitee: Invitee) -> HttpResponse:
    return redirect("join:page", invitee.token)
