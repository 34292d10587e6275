"""The pages of rooms: for members, and the public page for those who are invited."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rooms import changes, dial_in, qr
from rooms.accounts.access import MemberRequest, member, public
from rooms.conferences.views import live_context
from rooms.forms import RoomForm
from rooms.meetings import agenda, room_meetings
from rooms.models import Room, RoomQuerySet

PAGE_SIZE = 50
SEARCH_FROM = 8  # fewer rooms than this are seen at a glance

form_page = require_http_methods(["GET", "HEAD", "POST"])


def rooms_of(request: MemberRequest) -> RoomQuerySet:
    return Room.objects.filter(account=request.membership.account)


def active_room(request: MemberRequest, room_id: str) -> Room:
    return get_object_or_404(rooms_of(request).active(), pk=room_id)


@member
@never_cache
@require_safe
def room_list(request: MemberRequest) -> HttpResponse:
    if request.GET.get("archived"):
        return _archived_list(request)
    sought = request.GET.get("q", "").replace("\0", "").strip()
    rooms = rooms_of(request).active()
    if sought:
        digits = "".join(sought.split())
        # A regular expression, because SQLite's LIKE folds the case of ASCII letters alone.
        rooms = rooms.filter(Q(name__iregex=re.escape(sought)) | Q(access_code=digits))
    page = Paginator(rooms, PAGE_SIZE).get_page(request.GET.get("page"))
    searchable = bool(sought) or page.paginator.count >= SEARCH_FROM
    context = {"page": page, "sought": sought, "searchable": searchable}
    if request.headers.get("HX-Request"):  # the page keeps itself fresh
        return render(request, "rooms/found.html", context)
    context["any_archived"] = rooms_of(request).archived().exists()
    return render(request, "rooms/list.html", context)


def _archived_list(request: MemberRequest) -> HttpResponse:
    rooms = rooms_of(request).archived().order_by("-archived_at", "id")
    page = Paginator(rooms, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "rooms/archived.html", {"page": page})


@member
@form_page
def make(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    form = RoomForm(request.POST or None, account=account, initial={"language": account.language})
    if request.method == "POST" and form.is_valid():
        room = changes.make(account, **form.cleaned_data)
        messages.success(request, _("The room is ready. Share its number and code."))
        return redirect("rooms:room", room.pk)
    return render(request, "rooms/form.html", {"form": form})


@member
@form_page
def edit(request: MemberRequest, room_id: str) -> HttpResponse:
    room = active_room(request, room_id)
    name = room.name
    form = RoomForm(request.POST or None, account=request.membership.account, instance=room)
    if request.method == "POST" and form.is_valid():
        changes.change(room, **form.cleaned_data)
        messages.success(request, _("Saved."))
        if room.personal_pins and not form.initial["personal_pins"]:
            _say_who_needs_pins(request, room)
        return redirect("rooms:room", room.pk)
    return render(request, "rooms/form.html", {"form": form, "room": room, "name": name})


def _say_who_needs_pins(request: MemberRequest, room: Room) -> None:
    if room_meetings.coming(room, timezone.now()).exists():
        text = _(
            "Those who are invited already find their PIN on their page. To send it to them, send "
            "the invitations of the room's meetings again."
        )
        messages.info(request, text)


@member
@form_page
def archive(request: MemberRequest, room_id: str) -> HttpResponse:
    room = active_room(request, room_id)
    if request.method == "POST":
        changes.archive(room)
        messages.success(request, _("“%(room)s” is archived.") % {"room": room.name})
        return redirect("rooms:list")
    planned = room_meetings.coming(room, timezone.now()).count()
    return render(request, "rooms/archive.html", {"room": room, "planned": planned})


@member
@form_page
def rotate_code(request: MemberRequest, room_id: str) -> HttpResponse:
    room = active_room(request, room_id)
    if request.method == "POST":
        try:
            return _rotated(request, room)
        except Room.DoesNotExist as archived_meanwhile:
            raise Http404 from archived_meanwhile
    planned = room_meetings.coming(room, timezone.now()).count()
    return render(request, "rooms/rotate_code.html", {"room": room, "planned": planned})


def _rotated(request: MemberRequest, room: Room) -> HttpResponse:
    told = 0
    if request.POST.get("invite"):
        told = room_meetings.rotate_and_invite(room, by=request.membership.user)
    else:
        changes.rotate_code(room)
    if told:
        text = ngettext(
            "The room has a new code. The people of %(n)d meeting are invited again.",
            "The room has a new code. The people of %(n)d meetings are invited again.",
            told,
        )
        messages.success(request, text % {"n": told})
    else:
        messages.success(request, _("The room has a new code. Tell those you invited."))
    return redirect("rooms:room", room.pk)


@member
@never_cache
@require_safe
def room(request: MemberRequest, room_id: str) -> HttpResponse:
    room = get_object_or_404(rooms_of(request), pk=room_id)
    context = invitation_context(room) | live_context(room)
    context["entries"] = agenda.next_of(room, timezone.get_current_timezone(), timezone.now())
    host = urlsplit(f"//{request.get_host()}").hostname
    context["stream_url"] = (
        f"{settings.LIVE_URL or f'http://{host}:{settings.LIVE_PORT}'}/live/rooms/{room.pk}"
    )
    if settings.EMBEDDED:
        context["phone_url"] = f"http://{host}:{settings.CARRIER_PORT}/"
    return render(request, "rooms/room.html", context)


@public
@require_safe
def public_page(request: HttpRequest, token: str) -> HttpResponse:
    room = get_object_or_404(Room, public_token=token)
    if room.archived_at:
        response = render(request, "rooms/closed.html", {"room": room}, status=410)
    else:
        response = render(request, "rooms/public.html", invitation_context(room))
    response["X-Robots-Tag"] = "noindex"
    return response


def invitation_context(room: Room) -> dict[str, object]:
    """What those who are invited need to know."""
    ways = dial_in.ways_into(room)
    address = dial_in.public_url(room)
    picture, side = qr.path(address)
    context: dict[str, object] = {
        "room": room,
        "way": ways[0] if ways else None,
        "other_ways": ways[1:],
        "public_url": address,
        "qr_path": picture,
        "qr_side": side,
    }
    # A template's output counts as safe HTML; strip() makes it a plain text again.
    context["invitation"] = render_to_string("rooms/invitation.txt", context).strip()
    return context
