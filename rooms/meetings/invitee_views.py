"""The people of a meeting: inviting them, one by one or many at once, and one person's page."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rooms.accounts.access import MemberRequest, member
from rooms.meetings import delivery_state, invitees, mailings
from rooms.meetings.invite_forms import GuestForm, PasteForm, PeopleChoice
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Mailing, Meeting
from rooms.meetings.schedule_form import tell
from rooms.meetings.views import open_meeting, show
from rooms.notices.models import Notice

form_page = require_http_methods(["GET", "HEAD", "POST"])
LETTERS_SHOWN = 20


@member
@never_cache
@form_page
def invite_one(request: MemberRequest, meeting_id: str) -> HttpResponse:
    """Somebody whose name and address were typed."""
    meeting = open_meeting(request, meeting_id)
    if request.method != "POST":
        return _to_page(request, meeting)
    form = GuestForm(request.POST, meeting)
    if form.is_valid() and _invite(request, meeting, [form.guest], form):
        return _back(meeting, "one")
    return _again(request, meeting, "one", guest_form=form)


@member
@never_cache
@form_page
def invite_list(request: MemberRequest, meeting_id: str) -> HttpResponse:
    """Many whose names and addresses were pasted."""
    meeting = open_meeting(request, meeting_id)
    if request.method != "POST":
        return _to_page(request, meeting)
    form = PasteForm(request.POST, meeting)
    if form.is_valid() and _invite(request, meeting, form.guests, form):
        _say_repeated(request, form.repeated)
        return _back(meeting, "list")
    return _again(request, meeting, "list", paste_form=form)


@member
@never_cache
@form_page
def invite_people(request: MemberRequest, meeting_id: str) -> HttpResponse:
    """Those ticked on the people list, or all that match."""
    meeting = open_meeting(request, meeting_id)
    if request.method != "POST":
        return _to_page(request, meeting)
    choice = PeopleChoice(request.POST, meeting)
    form = Form(request.POST)
    if guests := choice.guests:
        if _invite(request, meeting, guests, form):
            return _back(meeting, "people")
    else:
        form.add_error(None, _("Tick those whom you want to invite."))
    return _again(request, meeting, "people", choice=choice, people_form=form)


def _invite(request: MemberRequest, meeting: Meeting, guests: Iterable[Guest], form: Form) -> bool:
    """Whether they were invited; if not, the form says why."""
    telling = bool(request.POST.get("tell"))
    try:
        added = invitees.add(meeting, guests, by=request.membership.user, tell=telling)
    except ValidationError as problem:
        tell(form, problem)
        return False
    _say_added(request, len(added.new), telling)
    if telling and (silent := sum(not one.email for one in added.new)):
        text = ngettext(
            "%(n)d has no e-mail address and was not written to. “To all” can invite by SMS.",
            "%(n)d have no e-mail address and were not written to. “To all” can invite by SMS.",
            silent,
        )
        messages.warning(request, text % {"n": silent})
    if there := len(added.repeated):
        text = ngettext(
            "%(n)d was on the list already and stays as they are.",
            "%(n)d were on the list already and stay as they are.",
            there,
        )
        messages.info(request, text % {"n": there})
    return True


def _say_added(request: MemberRequest, new: int, telling: bool) -> None:
    if not new:
        return
    if telling:
        text = ngettext("%(n)d person is invited.", "%(n)d people are invited.", new)
    else:
        text = ngettext(
            "%(n)d person is on the list; nothing was sent.",
            "%(n)d people are on the list; nothing was sent.",
            new,
        )
    messages.success(request, text % {"n": new})


def _say_repeated(request: MemberRequest, times: int) -> None:
    if times:
        text = ngettext(
            "%(n)d person was in the text more than once and counts once.",
            "%(n)d people were in the text more than once and count once.",
            times,
        )
        messages.info(request, text % {"n": times})


def _back(meeting: Meeting, way: str) -> HttpResponse:
    page = reverse("meetings:meeting", args=[meeting.pk])
    return redirect(f"{page}?invite={way}#people")


def _to_page(request: MemberRequest, meeting: Meeting) -> HttpResponse:
    """Links on a form that was not taken lead here: the page itself is elsewhere."""
    page = reverse("meetings:meeting", args=[meeting.pk])
    return redirect(f"{page}?{request.GET.urlencode()}")


def _again(request: MemberRequest, meeting: Meeting, way: str, **given: Any) -> HttpResponse:
    """The page with what was sent in, and what is wrong with it."""
    telling = bool(request.POST.get("tell"))
    return show(request, meeting, open=way, tell=telling, **given)


def invitee_of(request: MemberRequest, invitee_id: str) -> Invitee:
    """Somebody who is invited to a meeting that can still be changed."""
    found = Invitee.objects.invited().filter(
        meeting__room__account=request.membership.account,
        meeting__cancelled_at=None,
        meeting__room__archived_at=None,
    )
    return get_object_or_404(found.select_related("meeting__room__account"), pk=invitee_id)


@member
@never_cache
@form_page
def invitee(request: MemberRequest, invitee_id: str) -> HttpResponse:
    """One person: what is known of them, what was sent to them, and changing it."""
    found = invitee_of(request, invitee_id)
    shown, joins_by = str(found), found.token
    form = GuestForm.of(request.POST or None, found)
    if request.method == "POST" and form.is_valid() and _change(found, form):
        messages.success(request, _("Saved."))
        return redirect("meetings:meeting", found.meeting_id)
    context = {
        "invitee": found,
        "shown": shown,
        "joins_by": joins_by,
        "site_url": settings.PUBLIC_URL,
        "meeting": found.meeting,
        "form": form,
        "state": delivery_state.states(found.meeting, [found])[found.pk],
        "letters": found.notices.order_by("-created_at", "-id")[:LETTERS_SHOWN],
    }
    return render(request, "meetings/invitee.html", context)


def _change(found: Invitee, form: GuestForm) -> bool:
    """Whether it was taken; if not, the form says why."""
    try:
        invitees.change(found, **form.cleaned_data)
    except ValidationError as problem:
        tell(form, problem)
    else:
        return True
    return False


@member
@never_cache
@form_page
def remove(request: MemberRequest, invitee_id: str) -> HttpResponse:
    """Asks once; whoever is invited again gets a new PIN and page."""
    found = invitee_of(request, invitee_id)
    if request.method == "POST":
        telling = bool(request.POST.get("tell"))
        invitees.remove(found, by=request.membership.user, tell=telling)
        messages.success(request, _("%(name)s is off the list.") % {"name": found})
        return redirect("meetings:meeting", found.meeting_id)
    context = {"invitee": found, "meeting": found.meeting}
    return render(request, "meetings/remove.html", context)


@member
@require_POST
def resend(request: MemberRequest, invitee_id: str) -> HttpResponse:
    """The invitation once more to one person, by e-mail or SMS."""
    found = invitee_of(request, invitee_id)
    by_sms = request.POST.get("channel") == Notice.Channel.SMS
    channel = Mailing.Channel.SMS if by_sms else Mailing.Channel.EMAIL
    try:
        mailings.resend(found, channel, by=request.membership.user)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("meetings:invitee", found.pk)
    text = _("The invitation goes to %(name)s.")
    if by_sms:
        text = _("The invitation goes to %(name)s by SMS.")
    messages.success(request, text % {"name": found})
    return redirect("meetings:meeting", found.meeting_id)
