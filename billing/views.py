"""The pages of the plan. Money is for owners and admins; others learn whether rooms are open."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing import checkout, subscriptions
from billing.banner import situation
from billing.stripe_gateway import BillingError
from rooms.accounts.access import MemberRequest, manager, member
from rooms.accounts.models import Membership, Role


@manager
@never_cache
@require_safe
def plan(request: MemberRequest) -> HttpResponse:
    """Everything on it comes from the mirror, so it renders when Stripe does not answer."""
    now = timezone.now()
    account = request.membership.account
    standing = subscriptions.standing(account, now)
    context = {
        "standing": standing,
        "situation": situation(account, standing, now),
        "hosting": account.may_host(now),
        "included_minutes": settings.INCLUDED_MINUTES,
    }
    return render(request, "billing/plan.html", context)


@member
@never_cache
@require_safe
def banner(request: MemberRequest) -> HttpResponse:
    """A fragment that templates/base.html fetches: the badge of the trial, and what to mend."""
    now = timezone.now()
    account = request.membership.account
    context: dict[str, Any] = {"hosting": account.may_host(now), "account": account}
    if request.membership.manages_members:
        standing = subscriptions.standing(account, now)
        context["standing"] = standing
        # The plan's page says the same in its own words.
        shown = urlsplit(request.headers.get("HX-Current-URL", "")).path != reverse("billing:plan")
        context["situation"] = situation(account, standing, now) if shown else ""
        return render(request, "billing/banner.html", context)
    owners = Membership.objects.filter(account=account, role=Role.OWNER, user__is_active=True)
    context["owners"] = [one.user for one in owners.select_related("user")]
    return render(request, "billing/banner_organizer.html", context)


@manager
@require_POST
def start_checkout(request: MemberRequest) -> HttpResponse:
    """To Stripe's page; who subscribes already comes to the portal instead."""
    return _to_stripe(
        request,
        lambda: checkout.start(
            request.membership.account,
            email=request.membership.user.email,
            return_url=_address("billing:returned"),
        ),
    )


@manager
@require_POST
def portal(request: MemberRequest) -> HttpResponse:
    return _to_stripe(
        request,
        lambda: checkout.portal(request.membership.account, return_url=_address("billing:back")),
    )


@manager
@never_cache
@require_safe
def returned(request: MemberRequest) -> HttpResponse:
    """Back from Stripe. The address proves nothing: what was paid is asked of Stripe."""
    session_id = request.GET.get("session_id", "")
    if not session_id:
        return redirect("billing:plan")
    try:
        standing = checkout.returned(request.membership.account, session_id)
    except BillingError as error:
        messages.error(request, str(error))
    else:
        if standing.phase == "active":
            messages.success(request, _("Thank you. You are subscribed, and your rooms are open."))
        else:
            messages.warning(
                request,
                _("The payment is not confirmed yet. As soon as it is, this page says so."),
            )
    return redirect("billing:plan")


@manager
@never_cache
@require_safe
def back(request: MemberRequest) -> HttpResponse:
    """Back from the portal: what was paid or cancelled there shows at once, event or not."""
    with suppress(BillingError):  # the plan's page then shows what was known before
        subscriptions.sync_account(request.membership.account)
    return redirect("billing:plan")


@manager
@never_cache
@require_safe
def invoices(request: MemberRequest) -> HttpResponse:
    """Asked of Stripe, so the plan's page fetches it as a fragment and does not wait for it."""
    context: dict[str, Any] = {}
    try:
        context["invoices"] = checkout.invoices(request.membership.account)
    except BillingError as error:
        context["problem"] = error
    fragment = request.headers.get("HX-Request") == "true"
    name = "billing/invoice_table.html" if fragment else "billing/invoices.html"
    return render(request, name, context)


def _to_stripe(request: MemberRequest, address: Callable[[], str]) -> HttpResponse:
    try:
        return redirect(address())
    except BillingError as error:
        messages.error(request, str(error))
        return redirect("billing:plan")


def _address(name: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name)}"
