"""Buttons that have somebody called: on an invitee's join page, and on the meeting's page."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rooms.accounts.access import MemberRequest, member, public
from rooms.meetings import call_me
from rooms.meetings.join_views import invitee_page
from rooms.meetings.models import Invitee, Occurrence


@public
@invitee_page
@require_POST
def call_me_view(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    """The invitee asks to be called at the start, or now if it has begun, or takes that back."""
    try:
        if request.POST.get("wanted") == "no":
            call_me.set_standing(invitee, False)
            messages.success(request, _("You will not be called."))
        else:
            call_me.set_standing(invitee, True)
            occurrence = _next(invitee)
            if occurrence:
                call_me.ask(invitee, occurrence)
            messages.success(request, _("Your phone will ring. Press 1 to enter."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("join:page", invitee.token)


@member
@require_POST
def call_invitee(request: MemberRequest, invitee_id: str) -> HttpResponse:
    """The organizer has an invitee called: now if the meeting goes on, else at its start.

    Or takes that back.
    """
    mine = Invitee.objects.invited().filter(room__account=request.membership.account)
    invitee = get_object_or_404(mine, pk=invitee_id)
    occurrence = _next(invitee)
    try:
        if occurrence is None:
            raise ValidationError(_("This meeting does not take place any more."))
        if request.POST.get("wanted") == "no":
            call_me.withdraw(invitee, occurrence)
            messages.success(request, _("%(who)s will not be called.") % {"who": invitee})
            return redirect("meetings:meeting", invitee.meeting_id)
        call_me.ask(invitee, occurrence, by=request.membership.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        now = occurrence.starts_at <= timezone.now()
        text = _("%(who)s is being called.") if now else _("%(who)s will be called at the start.")
        messages.success(request, text % {"who": invitee})
    return redirect("meetings:meeting", invitee.meeting_id)


def _next(invitee: Invitee) -> Occurrence | None:
    """What goes on now or comes next."""
    coming = Occurrence.objects.upcoming(timezone.now())
    return coming.filter(meeting=invitee.meeting_id).first()
