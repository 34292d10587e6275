"""Stripe at the HTTP edge, in memory: the real SDK sends to it, and a test sets what it says.

The sandbox (`billing.sandbox`) is what a person plays with; this one is for states and failures
that the sandbox has no button for.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from django.conf import settings

Json = dict[str, Any]
MONTH = 30 * 24 * 3600
DAY = 24 * 3600


def now() -> int:
    return int(time.time())


class FakeStripe(stripe.HTTPClient):
    """`trouble`, if set, is asked first and may raise or return a status and a body.

    `pause` is how long a POST takes, so that requests at the same time meet.
    """

    name = "fake"

    def __init__(self) -> None:
        super().__init__()
        self.customers: dict[str, Json] = {}
        self.sessions: dict[str, Json] = {}
        self.subscriptions: dict[str, Json] = {}
        self.invoices: dict[str, Json] = {}
        self.price: Json = _price(settings.STRIPE_PRICE_ID)
        self.requests: list[tuple[str, str, list[tuple[str, str]]]] = []
        self.trouble: Callable[[str, str], tuple[int, Json] | None] | None = None
        self.pause = 0.0
        self._kept: dict[str, tuple[str, Json | None]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0.05

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        address = urlsplit(url)
        text = address.query if post_data is None else str(post_data)
        params = parse_qsl(text, keep_blank_values=True)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        assert sent["stripe-version"] == "2026-10-28.endive"
        self.requests.append((method, address.path, params))
        found = self.trouble(method, address.path) if self.trouble else None
        status, body = found or self._once(
            sent.get("idempotency-key", ""), method, address.path, dict(params)
        )
        return json.dumps(body), status, {"request-id": f"req_{next(self._ids)}"}

    def close(self) -> None:
        """There is no connection."""

    def sent(self, method: str, path: str) -> list[dict[str, str]]:
        """The parameters of the requests to this path."""
        return [dict(params) for m, p, params in self.requests if (m, p) == (method, path)]

    def _once(self, key: str, method: str, path: str, params: Json) -> tuple[int, Json]:
        if method != "post" or not key:
            return self._answer(method, path, params)
        request = json.dumps([path, params])
        with self._lock:
            is_new = key not in self._kept
            if is_new:
                self._kept[key] = (request, None)
            first, answer = self._kept[key]
        if first != request:
            return _error(400, "idempotency_error", "same key, other parameters")
        if answer is not None:
            return 200, answer
        if not is_new:
            return _error(409, "idempotency_error", "in progress", code="idempotency_key_in_use")
        time.sleep(self.pause)
        status, body = self._answer(method, path, params)
        with self._lock:
            if status == 200:
                self._kept[key] = (request, body)
            else:
                del self._kept[key]
        return status, body

    def _answer(self, method: str, path: str, params: Json) -> tuple[int, Json]:
        parts = path.removeprefix("/v1/").split("/")
        match (method, *parts):
            case ("post", "customers"):
                return 200, self._keep(self.customers, "cus", {"object": "customer", **params})
            case ("get", "prices", _price_id):
                return 200, self.price
            case ("post", "checkout", "sessions"):
                return self._open(params)
            case ("get", "checkout", "sessions", pk):
                return _found(self.sessions, pk)
            case ("post", "checkout", "sessions", pk, "expire"):
                if self.sessions[pk]["status"] != "open":
                    return _error(400, "invalid_request_error", "not open")
                self.sessions[pk].update(status="expired", url=None)
                return 200, self.sessions[pk]
            case ("post", "billing_portal", "sessions"):
                pk = f"bps_{next(self._ids)}"
                url = f"https://billing.stripe.com/p/{pk}"
                return 200, {"id": pk, "object": "billing_portal.session", "url": url, **params}
            case ("get", "subscriptions"):
                return 200, _list(self.subscriptions, customer=params["customer"])
            case ("delete", "subscriptions", pk):
                return self._cancel(pk)
            case ("get", "invoices") if "subscription" in params:
                return 200, _list(self.invoices, sub=params["subscription"], status="open")
            case ("get", "invoices"):
                return 200, _list(self.invoices, customer=params["customer"])
        return _error(404, "invalid_request_error", f"unrecognized {method} {path}")

    def _open(self, params: Json) -> tuple[int, Json]:
        customer = self.customers.get(params["customer"])
        if customer is None or customer.get("deleted"):
            return _missing("customer")
        session = {"object": "checkout.session", "status": "open", **params}
        made = self._keep(self.sessions, "cs_test", session)
        made["url"] = f"https://checkout.stripe.com/c/{made['id']}"
        return 200, made

    def _cancel(self, pk: str) -> tuple[int, Json]:
        one = self.subscriptions.get(pk)
        if one is None or one["status"] == "canceled":
            return _missing("id")
        one.update(status="canceled", ended_at=now(), canceled_at=now())
        return 200, one

    def _keep(self, rows: dict[str, Json], prefix: str, fields: Json) -> Json:
        with self._lock:
            pk = f"{prefix}_{next(self._ids)}"
            rows[pk] = {"id": pk, "livemode": False, "created": now(), **fields}
        return rows[pk]

    # What happens at Stripe without a request of ours.

    def subscribe(self, customer: str, status: str = "active", **fields: Any) -> Json:
        """A subscription that began just now; `item` changes its item, `price` its price."""
        item, price = fields.pop("item", {}), fields.pop("price", {})
        item = {
            "id": f"si_{next(self._ids)}",
            "object": "subscription_item",
            "quantity": 1,
            "price": self.price | price,
            "current_period_start": now(),
            "current_period_end": now() + MONTH,
            **item,
        }
        return self._keep(
            self.subscriptions,
            "sub",
            {
                "object": "subscription",
                "customer": customer,
                "status": status,
                "items": {"object": "list", "data": [item], "has_more": False},
                "cancel_at": None,
                "cancel_at_period_end": False,
                "canceled_at": None,
                "ended_at": None,
                "start_date": now(),
                **fields,
            },
        )

    def pay(self, session_id: str) -> Json:
        """Somebody fills in the page."""
        session = self.sessions[session_id]
        made = self.subscribe(session["customer"])
        session.update(status="complete", url=None, subscription=made["id"])
        return made

    def invoice(self, one: Json, status: str = "open", created: int | None = None) -> Json:
        fields = {
            "object": "invoice",
            "customer": one["customer"],
            "sub": one["id"],
            "status": status,
            "number": f"AR-{next(self._ids)}",
            "total": 5000,
            "currency": "usd",
            "hosted_invoice_url": "https://invoice.stripe.com/i/1",
            "invoice_pdf": "https://pay.stripe.com/invoice/1/pdf",
            "created": created or now(),
        }
        return self._keep(self.invoices, "in", fields)

    def fail_renewal(self, one: Json, days_ago: int = 0) -> Json:
        """The period has rolled into a month that is not paid."""
        begin = now() - days_ago * DAY
        one["status"] = "past_due"
        one["items"]["data"][0].update(current_period_start=begin, current_period_end=begin + MONTH)
        return self.invoice(one, created=begin)


def _price(price_id: str) -> Json:
    return {
        "id": price_id,
        "object": "price",
        "active": True,
        "unit_amount": 5000,
        "currency": "usd",
        "recurring": {"interval": "month", "interval_count": 1},
    }


def _found(rows: dict[str, Json], pk: str) -> tuple[int, Json]:
    return (200, rows[pk]) if pk in rows else _missing("id")


def _list(rows: dict[str, Json], **fields: str) -> Json:
    found = [row for row in rows.values() if fields.items() <= row.items()]
    return {"object": "list", "data": found[::-1], "has_more": False, "url": "/v1/x"}


def _missing(param: str) -> tuple[int, Json]:
    status = 400 if param == "customer" else 404
    error = "invalid_request_error"
    return _error(status, error, "No such thing", code="resource_missing", param=param)


def _error(status: int, kind: str, message: str, **fields: str) -> tuple[int, Json]:
    return status, {"error": {"type": kind, "message": message, **fields}}
