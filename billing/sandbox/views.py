"""The sandbox's hosted pages. As at Stripe, who has the address of one may use it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from billing.sandbox import life
from billing.sandbox.models import CheckoutSession, Invoice, PortalSession, Subscription
from billing.sandbox.pdf import one_page
from rooms.accounts.access import public

page = require_http_methods(["GET", "HEAD", "POST"])

# What may be done to a subscription in the portal, and what is said then.
ACTIONS: dict[str, tuple[Callable[[Subscription], object], object]] = {
    "month": (life.let_a_month_pass, gettext_lazy("A month has passed.")),
    "fail": (
        life.let_the_payment_fail,
        gettext_lazy("A month has passed, and the card was declined."),
    ),
    "grace": (life.let_the_grace_pass, gettext_lazy("The days of grace have passed.")),
    "pay": (life.pay, gettext_lazy("The open invoice is paid.")),
    "cancel_later": (
        life.plan_cancellation,
        gettext_lazy("The subscription ends with its period."),
    ),
    "undo": (life.undo_cancellation, gettext_lazy("The subscription goes on.")),
    "cancel_now": (life.cancel, gettext_lazy("The subscription is cancelled.")),
}


@public
@never_cache
@page
def checkout(request: HttpRequest, session_id: str) -> HttpResponse:
    """Subscribe, or see the card declined; then back to where the product wanted to be."""
    session = get_object_or_404(CheckoutSession.objects.select_related("customer"), pk=session_id)
    if request.method == "POST" and request.POST.get("card") == "good":
        session = life.subscribe(session)
    elif request.method == "POST":
        messages.error(request, _("Your card was declined. Nothing was bought."))
        return redirect(request.path)
    if session.status == "complete":
        return redirect(session.success_url.replace("{CHECKOUT_SESSION_ID}", session.pk))
    return render(request, "billing_sandbox/checkout.html", {"session": session})


@public
@never_cache
@page
def portal(request: HttpRequest, session_id: str) -> HttpResponse:
    """What a customer does at Stripe, and what time and the card do in the sandbox alone."""
    session = get_object_or_404(PortalSession.objects.select_related("customer"), pk=session_id)
    subscriptions = session.customer.subscriptions.order_by("-created")
    if request.method == "POST":
        return _act(request, get_object_or_404(subscriptions, pk=request.POST.get("subscription")))
    context = {
        "session": session,
        "subscriptions": subscriptions,
        "invoices": session.customer.invoices.all(),
    }
    return render(request, "billing_sandbox/portal.html", context)


def _act(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    name = request.POST.get("action", "")
    if name not in ACTIONS or subscription.is_over:
        return HttpResponseBadRequest()
    act, said = ACTIONS[name]
    act(subscription)
    messages.success(request, str(said))
    return redirect(request.path)


@public
@require_safe
def invoice(request: HttpRequest, invoice_id: str) -> HttpResponse:
    found = get_object_or_404(Invoice.objects.select_related("customer"), pk=invoice_id)
    return render(request, "billing_sandbox/invoice.html", {"invoice": found})


@public
@require_safe
def invoice_pdf(request: HttpRequest, invoice_id: str) -> HttpResponse:
    found = get_object_or_404(Invoice.objects.select_related("customer"), pk=invoice_id)
    lines = [
        "SANDBOX - no money moves",
        f"Invoice {found.number}",
        f"To: {found.customer.email}",
        f"AnyRoom, {found.period_start:%Y-%m-%d} to {found.period_end:%Y-%m-%d}",
        f"Amount: USD {found.dollars}",
        f"Status: {found.status}",
    ]
    answer = HttpResponse(one_page(lines), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer
