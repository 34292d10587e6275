"""The sandbox's rows in the shapes of Stripe's API 2026-10-28.endive."""

import datetime as dt

from django.conf import settings
from django.urls import reverse

from billing.sandbox import catalogue
from billing.sandbox.models import CheckoutSession, Customer, PortalSession, Subscription
from billing.sandbox.wire import Json


def _at(moment: dt.datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _page(name: str, row_id: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(f'billing_sandbox:{name}', args=[row_id])}"


def customer(row: Customer) -> Json:
    return {
        "id": row.id,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": _at(row.created),
        "currency": catalogue.CURRENCY if row.next_invoice_sequence > 1 else None,
        "default_source": None,
        "delinquent": any(one.status == "past_due" for one in row.subscriptions.all()),
        "description": row.description or None,
        "discount": None,
        "email": row.email or None,
        "invoice_prefix": row.id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": row.metadata,
        "name": row.name or None,
        "next_invoice_sequence": row.next_invoice_sequence,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def session(row: CheckoutSession) -> Json:
    amount = catalogue.UNIT_AMOUNT * row.quantity
    first = row.subscription and row.subscription.invoices.order_by("created").first()
    return {
        "id": row.id,
        "object": "checkout.session",
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": _no_tax() | {"provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": row.cancel_url or None,
        "client_reference_id": row.client_reference_id or None,
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": _at(row.created),
        "currency": catalogue.CURRENCY,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": row.customer_id,
        "customer_creation": None,
        "customer_details": None,
        "customer_email": None,
        "discounts": [],
        "expires_at": _at(row.expires_at),
        "invoice": first.id if first else None,
        "invoice_creation": None,
        "livemode": False,
        "locale": row.locale or None,
        "metadata": row.metadata,
        "mode": "subscription",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "paid" if row.status == "complete" else "unpaid",
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": row.status,
        "submit_type": None,
        "subscription": row.subscription_id,
        "success_url": row.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": _page("checkout", row.id) if row.status == "open" else None,
        "wallet_options": None,
    }


def subscription(row: Subscription) -> Json:
    last = row.invoices.first()
    return {
        "id": row.id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": _no_tax() | {"disabled_reason": None},
        "billing_cycle_anchor": _at(row.current_period_start),
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": _at(row.ends),
        "cancel_at_period_end": row.cancel_at_period_end,
        "canceled_at": _at(row.canceled_at),
        "cancellation_details": {
            "comment": None,
            "feedback": None,
            "reason": row.cancel_reason or None,
        },
        "collection_method": "charge_automatically",
        "created": _at(row.created),
        "currency": catalogue.CURRENCY,
        "customer": row.customer_id,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": _at(row.ended_at),
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": [_item(row)],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={row.id}",
        },
        "latest_invoice": last.id if last else None,
        "livemode": False,
        "metadata": row.metadata,
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": _at(row.created),
        "status": row.status,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }


def _item(row: Subscription) -> Json:
    return {
        "id": row.item_id,
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": _at(row.created),
        "current_period_end": _at(row.current_period_end),
        "current_period_start": _at(row.current_period_start),
        "discounts": [],
        "metadata": {},
        "plan": catalogue.plan(row.price_id),
        "price": catalogue.price(row.price_id),
        "quantity": row.quantity,
        "subscription": row.id,
        "tax_rates": [],
    }


def portal_session(row: PortalSession) -> Json:
    return {
        "id": row.id,
        "object": "billing_portal.session",
        "configuration": "bpc_AnyRoomSandbox",
        "created": _at(row.created),
        "customer": row.customer_id,
        "flow": None,
        "livemode": False,
        "locale": row.locale or None,
        "on_behalf_of": None,
        "return_url": row.return_url or None,
        "url": _page("portal", row.id),
    }


def _no_tax() -> Json:
    return {"enabled": False, "liability": None}
