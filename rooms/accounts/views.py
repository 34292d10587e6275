"""Pages about the account: its settings, and keys for programs."""

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rooms.accounts import closing
from rooms.accounts.access import MemberRequest, manager, member, owner
from rooms.accounts.forms import AccountForm, KeyForm
from rooms.accounts.members import Refused
from rooms.accounts.models import Account, ApiKey

page = require_http_methods(["GET", "HEAD", "POST"])

EXPIRES_SOON = dt.timedelta(days=7)
NEW_KEY = "new_api_key"  # in the session, from making a key until the page shows its secret


@member
@page
def settings(request: MemberRequest) -> HttpResponse:
    """The account's settings; organizers only read them."""
    if not request.membership.manages_members:
        return redirect("accounts:you")
    # A row of its own: an invalid name must not show in the page's header.
    account = Account.objects.get(pk=request.membership.account_id)
    form = AccountForm(request.POST or None, instance=account)
    if form.is_valid() and not form.loss:
        # Only these: hosting and the cap may have been written since the row was read.
        form.instance.save(update_fields=list(form.cleaned_data))
        messages.success(request, _("Saved."))
        return redirect("accounts:account")
    return render(request, "accounts/account.html", {"form": form})


@owner
@page
def close(request: MemberRequest) -> HttpResponse:
    """Asks once, says what it does, then closes the account for good."""
    account = request.membership.account
    if request.method == "POST":
        try:
            closing.close(account, by=request.membership.user)
            messages.success(request, _("%(account)s is closed.") % {"account": account})
            return redirect("accounts:start")
        except Refused as problem:
            messages.error(request, str(problem))
            return redirect("accounts:close")
    return render(request, "accounts/close.html")


@manager
@never_cache
@page
def keys(request: MemberRequest) -> HttpResponse:
    """The keys of the account; the secret of a new one is shown once, after it is made."""
    form = KeyForm(request.POST or None)
    if form.is_valid():
        made, secret = ApiKey.make(
            request.membership.account,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            made_by=request.membership.user,
            expires_at=form.expires_at(),
        )
        request.session[NEW_KEY] = {"id": made.pk, "secret": secret}
        return redirect("accounts:keys")
    new = request.session.pop(NEW_KEY, None) if request.method == "GET" else None
    now = timezone.now()
    found = ApiKey.objects.filter(account=request.membership.account).select_related("made_by")
    every = list(found.order_by("-created_at", "-id"))
    context = {
        "form": form,
        "made": new and next((key for key in every if key.pk == new["id"]), None),
        "secret": new and new["secret"],
        "working": [key for key in every if key.works(now)],
        "over": [key for key in every if not key.works(now)],
        "soon": now + EXPIRES_SOON,
    }
    return render(request, "accounts/keys.html", context)


@manager
@page
def revoke_key(request: MemberRequest, key_id: str) -> HttpResponse:
    """Asks once, then stops the key from working."""
    key = get_object_or_404(ApiKey, pk=key_id, account=request.membership.account)
    if request.method == "POST":
        ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
        messages.success(request, _("The key “%(name)s” no longer works.") % {"name": key.name})
        return redirect("accounts:keys")
    return render(request, "accounts/revoke_key.html", {"key": key})
