"""Writing to all the people of a meeting, stopping that, and going on with it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rooms.accounts.access import MemberRequest, member
from rooms.meetings import mailings, meeting_page, progress
from rooms.meetings.models import Mailing
from rooms.meetings.views import open_meeting

# What can be sent to many: to whom, and how.
SENDS = {
    "new": (Mailing.Audience.NEW, Mailing.Channel.EMAIL),
    "all": (Mailing.Audience.ALL, Mailing.Channel.EMAIL),
    "sms": (Mailing.Audience.ALL, Mailing.Channel.SMS),
}


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: MemberRequest, meeting_id: str, what: str) -> HttpResponse:
    """Invitations to all, or to those not invited yet; asks once and says how many it are."""
    if what not in SENDS:
        raise Http404
    meeting = open_meeting(request, meeting_id)
    counts = meeting_page.counts(meeting)
    number = {
        "new": counts.not_written,
        "all": counts.by_email,
        "sms": counts.by_phone,
    }[what]
    if request.method == "POST" and number:
        audience, channel = SENDS[what]
        by = request.membership.user
        mailings.start(meeting, Mailing.Kind.INVITATION, by=by, audience=audience, channel=channel)
        messages.success(request, _("The invitations are on their way."))
        return redirect("meetings:meeting", meeting.pk)
    context = {"meeting": meeting, "what": what, "number": number}
    return render(request, "meetings/send.html", context)


def mailing_of(request: MemberRequest, mailing_id: str) -> Mailing:
    found = Mailing.objects.filter(meeting__room__account=request.membership.account)
    return get_object_or_404(found.select_related("meeting"), pk=mailing_id)


@member
@require_POST
def stop(request: MemberRequest, mailing_id: str) -> HttpResponse:
    """Asks nothing: the rest can be sent afterwards."""
    found = mailing_of(request, mailing_id)
    mailings.stop(found)
    messages.success(request, _("Stopped. What was handed over already arrives."))
    return redirect("meetings:meeting", found.meeting_id)


@member
@require_POST
def resume(request: MemberRequest, mailing_id: str) -> HttpResponse:
    found = mailing_of(request, mailing_id)
    if progress.resume(found):
        messages.success(request, _("The rest is on its way."))
    else:
        messages.error(request, _("A newer message took its place."))
    return redirect("meetings:meeting", found.meeting_id)
