"""The sounds of an account: uploaded, heard, deleted, played into a room, given to the carrier."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms import files
from rooms.accounts.access import MemberRequest, member, public
from rooms.conferences import named, sounds
from rooms.conferences.commands import By
from rooms.conferences.models import Sound
from rooms.conferences.panel_views import answer, room_of, shown


class SoundForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".wav,.mp3,audio/wav,audio/mpeg"}),
        help_text=gettext_lazy("WAV with 16 bits, or MP3; 10 MB at most."),
    )


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sound_list(request: MemberRequest) -> HttpResponse:
    account, user = request.membership.account, request.membership.user
    form = SoundForm(request.POST or None, request.FILES or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        try:
            sound = sounds.upload(account, given["name"], given["file"], user)
            messages.success(request, _("“%(sound)s” is uploaded.") % {"sound": sound})
            return redirect("sounds:list")
        except ValidationError as error:
            form.add_error(None, error)
    mine = Sound.objects.kept().filter(account=account).select_related("created_by")
    context = {"sounds": mine, "music": sounds.MUSIC, "form": form}
    return render(request, "sounds/list.html", context, status=422 if form.errors else 200)


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: MemberRequest, sound_id: str) -> HttpResponse:
    sound = _sound(request, sound_id)
    if request.method == "POST":
        sounds.delete(sound)
        messages.success(request, _("“%(sound)s” is deleted.") % {"sound": sound})
        return redirect("sounds:list")
    return render(request, "sounds/delete.html", {"sound": sound})


@member
@require_safe
def file(request: MemberRequest, sound_id: str) -> HttpResponseBase:
    """For the player on the page."""
    return _file(request, _sound(request, sound_id))


@public
@require_safe
def for_carrier(request: HttpRequest, token: str) -> HttpResponseBase:
    """For the carrier, which shows no key: the address itself is the secret."""
    return _file(request, get_object_or_404(Sound.objects.kept(), token=token))


@member
@never_cache
@require_POST
def play(request: MemberRequest, room_id: str) -> HttpResponse:
    """Play a sound to everybody in the room, from the panel."""
    room = room_of(request, room_id)
    try:
        sound = sounds.find(room.account, request.POST.get("sound", ""))
        by = By(user=request.membership.user)
        written = named.play(shown(request, room), sound, by)
    except ValidationError as error:
        return answer(request, room, " ".join(error.messages), failed=True)
    text = ngettext("It is being played to %(n)d.", "It is being played to %(n)d.", len(written))
    return answer(request, room, text % {"n": len(written)})


@member
@never_cache
@require_POST
def stop(request: MemberRequest, room_id: str) -> HttpResponse:
    """Stop what is playing in the room, from the panel."""
    room = room_of(request, room_id)
    try:
        named.stop_playing(shown(request, room), By(user=request.membership.user))
    except ValidationError as error:
        return answer(request, room, " ".join(error.messages), failed=True)
    return answer(request, room, _("What was playing is being stopped."))


def _sound(request: MemberRequest, sound_id: str) -> Sound:
    mine = Sound.objects.kept().filter(account=request.membership.account)
    return get_object_or_404(mine, pk=sound_id)


def _file(request: HttpRequest, sound: Sound) -> HttpResponseBase:
    try:
        return files.response(request, sound.file, size=sound.size, content_type=sound.content_type)
    except OSError as gone:
        raise Http404 from gone
