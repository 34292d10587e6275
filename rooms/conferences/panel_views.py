"""The buttons of the live panel. Each is a POST of a plain form, with or without JavaScript.

static/live.js sends it and gets the panel as it is then; a browser without it is led back to the
room's page, which says what happened.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.accounts.access import MemberRequest, member
from rooms.conferences import named, panel
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Conference
from rooms.conferences.panel_forms import TOO_OLD, AnnouncementForm, ControlForm
from rooms.conferences.views import live_context, named_stays
from rooms.models import Room


@member
@never_cache
@require_POST
def control(request: MemberRequest, room_id: str) -> HttpResponse:
    """Do what the button says to a participant, or to the conference as a whole."""
    room = room_of(request, room_id)
    form = ControlForm(request.POST)
    if not form.is_valid():
        return answer(request, room, _told(form, "do"), failed=True)
    name, about = form.cleaned_data["do"]
    by = By(user=request.membership.user)
    try:
        if name in named.ON_PARTICIPANT:
            said = _on_participant(name, room, about, by)
        else:
            conference = get_object_or_404(room.conferences, pk=about)
            said = _done_to_all(named.on_conference(name, conference, by))
    except ValidationError as error:
        return answer(request, room, " ".join(error.messages), failed=True)
    return answer(request, room, said)


def _on_participant(name: str, room: Room, about: str, by: By) -> str:
    stay = get_object_or_404(room.participants, pk=about)
    [stay] = named_stays(room.account_id, [stay])
    person = panel.person(stay)
    try:
        command = named.on_participant(name, stay, by)
    except ValidationError as error:
        text = _("%(who)s: %(what)s") % {"who": person.who, "what": " ".join(error.messages)}
        raise ValidationError(text) from error
    if command.status == "done":
        return str(panel.DONE[command.kind]) % {"who": person.who}
    return _("%(who)s: %(what)s") % {"who": person.who, "what": panel.PENDING[command.kind]}


def _done_to_all(written: list[Command]) -> str:
    kinds = [command.kind for command in written]
    if not kinds:
        return _("There is nobody to mute: hosts are left out, and who is muted already.")
    match kinds[0]:
        case Command.Kind.MUTE:
            text = ngettext("%(n)d is being muted.", "%(n)d are being muted.", len(kinds))
            return text % {"n": len(kinds)}
        case Command.Kind.END:
            return _("Everybody is being hung up.")
        case Command.Kind.RECORD:
            return _("Recording is being started. Everybody is told.")
        case Command.Kind.STOP_RECORDING:
            return _("The recording is being stopped.")
    return str(panel.DONE[kinds[0]])


@member
@never_cache
@require_POST
def announce(request: MemberRequest, room_id: str) -> HttpResponse:
    """Say a text to everybody on the line."""
    room = room_of(request, room_id)
    form = AnnouncementForm(request.POST)
    if not form.is_valid():
        return answer(request, room, _told(form, "text"), failed=True)
    by = By(user=request.membership.user)
    try:
        written = named.announce(shown(request, room), form.cleaned_data["text"], by)
    except ValidationError as error:
        return answer(request, room, " ".join(error.messages), failed=True)
    text = ngettext("It is being said to %(n)d.", "It is being said to %(n)d.", len(written))
    return answer(request, room, text % {"n": len(written)})


def _told(form: Form, field: str) -> str:
    return " ".join(str(error) for error in form.errors[field])


def room_of(request: MemberRequest, room_id: str) -> Room:
    """The member's room, archived or not: a conference outlives that. Raises Http404."""
    return get_object_or_404(Room, account=request.membership.account, pk=room_id)


def shown(request: MemberRequest, room: Room) -> Conference:
    """The conference that the page showed which this comes from. Raises ValidationError."""
    if "conference" not in request.POST:
        raise ValidationError(TOO_OLD)
    found = room.conferences.filter(pk=request.POST["conference"]).first()
    if found is None:
        raise ValidationError(_("Nobody is on the line."), code="nobody")
    return found


def answer(request: MemberRequest, room: Room, said: str, *, failed: bool = False) -> HttpResponse:
    """The panel as it is now and what is `said` of the action; 422 where that `failed`.

    Without JavaScript: back to the room's page, with `said` as its message.
    """
    if not request.headers.get("HX-Request"):
        (messages.error if failed else messages.success)(request, said)
        return redirect(f"{reverse('rooms:room', args=[room.pk])}#on-the-line")
    room.refresh_from_db()
    context = live_context(room, known=request.GET.get("today", ""))
    context |= {"room": room, "said": said, "failed": failed}
    return render(request, "rooms/panel_answer.html", context, status=422 if failed else 200)
