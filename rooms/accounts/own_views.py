"""Pages for somebody themselves: starting, joining by invitation, their settings, their phone."""

from contextlib import suppress

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.accounts import members, phone_check, signup
from rooms.accounts.access import SESSION_KEY, logged_in, memberships_of, public
from rooms.accounts.forms import PhoneCodeForm, PhoneForm, StartForm, YouForm
from rooms.accounts.models import Membership, User

page = require_http_methods(["GET", "HEAD", "POST"])


class UserRequest(HttpRequest):
    """A request that `logged_in` let through."""

    user: User


@logged_in
@page
def start(request: UserRequest) -> HttpResponse:
    """For somebody without an account: the invitations to them, and making one of their own."""
    if Membership.objects.filter(user=request.user).exists():
        return redirect("rooms:list")
    initial = {"time_zone": request.user.time_zone}
    form = StartForm(request.POST or None, initial=initial)
    if form.is_valid():
        with suppress(signup.HasAccount):  # sent twice at once
            signup.start_account(request.user, **form.cleaned_data)
        return redirect("rooms:list")
    context = {"form": form, "invitations": members.invitations_to(request.user)}
    return render(request, "accounts/start.html", context)


@public
@never_cache
@require_safe
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link in the e-mail leads. The session remembers it through a sign-up."""
    found = signup.invitation_of(token)
    context: dict[str, object] = {"invitation": found, "next": request.path}
    if found is None:
        return render(request, "accounts/invitation.html", context, status=404)
    request.session[signup.SESSION_KEY] = token
    if request.user.is_authenticated:
        context["is_theirs"] = found.email in members.verified_addresses(request.user)
    return render(request, "accounts/invitation.html", context)


@logged_in
@require_POST
def accept(request: UserRequest, invitation_id: str) -> HttpResponse:
    """Join the account. The user's confirmed address decides, not who has the link."""
    found = get_object_or_404(members.invitations_to(request.user), pk=invitation_id)
    try:
        joined = members.accept(found, request.user)
    except members.Refused as problem:
        messages.error(request, str(problem))
        return redirect("accounts:start")
    request.session.pop(signup.SESSION_KEY, None)
    request.session[SESSION_KEY] = joined.account_id
    messages.success(request, _("Welcome to %(account)s.") % {"account": joined.account})
    return redirect("rooms:list")


@logged_in
@page
def you(request: UserRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = YouForm(request.POST or None, instance=user)
    if form.is_valid():
        form.save()
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("accounts:you")
    context = {"form": form, "memberships": memberships_of(user)}
    return render(request, "accounts/you.html", context)


@logged_in
@require_POST
def switch(request: UserRequest) -> HttpResponse:
    """Work in another of the user's accounts from now on."""
    chosen = get_object_or_404(
        Membership, user=request.user, account_id=request.POST.get("account", "").replace("\0", "")
    )
    request.session[SESSION_KEY] = chosen.account_id
    return redirect("rooms:list")


@logged_in
@page
def phone(request: UserRequest) -> HttpResponse:
    """Which phone is theirs: the number first."""
    form = PhoneForm(request.POST or None)
    if form.is_valid():
        try:
            phone_check.send_code(request.user, form.cleaned_data["phone"])
            return redirect("accounts:phone_code")
        except ValidationError as problem:
            form.add_error("phone", problem)
    return render(request, "accounts/phone.html", {"form": form})


@logged_in
@page
def phone_code(request: UserRequest) -> HttpResponse:
    """The code that was texted to the number."""
    number = phone_check.number_waiting(request.user)
    if number is None and request.method != "POST":
        return redirect("accounts:phone")
    form = PhoneCodeForm(request.POST or None)
    if form.is_valid():
        try:
            phone_check.confirm(request.user, form.cleaned_data["code"])
            messages.success(request, _("Your phone is confirmed."))
            return redirect("accounts:you")
        except ValidationError as problem:
            form.add_error("code", problem)
    return render(request, "accounts/phone_code.html", {"form": form, "number": number})


@logged_in
@require_POST
def remove_phone(request: UserRequest) -> HttpResponse:
    """Asks nothing: the number can be confirmed again."""
    phone_check.forget(request.user)
    messages.success(request, _("Your phone is removed. You get no more notices by SMS."))
    return redirect("accounts:you")
