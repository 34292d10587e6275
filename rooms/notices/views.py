"""Pages of notices: what was told to whom, which notices I want, and the mailbox."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.accounts.access import MemberRequest, member, public
from rooms.notices import delivery, mailbox
from rooms.notices.forms import WantedForm
from rooms.notices.models import Notice

PAGE_SIZE = 50


@member
@require_safe
def notice_list(request: MemberRequest) -> HttpResponse:
    notices = Notice.objects.seen_by(request.membership)
    found = notices.select_related("recipient", "room").order_by("-created_at", "-id")
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


@public
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """All mail that this machine keeps, the newest first; `?to=` searches by recipient."""
    _check_kept()
    to = request.GET.get("to", "").strip()
    page = Paginator(mailbox.letters(to), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "notices/mailbox.html", {"page": page, "to": to})


@public
@require_safe
def letter(request: HttpRequest, name: str) -> HttpResponse:
    _check_kept()
    message = mailbox.read(name)
    if message is None:
        raise Http404
    headers = {
        "From": _("From"),
        "To": _("To"),
        "Cc": _("Copy to"),
        "Reply-To": _("Reply to"),
        "Date": _("Date"),
        "Subject": _("Subject"),
        "Message-ID": "Message-ID",
    }
    context = {
        "subject": message["Subject"],
        "headers": [
            (label, message[header]) for header, label in headers.items() if message[header]
        ],
        "text": mailbox.text_of(message),
        "attachments": mailbox.attachments_of(message),
    }
    return render(request, "notices/letter.html", context)


def _check_kept() -> None:
    """There is no mailbox where mail is really sent."""
    if settings.MAILBOX_DIR is None:
        raise Http404
