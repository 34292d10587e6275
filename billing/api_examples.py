"""Examples for the API's schema, one of each thing about money."""

from typing import Any

PLAN: dict[str, Any] = {
    "phase": "active",
    "hosting": True,
    "hosting_until": "2026-12-24T09:30:00Z",
    "trial_days_left": 0,
    "renews_at": "2026-12-22T09:30:00Z",
    "cancels_at": None,
    "past_due_since": None,
    "grace_until": None,
    "doubled": False,
    "price": {"amount": 5000, "currency": "usd", "interval": "month"},
}
PAGE = {"url": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3"}
INVOICE = {
    "id": "in_1QbXyZ2eZvKYlo2C",
    "number": "ANYROOM-0001",
    "status": "paid",
    "total": 5000,
    "currency": "usd",
    "created_at": "2026-11-22T09:30:00Z",
    "pdf": "https://pay.stripe.com/invoice/acct_1/test_1/pdf",
    "page": "https://invoice.stripe.com/i/acct_1/test_1",
}
