"""Whose turn it is: deliveries that are due, claimed so that no receiver holds up another.

Of what a worker has under way, one endpoint has at most FOR_ENDPOINT, a single one if it is
failing, and one account FOR_ACCOUNT. All those that fail or were slow share FOR_SLOW, so that the
rest always has hands free. Each claim is one conditional UPDATE; where it changes a row, the
delivery is ours until the claim runs out.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable

from django.db.models import F, Q

from rooms.notices.hooks.models import WebhookDelivery

MOST = 32  # requests under way
FOR_SLOW = 16
FOR_ACCOUNT = 8
FOR_ENDPOINT = 4
CLAIM = dt.timedelta(seconds=60)  # longer than a request takes, and a resolver that is slow


def claim(
    going: Iterable[WebhookDelivery], slow: Collection[str], now: dt.datetime
) -> list[WebhookDelivery]:
    """Due deliveries that are ours from now on, the oldest first, beside those that are `going`.

    `slow` are endpoints that took long when they were asked last.
    """
    turns = _Turns(going, slow)
    taken = []
    for delivery in _candidates(turns, now):
        if turns.has_one(delivery) and _take(delivery, now):
            turns.count(delivery)
            taken.append(delivery)
    return taken


class _Turns:
    def __init__(self, going: Iterable[WebhookDelivery], slow: Collection[str]) -> None:
        self.slow = slow
        self.all = self.with_slow = 0
        self.full_endpoints: set[str] = set()
        self.full_accounts: set[str] = set()
        self._endpoints: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        for delivery in going:
            self.count(delivery)

    def count(self, delivery: WebhookDelivery) -> None:
        endpoint = delivery.endpoint
        self.all += 1
        self.with_slow += self._is_slow(delivery)
        self._endpoints[endpoint.pk] += 1
        self._accounts[endpoint.account_id] += 1
        if endpoint.failing_since or self._endpoints[endpoint.pk] >= FOR_ENDPOINT:
            self.full_endpoints.add(endpoint.pk)
        if self._accounts[endpoint.account_id] >= FOR_ACCOUNT:
            self.full_accounts.add(endpoint.account_id)

    def has_one(self, delivery: WebhookDelivery) -> bool:
        endpoint = delivery.endpoint
        return (
            self.all < MOST
            and endpoint.pk not in self.full_endpoints
            and endpoint.account_id not in self.full_accounts
            and (self.with_slow < FOR_SLOW or not self._is_slow(delivery))
        )

    def _is_slow(self, delivery: WebhookDelivery) -> bool:
        return bool(delivery.endpoint.failing_since) or delivery.endpoint_id in self.slow


def _candidates(turns: _Turns, now: dt.datetime) -> Iterable[WebhookDelivery]:
    """Of the endpoints that are on and have a turn at all, so that the first can be taken."""
    found = WebhookDelivery.objects.filter(_free(now), endpoint__disabled_at=None)
    found = found.exclude(endpoint__in=turns.full_endpoints)
    found = found.exclude(endpoint__account__in=turns.full_accounts)
    if turns.with_slow >= FOR_SLOW:
        found = found.filter(endpoint__failing_since=None).exclude(endpoint__in=turns.slow)
    return found.select_related("endpoint", "event").order_by("due_at", "pk")[: MOST - turns.all]


def _free(now: dt.datetime) -> Q:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Q(unclaimed, status=WebhookDelivery.Status.PENDING, due_at__lte=now)


def _take(delivery: WebhookDelivery, now: dt.datetime) -> bool:
    # The row alone decides: a join would be read as it was before another worker's UPDATE.
    until = now + CLAIM
    mine = WebhookDelivery.objects.filter(_free(now), pk=delivery.pk)
    if not mine.update(claimed_until=until, tries=F("tries") + 1):
        return False
    delivery.claimed_until = until
    delivery.tries += 1
    return True
