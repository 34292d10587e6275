"""Pages about the members of an account and the invitations to it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.accounts import members
from rooms.accounts.access import (
    MemberRequest,
    manager,
    member,
)
from rooms.accounts.forms import InviteForm, RoleForm
from rooms.accounts.models import Invitation, Membership, Role

page = require_http_methods(["GET", "HEAD", "POST"])


@member
@require_safe
def member_list(request: MemberRequest) -> HttpResponse:
    return _list(request, InviteForm(request.membership))


@manager
@require_POST
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.membership, request.POST)
    if form.is_valid():
        try:
            members.invite(
                request.membership.account,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                invited_by=request.membership.user,
            )
            messages.success(
                request, _("Invitation sent to %(email)s.") % {"email": form.cleaned_data["email"]}
            )
            return redirect("accounts:members")
        except members.Refused as problem:
            form.add_error("email", str(problem))
    return _list(request, form)


@manager
@page
def change_role(request: MemberRequest, member_id: str) -> HttpResponse:
    membership = _membership(request, member_id)
    if membership.role == Role.OWNER and request.membership.role != Role.OWNER:
        raise PermissionDenied
    form = RoleForm(request.membership, request.POST or None, initial={"role": membership.role})
    if form.is_valid():
        try:
            changed = members.change_role(
                membership, form.cleaned_data["role"], by=request.membership.user
            )
            what = {"name": changed.user, "role": changed.get_role_display()}
            messages.success(request, _("%(name)s is now %(role)s.") % what)
            return redirect("accounts:members")
        except members.Refused as problem:
            form.add_error("role", str(problem))
    return render(request, "accounts/member.html", {"form": form, "one": membership})


@manager
@page
def remove(request: MemberRequest, member_id: str) -> HttpResponse:
    """Asks once, then ends the membership."""
    membership = _membership(request, member_id)
    if request.method == "POST":
        try:
            members.remove(membership, by=request.membership.user)
            messages.success(
                request, _("%(name)s is no longer a member.") % {"name": membership.user}
            )
        except members.Refused as problem:
            messages.error(request, str(problem))
        return redirect("accounts:members")
    return render(request, "accounts/remove_member.html", {"leaving": membership})


@member
@page
def leave(request: MemberRequest) -> HttpResponse:
    """Asks once, then ends one's own membership."""
    mine = request.membership
    if request.method == "POST":
        try:
            members.leave(mine)
            messages.success(request, _("You have left %(account)s.") % {"account": mine.account})
        except members.Refused as problem:
            messages.error(request, str(problem))
            return redirect("accounts:members")
        return redirect("rooms:list")
    context = {"is_last_owner": members.is_last_owner(mine)}
    return render(request, "accounts/leave.html", context)


@manager
@require_POST
def withdraw(request: MemberRequest, invitation_id: str) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    members.withdraw(invitation)
    messages.success(
        request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email}
    )
    return redirect("accounts:members")


@manager
@require_POST
def send_again(request: MemberRequest, invitation_id: str) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    try:
        members.send_again(invitation, by=request.membership.user)
        messages.success(request, _("Invitation sent to %(email)s.") % {"email": invitation.email})
    except members.Refused as problem:
        messages.error(request, str(problem))
    return redirect("accounts:members")


def _list(request: MemberRequest, form: InviteForm) -> HttpResponse:
    account = request.membership.account
    people = Membership.objects.filter(account=account).select_related("user")
    invitations = Invitation.objects.filter(account=account, accepted_at=None)
    context = {
        "form": form,
        "members": people.order_by("created_at", "id"),
        "invitations": invitations.select_related("invited_by").order_by("-created_at"),
        "is_owner": request.membership.role == Role.OWNER,
        "now": timezone.now(),
    }
    return render(request, "accounts/members.html", context)


def _membership(request: MemberRequest, member_id: str) -> Membership:
    found = Membership.objects.select_related("user", "account")
    return get_object_or_404(found, pk=member_id, account=request.membership.account)


def _invitation(request: MemberRequest, invitation_id: str) -> Invitation:
    found = Invitation.objects.select_related("account")
    return get_object_or_404(
        found, pk=invitation_id, account=request.membership.account, accepted_at=None
    )
