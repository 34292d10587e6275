"""Pages of one delivery: what was sent, what was answered, and sending it again."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rooms.accounts.access import MemberRequest, manager
from rooms.notices.hooks import endpoints
from rooms.notices.hooks.events import body_of
from rooms.notices.hooks.models import WebhookDelivery

SOON = dt.timedelta(minutes=1)  # what is tried within it is looked for every two seconds


def _delivery_of(request: MemberRequest, delivery_id: str) -> WebhookDelivery:
    found = WebhookDelivery.objects.filter(endpoint__account=request.membership.account)
    return get_object_or_404(found.select_related("endpoint", "event"), pk=delivery_id)


@manager
@never_cache
@require_safe
def delivery(request: MemberRequest, delivery_id: str) -> HttpResponse:
    found = _delivery_of(request, delivery_id)
    context = {**_state(found), "body": body_of(found.event)}
    return render(request, "hooks/delivery.html", context)


@manager
@never_cache
@require_safe
def state(request: MemberRequest, delivery_id: str) -> HttpResponse:
    """How far it is; the page asks for it again and again while it waits."""
    return render(request, "hooks/state.html", _state(_delivery_of(request, delivery_id)))


@manager
@require_POST
def send_again(request: MemberRequest, delivery_id: str) -> HttpResponse:
    found = _delivery_of(request, delivery_id)
    try:
        endpoints.send_again(found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("hooks:delivery", found.pk)


def _state(found: WebhookDelivery) -> dict[str, Any]:
    waits = found.status == WebhookDelivery.Status.PENDING
    return {
        "delivery": found,
        "waits": waits,
        "soon": waits and found.due_at <= timezone.now() + SOON,
        "attempts": list(found.attempts.order_by("-at", "-id")),
    }
