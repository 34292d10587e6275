"""`expand`: an id in an answer is replaced by the thing itself."""

from collections.abc import Callable
from typing import Any

from billing.sandbox import catalogue, shapes
from billing.sandbox.invoice_shape import invoice
from billing.sandbox.models import CheckoutSession, Customer, Invoice, Subscription
from billing.sandbox.wire import Json, Refused

LOAD: dict[str, Callable[[str], Json]] = {
    "cus": lambda row_id: shapes.customer(Customer.objects.get(pk=row_id)),
    "sub": lambda row_id: shapes.subscription(Subscription.objects.get(pk=row_id)),
    "in": lambda row_id: invoice(Invoice.objects.get(pk=row_id)),
    "cs": lambda row_id: shapes.session(CheckoutSession.objects.get(pk=row_id)),
    "prod": lambda _row_id: catalogue.product(),
}


def expand(answer: Json, paths: list[str]) -> Json:
    for path in paths:
        _expand(answer, path.split("."), path)
    return answer


def _expand(here: Any, keys: list[str], path: str) -> None:
    if isinstance(here, list):
        for one in here:
            _expand(one, keys, path)
        return
    key, *rest = keys
    if not isinstance(here, dict) or key not in here:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(here[key], str):
        prefix = here[key].partition("_")[0]
        if prefix not in LOAD:
            raise Refused(f"This property cannot be expanded ({path}).", param="expand")
        here[key] = LOAD[prefix](here[key])
    if rest and here[key] is not None:
        _expand(here[key], rest, path)
