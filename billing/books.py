"""What comes in and what the carrier took, for whoever runs the service."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import PRICE_AMOUNT, PRICE_CURRENCY, PRICE_INTERVAL, Subscription
from rooms.accounts.models import Account
from rooms.conferences.models import UsageRecord

COST = DecimalField(max_digits=14, decimal_places=8)


class State(TextChoices):
    """Where an account stands, as `subscriptions.Standing` has it, in words that SQL can find."""

    TRIAL = "trial", _("on trial")
    ACTIVE = "active", _("paying")
    ENDING = "ending", _("cancelled, not over")
    PAST_DUE = "past_due", _("payment failed")
    ENDED = "ended", _("subscription ended")
    NONE = "none", _("trial over")
    CLOSED = "closed", _("closed by its owner")


@dataclass(frozen=True)
class Totals:
    """Of all accounts. `revenue` is in cents, `cost` in euros."""

    states: list[tuple[str, int]]
    revenue: int
    cost: Decimal
    unpriced: int

    @property
    def margin(self) -> int:
        return margin(self.revenue, self.cost)


def month_of(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The month that `day` is in, in UTC."""
    first = day.replace(day=1)
    following = (first + dt.timedelta(days=31)).replace(day=1)
    start, end = (dt.datetime.combine(one, dt.time(), tzinfo=dt.UTC) for one in (first, following))
    return start, end


def margin(revenue: int, cost: Decimal) -> int:
    """In cents: what is left of `revenue` when the carrier's euros are paid."""
    return round(revenue - cost * settings.EURO_IN_CENTS)


def with_books(accounts: QuerySet[Account], day: dt.date) -> QuerySet[Any]:
    """Each account with its `state`, `revenue` a month (cents), and `cost` (euros) of a month."""
    ours = _ours().filter(customer__account=OuterRef("pk"))
    revenue = ours.filter(_paying()).values("customer__account").values(sum=Sum("amount"))
    records = _records(day).filter(account=OuterRef("pk")).values("account")
    return accounts.annotate(
        state=_state(ours),
        revenue=Coalesce(Subquery(revenue, output_field=IntegerField()), 0),
        cost=Coalesce(
            Subquery(records.values(sum=Sum("carrier_cost")), output_field=COST),
            Value(Decimal(0), output_field=COST),
        ),
        seconds=Coalesce(
            Subquery(records.values(sum=Sum("seconds")), output_field=IntegerField()), 0
        ),
    )


def totals(day: dt.date) -> Totals:
    counted = with_books(Account.objects.all(), day).order_by().values("state")
    found = dict(counted.annotate(n=Count("pk")).values_list("state", "n"))
    records = _records(day)
    return Totals(
        states=[(str(state.label), found.get(state.value, 0)) for state in State],
        revenue=_ours().filter(_paying()).aggregate(sum=Sum("amount"))["sum"] or 0,
        cost=records.aggregate(sum=Sum("carrier_cost"))["sum"] or Decimal(0),
        unpriced=records.filter(carrier_cost=None).count(),
    )


def _records(day: dt.date) -> QuerySet[UsageRecord]:
    start, end = month_of(day)
    return UsageRecord.objects.filter(ended_at__gte=start, ended_at__lt=end)


def _ours() -> QuerySet[Subscription]:
    """Those with our price: another one never hosts, and is no revenue of this service."""
    return Subscription.objects.filter(
        price_id=settings.STRIPE_PRICE_ID,
        amount=PRICE_AMOUNT,
        currency=PRICE_CURRENCY,
        interval=PRICE_INTERVAL,
    )


def _paying() -> Q:
    ended = Q(cancel_at__isnull=False, cancel_at__lte=timezone.now())
    return Q(status="active") & ~ended


def _state(ours: QuerySet[Subscription]) -> Case:
    runs = ours.filter(status__in=("active", "trialing")).exclude(cancel_at__lte=timezone.now())
    cancelled = Q(cancel_at__isnull=False) | Q(cancel_at_period_end=True)
    return Case(
        When(closed_at__isnull=False, then=Value(State.CLOSED)),
        When(Exists(runs.exclude(cancelled)), then=Value(State.ACTIVE)),
        When(Exists(runs), then=Value(State.ENDING)),
        When(Exists(ours.filter(status="past_due")), then=Value(State.PAST_DUE)),
        When(billing_customer=None, hosting_until__gt=timezone.now(), then=Value(State.TRIAL)),
        When(
            billing_customer__trial_end__gt=timezone.now(),
            hosting_until=F("billing_customer__trial_end"),
            then=Value(State.TRIAL),
        ),
        When(Exists(ours.exclude(status__startswith="incomplete")), then=Value(State.ENDED)),
        default=Value(State.NONE),
        output_field=CharField(),
    )
