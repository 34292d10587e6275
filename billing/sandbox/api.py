"""What the sandbox answers to the requests that the product makes.

A route names the SDK's own type of its parameters: an unknown one is refused, as Stripe does.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from stripe import params as types

from billing.sandbox import catalogue, life, shapes
from billing.sandbox.expand import expand
from billing.sandbox.invoice_shape import invoice as invoice_shape
from billing.sandbox.models import (
    CheckoutSession,
    Customer,
    Event,
    Invoice,
    PortalSession,
    Subscription,
)
from billing.sandbox.wire import Json, Params, Refused, listing, missing, required

Row = TypeVar("Row", bound=Model)
Handler = Callable[..., Json]
ROUTES: list[tuple[str, "re.Pattern[str]", Any, Handler]] = []


def route(method: str, path: str, parameters: Any) -> Callable[[Handler], Handler]:
    pattern = re.compile("/v1/" + path.replace("{id}", r"(?P<row_id>\w+)"))

    def add(handler: Handler) -> Handler:
        ROUTES.append((method, pattern, parameters, handler))
        return handler

    return add


def answer(method: str, path: str, params: Params) -> Json:
    """Raises Refused."""
    for known, pattern, parameters, handler in ROUTES:
        match = pattern.fullmatch(path)
        if match and known == method:
            for name in params:
                if name not in parameters.__annotations__:
                    raise Refused(
                        f"Received unknown parameter: {name}", code="parameter_unknown", param=name
                    )
            return expand(handler(params, **match.groupdict()), params.get("expand") or [])
    raise Refused(f"Unrecognized request URL ({method.upper()}: {path}).", status=404)


def find(model: type[Row], row_id: str, param: str = "id") -> Row:
    try:
        return model._default_manager.get(pk=row_id)
    except model.DoesNotExist:  # type: ignore[attr-defined]
        raise missing(model.__name__.lower(), row_id, param) from None


def _of(model: type[Row], params: Params) -> "QuerySet[Row]":
    """Those of the customer, of the subscription and with the status that are asked for."""
    found = model._default_manager.all()
    for name, other in (("customer", Customer), ("subscription", Subscription)):
        if params.get(name):
            found = found.filter(**{name: find(other, params[name], name)})
    return found.filter(status=params["status"]) if params.get("status") else found


@route("post", "customers", types.CustomerCreateParams)
def create_customer(params: Params) -> Json:
    return shapes.customer(_describe(Customer(), params))


@route("get", "customers/{id}", types.CustomerRetrieveParams)
def customer(_params: Params, row_id: str) -> Json:
    return shapes.customer(find(Customer, row_id))


@route("post", "customers/{id}", types.CustomerUpdateParams)
def update_customer(params: Params, row_id: str) -> Json:
    return shapes.customer(_describe(find(Customer, row_id), params))


def _describe(row: Customer, params: Params) -> Customer:
    for name in ("email", "name", "description"):
        setattr(row, name, params.get(name, getattr(row, name)))
    row.metadata = {**row.metadata, **params.get("metadata", {})}
    row.save()
    return row


@route("post", "checkout/sessions", types.checkout.SessionCreateParams)
def create_session(params: Params) -> Json:
    if params.get("mode") != "subscription":
        raise Refused("The sandbox sells subscriptions alone.", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise Refused("The sandbox has hosted pages alone.", param="ui_mode")
    items = params.get("line_items") or []
    if len(items) != 1:
        raise Refused("The sandbox takes one line item.", param="line_items")
    price = catalogue.price(required(items[0], "price"), "line_items[0][price]")
    row = CheckoutSession.objects.create(
        customer=find(Customer, required(params, "customer"), "customer"),
        success_url=required(params, "success_url"),
        cancel_url=params.get("cancel_url", ""),
        client_reference_id=params.get("client_reference_id", ""),
        locale=params.get("locale", ""),
        price_id=price["id"],
        quantity=int(items[0].get("quantity", 1)),
        metadata=params.get("metadata", {}),
        subscription_metadata=params.get("subscription_data", {}).get("metadata", {}),
    )
    return shapes.session(row)


@route("get", "checkout/sessions/{id}", types.checkout.SessionRetrieveParams)
def session(_params: Params, row_id: str) -> Json:
    return shapes.session(find(CheckoutSession, row_id))


@route("get", "checkout/sessions", types.checkout.SessionListParams)
def sessions(params: Params) -> Json:
    found = _of(CheckoutSession, params)
    return listing(found, params, "/v1/checkout/sessions", shapes.session)


@route("post", "checkout/sessions/{id}/expire", types.checkout.SessionExpireParams)
def expire_session(_params: Params, row_id: str) -> Json:
    row = find(CheckoutSession, row_id)
    if row.status != "open":
        raise Refused(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {row.status}."
        )
    return shapes.session(life.expire(row))


@route("get", "subscriptions/{id}", types.SubscriptionRetrieveParams)
def subscription(_params: Params, row_id: str) -> Json:
    return shapes.subscription(find(Subscription, row_id))


@route("get", "subscriptions", types.SubscriptionListParams)
def subscriptions(params: Params) -> Json:
    everything = {**params, "status": ""} if params.get("status") == "all" else params
    found = _of(Subscription, everything)
    if "status" not in params:
        found = found.exclude(status="canceled")
    return listing(found, params, "/v1/subscriptions", shapes.subscription)


@route("delete", "subscriptions/{id}", types.SubscriptionCancelParams)
def cancel_subscription(_params: Params, row_id: str) -> Json:
    row = find(Subscription, row_id)
    if row.is_over:  # as Stripe: one that is over can be read, and not cancelled again
        raise missing("subscription", row_id)
    return shapes.subscription(life.cancel(row))


@route("get", "invoices", types.InvoiceListParams)
def invoices(params: Params) -> Json:
    found = _of(Invoice, params)
    return listing(
        found.select_related("customer", "subscription"), params, "/v1/invoices", invoice_shape
    )


@route("post", "billing_portal/sessions", types.billing_portal.SessionCreateParams)
def create_portal_session(params: Params) -> Json:
    row = PortalSession.objects.create(
        customer=find(Customer, required(params, "customer"), "customer"),
        return_url=params.get("return_url", ""),
        locale=params.get("locale", ""),
    )
    return shapes.portal_session(row)


@route("get", "prices/{id}", types.PriceRetrieveParams)
def price(_params: Params, row_id: str) -> Json:
    return catalogue.price(row_id, "id")


@route("get", "events/{id}", types.EventRetrieveParams)
def event(_params: Params, row_id: str) -> Json:
    return find(Event, row_id).body  # type: ignore[no-any-return]


def right_key(authorization: str) -> bool:
    return authorization == f"Bearer {settings.STRIPE_SECRET_KEY}"
