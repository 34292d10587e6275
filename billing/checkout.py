"""Where people pay: on pages of Stripe's, Checkout to subscribe and the portal for all else.

What comes back in an address grants nothing: `returned()` asks Stripe.
"""

import re

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import stripe_gateway, subscriptions
from billing.models import CheckoutAttempt, Customer
from billing.remote import Invoice, Session
from billing.stripe_gateway import BillingError
from billing.subscriptions import Standing
from rooms.accounts.models import Account

Status = CheckoutAttempt.Status
SESSION_ID = re.compile(r"cs_\w{1,250}", re.ASCII)


def start(account: Account, *, email: str, return_url: str) -> str:
    """The address on which `account` subscribes; the portal's if it has a subscription.

    `return_url` is where Stripe sends people back to, with `session_id` in its query if they paid.
    However many ask at once, there is one customer and one open page. Raises BillingError.
    """
    if account.closed_at:
        raise BillingError(_("The account is closed."), permanent=True)
    for _round in range(3):
        customer = _customer(account, email)
        try:
            subscriptions.sync_account(account)
        except BillingError as error:  # made with another key of Stripe's, perhaps the sandbox's
            if not error.is_missing_customer or subscriptions.live(account):
                raise
            _forget(customer)
            continue
        if subscriptions.live(account):
            return portal(account, return_url=return_url)
        attempt = _open_attempt(account, return_url)
        found = _session(customer, attempt)
        if found and found.status == "open" and found.url:
            if Account.objects.filter(pk=account.pk).exclude(closed_at=None).exists():
                stripe_gateway.expire_session(found.id)
                raise BillingError(_("The account is closed."), permanent=True)
            return found.url
        _close(attempt, found)
    raise BillingError(stripe_gateway.UNREACHABLE, permanent=False)


def portal(account: Account, *, return_url: str) -> str:
    """The address on which `account` changes its card, pays, cancels and resumes."""
    customer = Customer.objects.filter(account=account).exclude(stripe_id=None).first()
    if customer is None or not customer.stripe_id:
        raise BillingError(_("There is no subscription yet."), permanent=True)
    return stripe_gateway.portal_url(customer=customer.stripe_id, return_url=return_url)


def returned(account: Account, session_id: str) -> Standing:
    """Somebody came back from Checkout: see what they paid. Raises BillingError.

    It may come before the webhook or after it, and does the same.
    """
    ours = Customer.objects.filter(account=account).exclude(stripe_id=None).first()
    wrong = BillingError(_("This payment belongs to another account."), permanent=True)
    if ours is None or not SESSION_ID.fullmatch(session_id):
        raise wrong
    found = stripe_gateway.session(session_id)
    if found.customer != ours.stripe_id:
        raise wrong
    if found.status == "complete":
        open_now = CheckoutAttempt.objects.filter(account=account, status=Status.OPEN)
        open_now.filter(session_id=session_id).update(status=Status.COMPLETE)
    return subscriptions.sync_account(account)


def invoices(account: Account) -> list[Invoice]:
    """The newest first; none where there is no customer yet. Raises BillingError."""
    customer = Customer.objects.filter(account=account).exclude(stripe_id=None).first()
    return stripe_gateway.invoices(customer.stripe_id) if customer and customer.stripe_id else []


def _customer(account: Account, email: str) -> Customer:
    """The account's customer, made at Stripe if it is not there yet.

    What Stripe is told comes from the row, so that requests at the same time say the same under
    the same key, and Stripe makes one.
    """
    told = {"email": email, "name": account.name, "trial_end": account.hosting_until}
    customer, _made = Customer.objects.get_or_create(account=account, defaults=told)
    if not customer.stripe_id:
        stripe_id = stripe_gateway.create_customer(
            account=account.pk, email=customer.email, name=customer.name, key=customer.key
        )
        unmade = Customer.objects.filter(pk=customer.pk, stripe_id=None)
        unmade.filter(generation=customer.generation).update(stripe_id=stripe_id)
        customer.refresh_from_db()
    return customer


def _open_attempt(account: Account, return_url: str) -> CheckoutAttempt:
    """The one that is open, or a new one: a constraint lets no second be open."""
    stale = timezone.now() - CheckoutAttempt.LIFETIME
    mine = CheckoutAttempt.objects.filter(account=account, status=Status.OPEN)
    mine.filter(created_at__lt=stale, session_id=None).update(status=Status.EXPIRED)
    attempt, _made = CheckoutAttempt.objects.get_or_create(
        account=account,
        status=Status.OPEN,
        defaults={
            "return_url": return_url,
            "price_id": settings.STRIPE_PRICE_ID,
        },
    )
    return attempt


def _session(customer: Customer, attempt: CheckoutAttempt) -> Session | None:
    """Stripe's page for this attempt, as it is now; None where another has to be opened."""
    if attempt.session_id:
        try:
            return stripe_gateway.session(attempt.session_id)
        except BillingError as error:
            if error.permanent:
                return None
            raise
    stripe_gateway.check_price()
    try:
        made = _make_session(customer, attempt)
    except BillingError as error:
        if not error.permanent:
            return _made_by_another(attempt, error)
        if error.is_missing_customer:
            _forget(customer)
            return None
        _close(attempt, None)
        raise
    CheckoutAttempt.objects.filter(pk=attempt.pk).update(session_id=made.id, url=made.url or "")
    return made


def _make_session(customer: Customer, attempt: CheckoutAttempt) -> Session:
    """Everything comes from rows, so that the same key always goes with the same request."""
    back = attempt.return_url
    return stripe_gateway.create_session(
        customer=customer.stripe_id or "",
        account=attempt.account_id,
        price=attempt.price_id,
        success_url=f"{back}{'&' if '?' in back else '?'}session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=back,
        key=attempt.key,
    )


def _made_by_another(attempt: CheckoutAttempt, error: BillingError) -> Session:
    """Stripe is busy with the same request: whoever sent it may have its answer by now."""
    attempt.refresh_from_db()
    if not attempt.session_id:
        raise error
    return stripe_gateway.session(attempt.session_id)


def _close(attempt: CheckoutAttempt, found: Session | None) -> None:
    """Let another attempt be opened."""
    status = Status.FAILED
    if found:
        status = Status.COMPLETE if found.status == "complete" else Status.EXPIRED
    CheckoutAttempt.objects.filter(pk=attempt.pk, status=Status.OPEN).update(status=status)


def _forget(customer: Customer) -> None:
    """It was deleted at Stripe: the next one is made under another key."""
    Customer.objects.filter(pk=customer.pk, stripe_id=customer.stripe_id).update(
        stripe_id=None, generation=F("generation") + 1
    )
