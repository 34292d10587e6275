"""The API's account and its keys."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts import closing
from rooms.accounts.api_auth import asker
from rooms.accounts.closing import Vetoed
from rooms.accounts.members import NotAllowed
from rooms.accounts.models import Account, ApiKey, Scope
from rooms.api_examples import ACCOUNT, KEY, MADE_KEY, NEW_KEY, with_examples
from rooms.rest.parsing import Strict
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet


@with_examples(ACCOUNT)
class AccountSerializer(Strict, serializers.ModelSerializer[Account]):
    class Meta:
        model = Account
        fields = (
            *("id", "name", "time_zone", "language", "history_days"),
            *("hosting_until", "created_at"),
        )
        read_only_fields = ("hosting_until", "created_at")
        extra_kwargs = {
            "time_zone": {"help_text": "A name of the IANA database, such as Europe/Madrid."},
            "language": {"help_text": "What new rooms speak."},
            "history_days": {
                "help_text": "Conferences are forgotten so many days after their end: callers, "
                "names, recordings, reports and events, at once if there are older ones. Minutes "
                "stay. Null: they are kept."
            },
            "hosting_until": {"help_text": "Until when the account's rooms let callers in."},
        }


class Accounts(ApiViewSet):
    queryset = Account.objects.all()
    serializer_class = AccountSerializer
    account_path = "memberships__account"

    def get_object(self) -> Account:
        return self.caller.account

    def retrieve(self, request: Request) -> Response:
        """Read the account

        The account that the key belongs to, or that is chosen on the site.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request) -> Response:
        """Change the account

        Sets the fields that are given and leaves the others alone.
        """
        account = self.get_object()
        checked = self.checked(account)
        for field, value in checked.items():
            setattr(account, field, value)
        account.save(update_fields=list(checked))
        return self.one(account)

    def destroy(self, request: Request) -> Response:
        """Close the account

        For good, by an owner who is logged in: cancels the subscription at once, archives the
        rooms, revokes the keys and ends every membership. Where the subscription cannot be
        cancelled, nothing is closed and the answer is 409.
        """
        if self.caller.membership is None:
            raise Problem("session-required")
        try:
            closing.close(self.get_object(), by=self.caller.membership.user)
        except NotAllowed as error:
            raise Problem("not-allowed", str(error)) from error
        except Vetoed as error:
            raise Problem("conflict", str(error)) from error
        return Response(status=204)


@with_examples(KEY, NEW_KEY)
class ApiKeySerializer(Strict, serializers.ModelSerializer[ApiKey]):
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices),
        allow_empty=False,
        help_text="What the key may do; none that whoever makes it lacks.",
    )
    made_by = serializers.CharField(
        source="made_by_id", read_only=True, allow_null=True, help_text="The user's id."
    )

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "scopes",
            "hint",
            "made_by",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
        ]
        read_only_fields = ("hint", "created_at", "last_used_at", "revoked_at")
        extra_kwargs = {
            "hint": {"help_text": "The last four characters of the secret."},
            "last_used_at": {"help_text": "To the minute."},
            "expires_at": {"help_text": "Null: it works until it is revoked."},
        }

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        own = self.context["caller"].scopes
        lacking = sorted(set(scopes) - own)
        if lacking:
            what = {"scopes": ", ".join(lacking)}
            raise serializers.ValidationError(
                _("You cannot give what you do not have: %(scopes)s. Leave it out.") % what,
                code="scope",
            )
        return sorted(set(scopes))

    def validate_expires_at(self, moment: dt.datetime | None) -> dt.datetime | None:
        if moment and moment <= timezone.now():
            raise serializers.ValidationError(_("Give a time to come."), code="past")
        return moment


@with_examples(MADE_KEY)
class NewApiKeySerializer(ApiKeySerializer):
    secret = serializers.CharField(
        read_only=True, help_text="Shown this once: what is kept is only its hash."
    )

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "secret"]


class ApiKeys(ApiViewSet):
    queryset = ApiKey.objects.all()
    serializer_class = ApiKeySerializer
    read_scope = Scope.ADMIN

    def list(self, request: Request) -> Response:
        """List API keys

        All keys of the account, the newest first, with those that have expired or were revoked.
        """
        return self.page(self.get_queryset())

    @extend_schema(responses={201: NewApiKeySerializer})
    def create(self, request: Request) -> Response:
        """Make an API key

        The answer holds the secret, which cannot be had again.
        """
        by = asker(request)
        key, secret = ApiKey.make(self.caller.account, made_by=by, **self.checked())
        return Response({**self.get_serializer(key).data, "secret": secret}, status=201)

    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke an API key

        It stops working at once and stays in the list. A key may revoke itself.
        """
        key = self.get_object()
        unrevoked: QuerySet[ApiKey] = ApiKey.objects.filter(pk=key.pk, revoked_at=None)
        unrevoked.update(revoked_at=timezone.now())
        return Response(status=204)
