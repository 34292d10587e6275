"""Endpoints: made, changed, switched off and on, given a new secret, and tried."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.accounts.models import Account, User
from rooms.ids import new_id
from rooms.notices.hooks import events, secrets
from rooms.notices.hooks.addresses import check_url as check_url
from rooms.notices.hooks.models import (
    DeliveryAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

MOST = 20  # of an account
PING = "ping"
OLD_SIGNS_FOR = dt.timedelta(hours=24)
Status = WebhookDelivery.Status


@transaction.atomic
def make(
    account: Account,
    *,
    url: str,
    description: str = "",
    event_types: Sequence[str] = (),
    by: User | None,
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret. Raises ValidationError."""
    locked = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if locked.webhook_endpoints.count() >= MOST:
        text = _("An account has at most %(most)d endpoints. Delete one first.")
        raise ValidationError(text % {"most": MOST})
    secret = secrets.new_secret()
    endpoint = WebhookEndpoint(account=account, made_by=by, secret=secrets.sealed(secret))
    _set(endpoint, url=url, description=description, event_types=event_types)
    endpoint.save(force_insert=True)
    return endpoint, secret


@transaction.atomic
def change(endpoint: WebhookEndpoint, **fields: Any) -> None:
    """Set some of `url`, `description`, `event_types`. Raises ValidationError."""
    before = endpoint.url
    _set(endpoint, **fields)
    saved = [*fields]
    if endpoint.url != before:
        endpoint.failing_since = None  # another address was
        saved.append("failing_since")
    endpoint.save(update_fields=saved)


def _set(endpoint: WebhookEndpoint, **fields: Any) -> None:
    if "url" in fields:
        try:
            fields["url"] = check_url(fields["url"])
        except ValidationError as error:
            raise ValidationError({"url": error}) from error
    if "event_types" in fields:
        fields["event_types"] = _checked_types(fields["event_types"])
    for name, value in fields.items():
        setattr(endpoint, name, value)
    endpoint.clean_fields(exclude={"account", "made_by", "secret"})


def _checked_types(names: Sequence[str]) -> list[str]:
    """In the order of the catalogue, each once."""
    unknown = [name for name in names if name not in events.TYPES]
    if unknown:
        text = _("There is no event “%(name)s”.") % {"name": unknown[0]}
        raise ValidationError({"event_types": text})
    return [name for name in events.TYPES if name in names]


@transaction.atomic
def rotate(endpoint: WebhookEndpoint) -> str:
    """A new secret; the one before it signs too for a day."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    secret = secrets.new_secret()
    endpoint.previous_secret = locked.secret
    endpoint.previous_until = timezone.now() + OLD_SIGNS_FOR
    endpoint.secret = secrets.sealed(secret)
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    return secret


def secret_of(endpoint: WebhookEndpoint) -> str:
    """Empty where it was sealed with another SECRET_KEY: it has to be rotated then."""
    try:
        return secrets.opened(endpoint.secret)
    except secrets.Unreadable:
        return ""


def switch_on(endpoint: WebhookEndpoint) -> None:
    """What happened meanwhile was not written down for it; what failed can be sent again."""
    endpoint.disabled_at, endpoint.disabled_why, endpoint.failing_since = None, "", None
    endpoint.save(update_fields=["disabled_at", "disabled_why", "failing_since"])


@transaction.atomic
def switch_off(endpoint: WebhookEndpoint, why: str) -> bool:
    """What waits for it has failed; what is under way may still arrive. False: it was off."""
    now = timezone.now()
    on = WebhookEndpoint.objects.enabled().filter(pk=endpoint.pk)
    if not on.update(disabled_at=now, disabled_why=why):
        return False
    endpoint.disabled_at, endpoint.disabled_why = now, why
    endpoint.deliveries.filter(status=Status.PENDING).exclude(claimed_until__gt=now).update(
        status=Status.FAILED, claimed_until=None
    )
    return True


@transaction.atomic
def remove(endpoint: WebhookEndpoint) -> None:
    """With its log, which is too long to be read first, as a cascade would."""
    WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
    DeliveryAttempt.objects.filter(delivery__endpoint=endpoint.pk).delete()
    endpoint.deliveries.order_by()._raw_delete(endpoint.deliveries.db)
    endpoint.delete()


@transaction.atomic
def ping(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send it an event for which nothing happened, once. Raises ValidationError."""
    _check_on(endpoint)
    now, pk = timezone.now(), new_id("ev")
    event = WebhookEvent.objects.create(
        pk=pk,
        account_id=endpoint.account_id,
        type=PING,
        key=f"{PING}:{pk}",
        data={"endpoint": endpoint.pk},
        created_at=now,
    )
    delivery = endpoint.deliveries.create(event=event, give_up_at=now)
    events.nudge()
    return delivery


@transaction.atomic
def send_again(delivery: WebhookDelivery) -> WebhookDelivery:
    """At once, and with all tries before it. Raises ValidationError."""
    _check_on(delivery.endpoint)
    now = timezone.now()
    ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(status=Status.PENDING)
    if not ended.update(
        status=Status.PENDING, due_at=now, tries=0, give_up_at=now + events.TRIED_FOR
    ):
        raise ValidationError(_("It waits to be sent already."))
    events.nudge()
    delivery.refresh_from_db()
    return delivery


def _check_on(endpoint: WebhookEndpoint) -> None:
    if not WebhookEndpoint.objects.enabled().filter(pk=endpoint.pk).exists():
        raise ValidationError(_("The endpoint is off. Switch it on first."))
