"""What Stripe says, as plain dataclasses; the SDK's own objects stay in the gateway."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class RemoteSubscription:
    """A subscription as Stripe has it now; the fields are those of models.Subscription."""

    stripe_id: str
    status: str
    price_id: str
    amount: int
    currency: str
    interval: str
    current_period_end: dt.datetime | None
    cancel_at: dt.datetime | None
    cancel_at_period_end: bool
    past_due_since: dt.datetime | None
    livemode: bool
    started_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(frozen=True)
class Session:
    """A Checkout session; `url` is None once it is complete or expired."""

    id: str
    status: str
    url: str | None
    customer: str


@dataclass(frozen=True)
class Invoice:
    """`total` is in cents; `pdf` and `page` are addresses at Stripe, None while it is a draft."""

    id: str
    number: str
    status: str
    total: int
    currency: str
    created_at: dt.datetime
    pdf: str | None
    page: str | None


def session(made: Any) -> Session:
    customer = made.customer if isinstance(made.customer, str) else ""
    return Session(made.id, made.status or "", made.url, customer)


def invoice(one: Any) -> Invoice:
    return Invoice(
        id=one.id,
        number=one.number or "",
        status=one.status or "",
        total=one.total,
        currency=one.currency,
        created_at=moment(one.created),
        pdf=one.invoice_pdf,
        page=one.hosted_invoice_url,
    )


def our_item(one: Any) -> Any:
    """The subscription's item with our price, else the first: it has the price and the period."""
    items = one["items"].data
    ours = [item for item in items if item.price.id == settings.STRIPE_PRICE_ID]
    return (ours or items)[0]


def subscription(one: Any, unpaid_since: dt.datetime | None) -> RemoteSubscription:
    item = our_item(one)
    price = item.price
    every = price.recurring.interval if price.recurring else ""
    count = price.recurring.interval_count if price.recurring else 1
    ended = one.ended_at or (one.canceled_at if one.status == "canceled" else None)
    return RemoteSubscription(
        stripe_id=one.id,
        status=one.status,
        price_id=price.id,
        amount=(price.unit_amount or 0) * (item.quantity or 0),
        currency=price.currency,
        interval=every if count == 1 else f"{count} {every}",
        current_period_end=moment(item.current_period_end),
        cancel_at=moment(one.cancel_at) if one.cancel_at else None,
        cancel_at_period_end=one.cancel_at_period_end,
        past_due_since=unpaid_since,
        livemode=one.livemode,
        started_at=moment(one.start_date),
        ended_at=moment(ended) if ended else None,
    )


def moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
