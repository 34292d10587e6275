"""The API's plan: where the account stands, where to pay, and what was paid. Scope: billing."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import checkout, subscriptions
from billing.api_examples import INVOICE, PAGE, PLAN
from billing.models import PRICE_AMOUNT, PRICE_CURRENCY, PRICE_INTERVAL
from billing.stripe_gateway import BillingError
from billing.subscriptions import Standing
from rooms.accounts.api_auth import asker
from rooms.accounts.models import Account, Membership, Role, Scope
from rooms.api_examples import with_examples
from rooms.rest.parsing import NoFields
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet

PHASES = ("trial", "active", "ending", "past_due", "ended", "none")


class PriceSerializer(serializers.Serializer[Any]):
    amount = serializers.IntegerField(help_text="In cents.")
    currency = serializers.CharField()
    interval = serializers.CharField()


@with_examples(PLAN)
class PlanSerializer(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(
        PHASES,
        help_text="`trial`: nothing is paid yet; `active`: paid and renewing; `ending`: paid and "
        "cancelled; `past_due`: the last payment failed; `ended`: there was a subscription; "
        "`none`: there never was one, and the trial is over.",
    )
    hosting = serializers.BooleanField(help_text="Whether the account's rooms let callers in now.")
    hosting_until = serializers.DateTimeField()
    trial_days_left = serializers.IntegerField(help_text="0 unless the phase is `trial`.")
    renews_at = serializers.DateTimeField(allow_null=True, help_text="When it is paid next.")
    cancels_at = serializers.DateTimeField(allow_null=True)
    past_due_since = serializers.DateTimeField(allow_null=True)
    grace_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when the rooms stay open although the payment failed."
    )
    doubled = serializers.BooleanField(
        help_text="The account has more than one subscription and pays for each."
    )
    price = PriceSerializer()


@with_examples(PAGE)
class PageSerializer(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="Open it in a browser; it is good for one person, soon.")


@with_examples(INVOICE)
class InvoiceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Stripe's.")
    number = serializers.CharField()
    status = serializers.CharField(help_text="`paid`, `open`, `uncollectible` or `void`.")
    total = serializers.IntegerField(help_text="In cents.")
    currency = serializers.CharField()
    created_at = serializers.DateTimeField()
    pdf = serializers.URLField(allow_null=True)
    page = serializers.URLField(allow_null=True, help_text="Where it can be paid.")


INVOICES = inline_serializer(
    "Invoices",
    {
        "data": InvoiceSerializer(many=True),
        "next_cursor": serializers.CharField(allow_null=True, help_text="Always null."),
    },
)


def plan(account: Account, standing: Standing, at: dt.datetime) -> dict[str, Any]:
    """What PlanSerializer writes."""
    price = {"amount": PRICE_AMOUNT, "currency": PRICE_CURRENCY, "interval": PRICE_INTERVAL}
    return {**vars(standing), "hosting": account.may_host(at), "price": price}


class Plan(ApiViewSet):
    queryset = Account.objects.none()
    serializer_class = PlanSerializer
    read_scope = write_scope = Scope.BILLING
    atomic = False  # Stripe is asked meanwhile; what was made there is found again

    def retrieve(self, request: Request) -> Response:
        """Read the plan

        What the account pays, until when its rooms are open, and what comes next.
        """
        now = timezone.now()
        account = self.caller.account
        standing = subscriptions.standing(account, now)
        return Response(PlanSerializer(plan(account, standing, now)).data)

    @extend_schema(request=NoFields, responses={200: PageSerializer})
    def checkout(self, request: Request) -> Response:
        """Get the page to subscribe on

        An address at Stripe where somebody enters a card. Where the account has a subscription
        already, it is the portal's. Asking twice opens no second page.
        """
        self.check_empty()
        try:
            url = checkout.start(
                self.caller.account, email=self._email(), return_url=_address("billing:returned")
            )
        except BillingError as error:
            raise _problem(error) from error
        return Response({"url": url})

    @extend_schema(request=NoFields, responses={200: PageSerializer})
    def portal(self, request: Request) -> Response:
        """Get the page to change the subscription on

        An address at Stripe to pay, change the card, cancel or resume. An account that never
        subscribed has none.
        """
        self.check_empty()
        try:
            url = checkout.portal(self.caller.account, return_url=_address("billing:back"))
        except BillingError as error:
            raise _problem(error) from error
        return Response({"url": url})

    @extend_schema(responses={200: INVOICES})
    def invoices(self, request: Request) -> Response:
        """List invoices

        The newest hundred, the newest first. Stripe is asked, so this may take a moment.
        """
        try:
            found = checkout.invoices(self.caller.account)
        except BillingError as error:
            raise _problem(error) from error
        data = InvoiceSerializer(found, many=True).data
        return Response({"data": data, "next_cursor": None})

    def _email(self) -> str:
        """Whoever asks, or made the key that asks; else an owner."""
        if user := asker(self.request):
            return user.email
        owners = Membership.objects.filter(account=self.caller.account, role=Role.OWNER)
        return owners.select_related("user").earliest("created_at").user.email


def _address(name: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name)}"


def _problem(error: BillingError) -> Problem:
    return Problem("conflict" if error.permanent else "payment-service", str(error))
