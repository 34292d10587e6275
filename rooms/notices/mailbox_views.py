"""Pages of the mailbox: what people would get by e-mail, where nothing is sent."""

from email.message import EmailMessage

from csp.constants import SELF
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from rooms.accounts.access import public
from rooms.notices import mailbox

PAGE_SIZE = 50
# A message is somebody else's page: it may look as it likes, and do nothing but lead elsewhere.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation allow-popups"
)
TO_THE_WHOLE_WINDOW = '<base target="_top">'


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
    message = _read(name)
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
        "name": name,
        "subject": message["Subject"],
        "headers": [
            (label, message[header]) for header, label in headers.items() if message[header]
        ],
        "html": bool(mailbox.html_of(message)),
        "calendar": mailbox.calendar_method_of(message),
        "text": mailbox.text_of(message),
        "attachments": mailbox.attachments_of(message),
    }
    response = render(request, "notices/letter.html", context)
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
    return response


@public
@xframe_options_sameorigin
@require_safe
def letter_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML of a message, as a mail program shows it."""
    html = mailbox.html_of(_read(name))
    if not html:
        raise Http404
    head, found, rest = html.partition("<head>")
    response = HttpResponse(head + found + TO_THE_WHOLE_WINDOW + rest if found else html)
    response["Content-Security-Policy"] = MESSAGE_POLICY
    return response


@public
@require_safe
def attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """An attachment to be kept: never shown, whatever it says that it is."""
    found = mailbox.attachments_of(_read(name))
    if number >= len(found):
        raise Http404
    one = found[number]
    response = HttpResponse(one.content, content_type=one.kind)
    disposition = content_disposition_header(as_attachment=True, filename=one.name)
    response["Content-Disposition"] = disposition or "attachment"
    return response


def _read(name: str) -> EmailMessage:
    _check_kept()
    message = mailbox.read(name)
    if message is None:
        raise Http404
    return message


def _check_kept() -> None:
    """There is no mailbox where mail is really sent."""
    if settings.MAILBOX_DIR is None:
        raise Http404
