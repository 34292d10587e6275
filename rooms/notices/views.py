"""Pages of notices: what was told to whom, and which notices I want."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.accounts.access import MemberRequest, member
from rooms.notices import delivery
from rooms.notices.forms import WantedForm
from rooms.notices.models import Notice

PAGE_SIZE = 50


@member
@require_safe
def notice_list(request: MemberRequest) -> HttpResponse:
    notices = Notice.objects.seen_by(request.membership)
    found = notices.select_related("recipient", "room", "invitee").order_by("-created_at", "-id")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "notices/list.html", {"page": page})


@member
@require_POST
def try_again(request: MemberRequest, notice_id: str) -> HttpResponse:
    """Put a failed notice back to be sent at once."""
    notice = get_object_or_404(Notice.objects.seen_by(request.membership), pk=notice_id)
    delivery.try_again(notice)
    messages.success(request, _("The notice is on its way again."))
    return redirect("notices:list")


@member
@require_http_methods(["GET", "HEAD", "POST"])
def wanted(request: MemberRequest) -> HttpResponse:
    # Both boxes empty is an answer too, and an empty POST.
    sent = request.POST if request.method == "POST" else None
    form = WantedForm(sent, instance=request.membership)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("notices:wanted")
    return render(request, "notices/wanted.html", {"form": form})
