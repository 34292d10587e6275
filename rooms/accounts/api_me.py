"""The API's one's own: who is logged in, their phone, and an account for who has none."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import phones
from rooms.accounts import access, members, phone_check, signup
from rooms.accounts.api import AccountSerializer
from rooms.accounts.models import Account, Invitation, Membership, Role, User
from rooms.api_examples import ACCOUNT, CODE, ME, MY_PHONE, NEW_ACCOUNT, with_examples
from rooms.rest.parsing import Strict
from rooms.rest.problem import Problem
from rooms.rest.refusals import at_field, refusals
from rooms.rest.views import OwnViewSet


class MyAccountSerializer(serializers.ModelSerializer[Membership]):
    id = serializers.CharField(source="account_id")
    name = serializers.CharField(source="account.name")
    role = serializers.ChoiceField(Role.choices)
    member = serializers.CharField(source="pk", help_text="Your id among the account's members.")

    class Meta:
        model = Membership
        fields = ("id", "name", "role", "member")


class ToMeSerializer(serializers.ModelSerializer[Invitation]):
    account = serializers.CharField(source="account.name", help_text="Its name.")
    expires_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Invitation
        fields = ("id", "account", "role", "expires_at")


@with_examples(ME)
class MeSerializer(Strict, serializers.ModelSerializer[User]):
    phone = serializers.SerializerMethodField(help_text="E.164; null until one is confirmed.")
    accounts = serializers.SerializerMethodField(
        help_text="Those you are a member of, the oldest membership first."
    )

    invitations = serializers.SerializerMethodField(
        help_text="Open ones, to an e-mail that you have confirmed."
    )

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "name",
            "language",
            "time_zone",
            "phone",
            "accounts",
            "invitations",
        )
        read_only_fields = ("email",)
        extra_kwargs = {
            "email": {"help_text": "You log in by it; it is changed on the site."},
            "language": {"help_text": "Of the pages, and of what is sent to you."},
            "time_zone": {"help_text": "A name of the IANA database, such as Europe/Madrid."},
        }

    def get_phone(self, user: User) -> str | None:
        return user.phone or None

    @extend_schema_field(MyAccountSerializer(many=True))
    def get_accounts(self, user: User) -> Any:
        return MyAccountSerializer(access.memberships_of(user), many=True).data

    @extend_schema_field(ToMeSerializer(many=True))
    def get_invitations(self, user: User) -> Any:
        return ToMeSerializer(members.invitations_to(user), many=True).data


class Me(OwnViewSet):
    serializer_class = MeSerializer

    def retrieve(self, request: Request) -> Response:
        """Read who you are

        Whoever is logged in, member of an account or not. A key is nobody and gets 403.
        """
        return self.one(self.own())

    def partial_update(self, request: Request) -> Response:
        """Change what is yours

        Sets the fields that are given and leaves the others alone.
        """
        user = self.own()
        checked = self.checked(user)
        for field, value in checked.items():
            setattr(user, field, value)
        user.save(update_fields=list(checked))
        return self.one(user)


class MyInvitations(OwnViewSet):
    serializer_class = MeSerializer

    @extend_schema(request=None)
    def accept(self, request: Request, pk: str) -> Response:
        """Accept an invitation

        Makes you a member of the account. Works once, and only for one of your `invitations`.
        """
        self.check_empty()
        user = self.own()
        try:
            members.accept(get_object_or_404(members.invitations_to(user), pk=pk), user)
        except members.Refused as error:
            raise Problem("conflict", str(error)) from error
        return self.one(user)


@with_examples(MY_PHONE, MY_PHONE)
class PhoneSerializer(Strict):
    number = serializers.CharField(max_length=40, help_text="With its country code; E.164 is best.")

    def validate_number(self, text: str) -> str:
        return phones.parse(text)


@with_examples(ME, CODE)
class CodeSerializer(Strict):
    code = serializers.CharField(max_length=12, help_text="The six digits of the SMS.")


class MyPhone(OwnViewSet):
    serializer_class = PhoneSerializer
    atomic = False  # the SMS leaves meanwhile, and wrong tries stay counted

    @extend_schema(responses={202: PhoneSerializer})
    def send_code(self, request: Request) -> Response:
        """Text a code to a phone

        The number becomes yours once you confirm the code, which works for 10 minutes. The answer
        holds the number as it was understood.
        """
        number: str = self.checked()["number"]
        with refusals((), at_field("number")):
            phone_check.send_code(self.own(), number)
        return Response({"number": number}, status=202)

    @extend_schema(request=CodeSerializer, responses=MeSerializer)
    def confirm(self, request: Request) -> Response:
        """Confirm a phone

        Give the code that was texted; five tries are yours. A phone that was confirmed before is
        replaced.
        """
        given = CodeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = self.own()
        with refusals((), at_field("code")):
            phone_check.confirm(user, given.validated_data["code"])
        return Response(MeSerializer(user).data)

    def forget(self, request: Request) -> Response:
        """Remove your phone

        No account sends you notices by SMS any more. Without a phone, nothing changes.
        """
        phone_check.forget(self.own())
        return Response(status=204)


@with_examples(ACCOUNT, NEW_ACCOUNT)
class NewAccountSerializer(Strict, serializers.ModelSerializer[Account]):
    class Meta:
        model = Account
        fields = ("name", "time_zone")
        extra_kwargs = {"time_zone": {"help_text": "Yours if not given."}}


class NewAccounts(OwnViewSet):
    serializer_class = NewAccountSerializer

    @extend_schema(responses={201: AccountSerializer})
    def create(self, request: Request) -> Response:
        """Start an account

        For somebody who has none: you own it, and it speaks your language. Others are joined by
        invitation.
        """
        user = self.own()
        try:
            account = signup.start_account(user, **{"time_zone": user.time_zone, **self.checked()})
        except signup.HasAccount as error:
            raise Problem("conflict", _("You are a member of an account already.")) from error
        return Response(AccountSerializer(account).data, status=201)
