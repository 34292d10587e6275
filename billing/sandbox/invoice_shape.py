"""An invoice in Stripe's shape: no `subscription`, `paid` or `charge`; `parent` and `status`."""

from django.conf import settings
from django.urls import reverse

from billing.sandbox import catalogue
from billing.sandbox.models import Invoice
from billing.sandbox.wire import Json


def invoice(row: Invoice) -> Json:
    paid = row.amount if row.status == "paid" else 0
    created = int(row.created.timestamp())
    address = f"{settings.PUBLIC_URL}{reverse('billing_sandbox:invoice', args=[row.id])}"
    return {
        "id": row.id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "AnyRoom",
        "account_tax_ids": None,
        "amount_due": row.amount,
        "amount_overpaid": 0,
        "amount_paid": paid,
        "amount_remaining": row.amount - paid,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": row.attempt_count,
        "attempted": row.attempt_count > 0,
        "auto_advance": row.status == "open",
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": None,
        "billing_reason": row.billing_reason,
        "collection_method": "charge_automatically",
        "created": created,
        "currency": catalogue.CURRENCY,
        "custom_fields": None,
        "customer": row.customer_id,
        "customer_address": None,
        "customer_email": row.customer.email or None,
        "customer_name": row.customer.name or None,
        "customer_phone": None,
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": created,
        "ending_balance": 0,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": address,
        "invoice_pdf": f"{address}pdf",
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": {
            "object": "list",
            "data": [_line(row)],
            "has_more": False,
            "url": f"/v1/invoices/{row.id}/lines",
        },
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": row.number,
        "on_behalf_of": None,
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": {}, "subscription": row.subscription_id},
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": int(row.period_start.timestamp()),
        "period_start": int(row.period_start.timestamp()),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": row.status,
        "status_transitions": {
            "finalized_at": created,
            "marked_uncollectible_at": None,
            "paid_at": int(row.paid_at.timestamp()) if row.paid_at else None,
            "voided_at": int(row.voided_at.timestamp()) if row.voided_at else None,
        },
        "subtotal": row.amount,
        "subtotal_excluding_tax": row.amount,
        "test_clock": None,
        "total": row.amount,
        "total_discount_amounts": [],
        "total_excluding_tax": row.amount,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }


def _line(row: Invoice) -> Json:
    return {
        "id": row.line_id,
        "object": "line_item",
        "amount": row.amount,
        "currency": catalogue.CURRENCY,
        "description": "1 × AnyRoom (at $50.00 / month)",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": row.id,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": None,
                "subscription": row.subscription_id,
                "subscription_item": row.subscription.item_id,
            },
            "type": "subscription_item_details",
        },
        "period": {
            "end": int(row.period_end.timestamp()),
            "start": int(row.period_start.timestamp()),
        },
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {
                "price": row.subscription.price_id,
                "product": catalogue.PRODUCT_ID,
            },
            "type": "price_details",
            "unit_amount_decimal": str(catalogue.UNIT_AMOUNT),
        },
        "quantity": 1,
        "quantity_decimal": "1",
        "subtotal": row.amount,
        "taxes": [],
    }
