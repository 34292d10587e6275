"""Pages of endpoints: where the account wants to be told, and what became of it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.accounts.access import MemberRequest, manager
from rooms.notices.hooks import endpoints, picture
from rooms.notices.hooks.events import TYPES
from rooms.notices.hooks.forms import EndpointForm
from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint

page = require_http_methods(["GET", "HEAD", "POST"])

PAGE_SIZE = 25
LOGGED = 5000  # deliveries that the log leads back to; counting all would take longer the more
FRESH = "fresh_webhook_secret"  # in the session: the endpoint whose secret the next page shows


def endpoint_of(request: MemberRequest, endpoint_id: str) -> WebhookEndpoint:
    """An endpoint of the account, else 404."""
    return get_object_or_404(_endpoints(request), pk=endpoint_id)


def _endpoints(request: MemberRequest) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(account=request.membership.account)


@manager
@require_safe
def endpoint_list(request: MemberRequest) -> HttpResponse:
    newest = WebhookDelivery.objects.filter(endpoint=OuterRef("pk")).order_by("-created_at", "-id")
    found = _endpoints(request).annotate(
        last_status=Subquery(newest.values("status")[:1]),
        last_at=Subquery(newest.values("created_at")[:1]),
    )
    context = {
        "endpoints": found,
        "statuses": dict(WebhookDelivery.Status.choices),
        "all_types": len(TYPES),
        "full": len(found) >= endpoints.MOST,
    }
    return render(request, "hooks/list.html", context)


@manager
@page
def make(request: MemberRequest) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    if form.is_valid():
        who = request.membership
        try:
            made, _secret = endpoints.make(who.account, by=who.user, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            request.session[FRESH] = made.pk
            return redirect("hooks:endpoint", made.pk)
    return render(request, "hooks/form.html", {"form": form})


@manager
@page
def edit(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    found = endpoint_of(request, endpoint_id)
    form = EndpointForm.of(found, request.POST or None)
    if form.is_valid():
        try:
            endpoints.change(found, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("hooks:endpoint", found.pk)
    return render(request, "hooks/form.html", {"form": form, "endpoint": found})


@manager
@never_cache
@require_safe
def endpoint(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    """The endpoint with its log; right after it is made or its secret rotated, with the secret."""
    found = endpoint_of(request, endpoint_id)
    fresh = request.method == "GET" and request.session.get(FRESH) == found.pk
    if fresh:
        del request.session[FRESH]
    status = request.GET.get("status", "")
    log = found.deliveries.select_related("event").order_by("-created_at", "-id")
    if status in WebhookDelivery.Status.values:
        log = log.filter(status=status)
    secret = endpoints.secret_of(found)
    context = {
        "endpoint": found,
        "secret": secret if fresh else "",
        "unreadable": not secret,
        "old_signs": found.signs_with_previous(timezone.now()),
        "events": [TYPES[name] for name in found.event_types if name in TYPES],
        "picture": picture.draw(found),
        "page": Paginator(log[:LOGGED], PAGE_SIZE).get_page(request.GET.get("page")),
        "status": status,
        "statuses": WebhookDelivery.Status.choices,
    }
    return render(request, "hooks/endpoint.html", context)


@manager
@require_POST
def ping(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    """Sends an event that nothing happened for, and shows what is answered."""
    found = endpoint_of(request, endpoint_id)
    try:
        delivery = endpoints.ping(found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("hooks:endpoint", found.pk)
    return redirect("hooks:delivery", delivery.pk)


@manager
@page
def rotate(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    """Asks once, then gives the endpoint a new secret."""
    found = endpoint_of(request, endpoint_id)
    if request.method == "POST":
        endpoints.rotate(found)
        request.session[FRESH] = found.pk
        return redirect("hooks:endpoint", found.pk)
    return render(request, "hooks/rotate.html", {"endpoint": found})


@manager
@require_POST
def switch(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    """On or off, as the button said."""
    found = endpoint_of(request, endpoint_id)
    if request.POST.get("to") == "on":
        endpoints.switch_on(found)
        messages.success(request, _("The endpoint is on again."))
    else:
        endpoints.switch_off(found, WebhookEndpoint.Off.BY_MEMBER)
        messages.success(request, _("The endpoint is off."))
    return redirect("hooks:endpoint", found.pk)


@manager
@page
def delete(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    """Asks once, then deletes the endpoint and its log."""
    found = endpoint_of(request, endpoint_id)
    if request.method == "POST":
        endpoints.remove(found)
        messages.success(request, _("The endpoint is deleted."))
        return redirect("hooks:list")
    return render(request, "hooks/delete.html", {"endpoint": found})
