"""The one thing that is sold: $50 a month."""

import datetime as dt

from django.conf import settings

from billing.sandbox.wire import Json, missing

PRODUCT_ID = "prod_AnyRoomSandbox"
UNIT_AMOUNT = 5000
CURRENCY = "usd"
_CREATED = int(dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp())


def price(price_id: str, param: str = "price") -> Json:
    """Raises Refused for any but the price of the settings."""
    if price_id != settings.STRIPE_PRICE_ID:
        raise missing("price", price_id, param)
    return {
        "id": price_id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": _CREATED,
        "currency": CURRENCY,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": PRODUCT_ID,
        "recurring": _MONTHLY | {"trial_period_days": None},
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": UNIT_AMOUNT,
        "unit_amount_decimal": str(UNIT_AMOUNT),
    }


def plan(price_id: str) -> Json:
    """The price as subscription items repeat it, in Stripe's older shape."""
    return {
        "id": price_id,
        "object": "plan",
        "active": True,
        "amount": UNIT_AMOUNT,
        "amount_decimal": str(UNIT_AMOUNT),
        "billing_scheme": "per_unit",
        "created": _CREATED,
        "currency": CURRENCY,
        "livemode": False,
        "metadata": {},
        "nickname": None,
        "product": PRODUCT_ID,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        **_MONTHLY,
    }


def product() -> Json:
    return {
        "id": PRODUCT_ID,
        "object": "product",
        "active": True,
        "created": _CREATED,
        "default_price": settings.STRIPE_PRICE_ID,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": "AnyRoom",
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": _CREATED,
        "url": None,
    }


_MONTHLY = {"interval": "month", "interval_count": 1, "meter": None, "usage_type": "licensed"}
