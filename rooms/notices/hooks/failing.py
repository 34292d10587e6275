"""Endpoints that take nothing are switched off after days, and the account's managers are told.

`failing_since` is kept on the endpoint: set by the first try that fails, cleared by the first that
arrives. Only a try that fails switches off; days in which nothing was to be sent prove nothing.
"""

import datetime as dt

from rooms.notices import outbox
from rooms.notices.hooks import endpoints, refusals
from rooms.notices.hooks.models import DeliveryAttempt, WebhookEndpoint
from rooms.notices.hooks.sending import Answer
from rooms.notices.models import Notice

OFF_AFTER = dt.timedelta(days=5)
# Longer than any pause between two tries: after so long without one, failing begins anew.
QUIET = dt.timedelta(days=1)
Off = WebhookEndpoint.Off


def note(endpoint: WebhookEndpoint, answer: Answer) -> None:
    """Draw what follows from a try. The caller has locked `endpoint`, and written the try down."""
    if answer.took_it:
        _set_failing_since(endpoint, None)
    elif not endpoint.enabled or answer.error == refusals.OURS:
        return
    elif answer.is_gone:
        _switch_off(endpoint, Off.GONE)
    elif endpoint.failing_since is None:
        _set_failing_since(endpoint, answer.at)
    elif answer.at - endpoint.failing_since >= OFF_AFTER:
        if _was_tried_lately(endpoint, answer.at):
            _switch_off(endpoint, Off.FAILING)
        else:
            _set_failing_since(endpoint, answer.at)


def _set_failing_since(endpoint: WebhookEndpoint, at: dt.datetime | None) -> None:
    if endpoint.failing_since != at:
        endpoint.failing_since = at
        endpoint.save(update_fields=["failing_since"])


def _was_tried_lately(endpoint: WebhookEndpoint, at: dt.datetime) -> bool:
    tries = DeliveryAttempt.objects.filter(delivery__endpoint=endpoint)
    return tries.filter(at__gt=at - QUIET, at__lt=at).exists()


def _switch_off(endpoint: WebhookEndpoint, why: str) -> None:
    """With a notice to each owner and admin, once however many tries failed at the same time."""
    if not endpoints.switch_off(endpoint, why):
        return
    outbox.record(
        endpoint.account,
        kind=Notice.Kind.WEBHOOK_OFF,
        key=f"{Notice.Kind.WEBHOOK_OFF}:{endpoint.pk}:{endpoint.disabled_at:%Y%m%dT%H%M%S}",
        template="hooks/notices/webhook_off.txt",
        context={
            "endpoint": endpoint,
            "gone": why == Off.GONE,
            "days": OFF_AFTER.days,
        },
    )
