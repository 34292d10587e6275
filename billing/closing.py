"""An account that closes stops paying first; where Stripe does not answer, it does not close."""

import logging
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from billing import stripe_gateway, subscriptions
from billing.models import CheckoutAttempt, Customer, Subscription
from billing.stripe_gateway import BillingError
from rooms.accounts.closing import Vetoed, account_closing
from rooms.accounts.models import Account

log = logging.getLogger(__name__)

OVER = ("canceled", "incomplete_expired")


@receiver(account_closing)
def stop_paying(account: Account, **_kwargs: Any) -> None:
    """Cancel whatever runs at Stripe; nothing that runs is fine. Raises Vetoed."""
    try:
        cancel_all(account)
    except BillingError as error:
        if error.is_missing_customer and not _unfinished(account):
            return
        raise Vetoed(
            _(
                "The account stays open, because its subscription could not be cancelled: the "
                "payment service does not answer. Try again in a few minutes."
            )
        ) from error


def _unfinished(account: Account) -> bool:
    """Whether anything that was sold to the account still runs, as far as was told."""
    return Subscription.objects.filter(customer__account=account).exclude(status__in=OVER).exists()


def cancel_all(account: Account) -> None:
    """No page to pay on stays open, and every subscription ends now. Raises BillingError."""
    customer = Customer.objects.filter(account=account).exclude(stripe_id=None).first()
    if customer is None or not customer.stripe_id:
        return
    for attempt in CheckoutAttempt.objects.filter(account=account, status="open"):
        _expire(attempt)
    for one in stripe_gateway.subscriptions(customer.stripe_id):
        if one.status not in OVER:
            stripe_gateway.cancel(one.stripe_id)
    subscriptions.sync_account(account)


def cancel_of_closed() -> None:
    """Somebody may have paid on a page at the moment when the account closed."""
    for customer in Customer.objects.exclude(account__closed_at=None).select_related("account"):
        if customer.subscriptions.exclude(status__in=OVER).exists():
            try:
                cancel_all(customer.account)
            except Exception:  # one account's fault must not keep the others paying
                log.exception("closed account %s may still be charged", customer.account_id)


def _expire(attempt: CheckoutAttempt) -> None:
    """One that was paid or has expired cannot be expired, which is fine."""
    try:
        if attempt.session_id:
            stripe_gateway.expire_session(attempt.session_id)
    except BillingError as error:
        if not error.permanent:
            raise
    CheckoutAttempt.objects.filter(pk=attempt.pk).update(status=CheckoutAttempt.Status.EXPIRED)
