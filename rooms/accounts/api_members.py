"""The API's members of an account, and invitations to it."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts import members
from rooms.accounts.models import Invitation, Membership, Role, Scope, User
from rooms.api_examples import INVITATION, MEMBER, NEW_INVITATION, with_examples
from rooms.rest.parsing import NoFields, Strict
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet

SLUGS: dict[type[members.Refused], str] = {
    members.MemberExists: "member-exists",
    members.NotAllowed: "not-allowed",
    members.LastOwner: "last-owner",
    members.MailFailed: "mail-failed",
}


class MembersView(ApiViewSet):
    """Tells why a change of the members was refused, and who asks for it.

    A key acts for the user who made it, as an admin: it touches no owner, whoever made it.
    """

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, members.Refused):
            exc = Problem(SLUGS.get(type(exc), "conflict"), str(exc))
        return super().handle_exception(exc)

    def acting(self, *roles: str) -> User:
        """Who manages members that have, or are to get, these roles. Raises Problem."""
        user = self.request.user
        if self.caller.membership is None and Role.OWNER in roles:
            raise Problem(
                "not-allowed", _("A key cannot manage owners. Log in on the site as an owner.")
            )
        if not isinstance(user, User):
            raise Problem(
                "not-allowed", _("Whoever made this key is gone. Make a new key and use it.")
            )
        return user


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "name", "email")


@with_examples(MEMBER)
class MemberSerializer(Strict, serializers.ModelSerializer[Membership]):
    user = UserSerializer(read_only=True)
    role = serializers.ChoiceField(Role.choices)

    class Meta:
        model = Membership
        fields = ("id", "user", "role", "created_at")
        read_only_fields = ("created_at",)


class Members(MembersView):
    queryset = Membership.objects.select_related("user", "account")
    serializer_class = MemberSerializer
    order = ("created_at", "id")

    def check_permissions(self, request: Request) -> None:
        if self._leaving():
            self.write_scope = Scope.READ  # whoever belongs to the account may leave it
        super().check_permissions(request)

    def _leaving(self) -> bool:
        """Somebody who is logged in ends their own membership."""
        mine = getattr(self.request.auth, "membership", None)
        return bool(mine and self.action == "destroy" and self.kwargs["pk"] == mine.pk)

    def list(self, request: Request) -> Response:
        """List members

        Who belongs to the account, in the order in which they joined.
        """
        return self.page(self.get_queryset())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a member's role

        Only an owner, logged in, makes or unmakes owners. An account always keeps an owner.
        """
        member: Membership = self.get_object()
        role = self.checked(member).get("role", member.role)
        changed = members.change_role(member, role, by=self.acting(member.role, role))
        return self.one(changed)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a member

        Ends the membership; the user keeps the login. An account always keeps an owner. Whoever is
        logged in may remove themself, which is leaving, and needs no scope for it.
        """
        member: Membership = self.get_object()
        if self._leaving():
            members.leave(member)
        else:
            members.remove(member, by=self.acting(member.role))
        return Response(status=204)


@with_examples(INVITATION, NEW_INVITATION)
class InvitationSerializer(Strict, serializers.ModelSerializer[Invitation]):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(Role.choices, default=Role.ORGANIZER)
    invited_by = serializers.CharField(
        source="invited_by_id", read_only=True, allow_null=True, help_text="The user's id."
    )
    expires_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "invited_by", "created_at", "expires_at")
        read_only_fields = ("created_at",)
        # An open invitation to the same address is renewed, so it is no error.
        validators: list[Any] = []


class Invitations(MembersView):
    queryset = Invitation.objects.filter(accepted_at=None).select_related("account")
    serializer_class = InvitationSerializer

    def list(self, request: Request) -> Response:
        """List invitations

        Those that were not accepted yet, the newest first; an invitation works until `expires_at`.
        """
        return self.page(self.get_queryset())

    @extend_schema(
        responses={201: InvitationSerializer, 503: OpenApiResponse(description="mail-failed")}
    )
    def create(self, request: Request) -> Response:
        """Invite a member

        Sends an e-mail with a link. An open invitation to the same address is renewed: a new e-mail
        goes out and the old link stops working.
        """
        checked = self.checked()
        invitation = members.invite(
            self.caller.account, invited_by=self.acting(checked["role"]), **checked
        )
        return self.one(invitation, status=201)

    @extend_schema(
        request=NoFields,
        responses={200: InvitationSerializer, 503: OpenApiResponse(description="mail-failed")},
    )
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Send an invitation again

        A new e-mail with a new link goes out, which works for as long as a first one; the old link
        stops working.
        """
        self.check_empty()
        invitation: Invitation = self.get_object()
        return self.one(members.send_again(invitation, by=self.acting(invitation.role)))

    def destroy(self, request: Request, pk: str) -> Response:
        """Withdraw an invitation

        The link in its e-mail stops working.
        """
        members.withdraw(self.get_object())
        return Response(status=204)
