"""The recordings of a room: listened to, downloaded and deleted by members of its account."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rooms import files
from rooms.accounts import people
from rooms.accounts.access import MemberRequest, member
from rooms.conferences import recording_files
from rooms.conferences.models import Recording
from rooms.models import Room

PAGE_SIZE = 25


@member
@never_cache
@require_safe
def recordings(request: MemberRequest, room_id: str) -> HttpResponse:
    room = get_object_or_404(Room, account=request.membership.account, pk=room_id)
    page = Paginator(_shown(request, room_id), PAGE_SIZE).get_page(request.GET.get("page"))
    _name_starters(page.object_list, room.account_id)
    return render(request, "recordings/list.html", {"room": room, "page": page})


@member
@never_cache
@require_safe
def row(request: MemberRequest, room_id: str, recording_id: str) -> HttpResponse:
    """One row of the list, asked for again until its file is there."""
    recording = _recording(request, room_id, recording_id)
    _name_starters([recording], recording.room.account_id)
    return render(request, "recordings/row.html", {"room": recording.room, "one": recording})


@member
@require_safe
def file(request: MemberRequest, room_id: str, recording_id: str) -> HttpResponseBase:
    """What the player plays, or with `?download` what the browser keeps."""
    return answer_with_file(
        request, _recording(request, room_id, recording_id), download="download" in request.GET
    )


def answer_with_file(
    request: HttpRequest, recording: Recording, *, download: bool
) -> HttpResponseBase:
    """The file, or the part of it that is asked for. Raises Http404 where there is none."""
    if recording.status != Recording.Status.READY:
        raise Http404
    try:
        return files.response(
            request,
            recording.file,
            size=recording.size or 0,
            content_type=recording.content_type,
            download=_file_name(recording) if download else "",
        )
    except OSError as gone:
        raise Http404 from gone


def _file_name(recording: Recording) -> str:
    began = timezone.localtime(recording.started_at)
    room = slugify(recording.room.name, allow_unicode=True) or "anyroom"
    return f"{room}-{began:%Y-%m-%d-%H%M}.{recording.file.rpartition('.')[2]}"


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: MemberRequest, room_id: str, recording_id: str) -> HttpResponse:
    recording = _recording(request, room_id, recording_id)
    if request.method == "POST":
        try:
            recording_files.delete(recording)
            messages.success(request, _("The recording is deleted."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("conferences:recordings", room_id)
    return render(request, "recordings/delete.html", {"room": recording.room, "one": recording})


def _shown(request: MemberRequest, room_id: str) -> QuerySet[Recording]:
    mine = Recording.objects.kept().filter(room=room_id, room__account=request.membership.account)
    return mine.select_related("room", "started_by", "started_by_participant")


def _recording(request: MemberRequest, room_id: str, recording_id: str) -> Recording:
    return get_object_or_404(_shown(request, room_id), pk=recording_id)


def _name_starters(recordings: object, account_id: str) -> None:
    """With the names from the people list of callers who told none; for showing, not for saving."""
    stays = [one.started_by_participant for one in recordings]  # type: ignore[attr-defined]
    names = people.names(account_id, (one.caller for one in stays if one and not one.name))
    for stay in filter(None, stays):
        stay.name = stay.name or names.get(stay.caller, "")
