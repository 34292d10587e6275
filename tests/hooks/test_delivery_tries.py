"""Tries with growing pauses for three days, two secrets for one, and the end after five days."""

import datetime as dt
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from rooms.accounts.models import Account, Membership, Role, User
from rooms.notices.hooks import delivery, endpoints
from rooms.notices.hooks.models import (
    DeliveryAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from rooms.notices.models import Notice
from tests.hooks import telling
from tests.hooks.receiver import Receiver, status

Status = WebhookDelivery.Status
Off = WebhookEndpoint.Off
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def go_on(clock: time_machine.Traveller, until: dt.datetime) -> None:
    """Deliver whatever becomes due until then, each when it does."""
    while waiting := WebhookDelivery.objects.filter(status=Status.PENDING).order_by("due_at"):
        due_at = waiting[0].due_at
        if due_at > until:
            break
        clock.move_to(max(due_at, timezone.now()))
        telling.deliver(600)
    clock.move_to(until)


def test_pauses_grow_until_three_days_are_over(account: Account) -> None:
    with Receiver(status(503)) as receiver, time_machine.travel(timezone.now()) as clock:
        _endpoint, secret = telling.listen(account, receiver.url)
        begin = timezone.now()
        (event,) = telling.happen(account)
        go_on(clock, begin + 4 * DAY)
        assert {one.event for one in receiver.got} == {event.pk}, "one id, however often"
        assert len({one.body for one in receiver.got}) == 1
        clock.move_to(begin + 3 * DAY)
        Webhook(secret).verify(receiver.got[-1].body, receiver.got[-1].headers)
    failed = telling.the_delivery()
    assert failed.status == Status.FAILED
    times = list(DeliveryAttempt.objects.order_by("at").values_list("at", flat=True))
    assert failed.tries == len(times) == len(receiver.got)
    assert times[-1] - begin == pytest.approx(3 * DAY, abs=dt.timedelta(seconds=20))
    pauses = [later - earlier for earlier, later in pairwise(times)]
    for paused, planned in zip(pauses, delivery.PAUSES, strict=False):
        assert 0.89 * planned < paused < 1.11 * planned + dt.timedelta(seconds=2)
    assert all(HOUR < paused < 13.3 * HOUR for paused in pauses[len(delivery.PAUSES) : -1])


def test_what_arrives_in_between_ends_it(account: Account) -> None:
    with Receiver(status(500)) as receiver, time_machine.travel(timezone.now()) as clock:
        endpoint, _secret = telling.listen(account, receiver.url)
        telling.happen(account)
        go_on(clock, timezone.now() + HOUR)
        receiver.then = status(200)
        go_on(clock, timezone.now() + 4 * DAY)
    assert telling.the_delivery().status == Status.DELIVERED
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_both_secrets_sign_for_a_day_and_then_the_new_one_alone(account: Account) -> None:
    with Receiver() as receiver, time_machine.travel(timezone.now()) as clock:
        endpoint, old = telling.listen(account, receiver.url)
        new = endpoints.rotate(endpoint)
        assert endpoints.secret_of(endpoint) == new != old
        telling.happen(account)
        telling.deliver()
        assert receiver.verified(old) == receiver.verified(new)
        assert len(receiver.got[0].headers["webhook-signature"].split()) == 2

        clock.shift(dt.timedelta(hours=24, seconds=1))
        receiver.got.clear()
        telling.happen(account)
        telling.deliver()
        receiver.verified(new)
        with pytest.raises(WebhookVerificationError):
            receiver.verified(old)


def test_of_three_secrets_the_last_two_sign(account: Account) -> None:
    with Receiver() as receiver:
        endpoint, first = telling.listen(account, receiver.url)
        second, third = endpoints.rotate(endpoint), endpoints.rotate(endpoint)
        telling.happen(account)
        telling.deliver()
        assert receiver.verified(second) == receiver.verified(third)
        with pytest.raises(WebhookVerificationError):
            receiver.verified(first)


@pytest.fixture
def carol(account: Account) -> User:
    user = User.objects.create_user("carol@example.com", name="Carol", language="ru")
    Membership.objects.create(account=account, user=user, role=Role.ADMIN)
    return user


def test_after_five_days_it_is_switched_off_and_managers_are_told_once(
    account: Account, alice: User, bob: User, carol: User, charlie: User
) -> None:
    with Receiver(status(500)) as receiver, time_machine.travel(timezone.now()) as clock:
        endpoint, _secret = telling.listen(account, receiver.url)
        begin = timezone.now()
        for day in range(5):
            telling.happen(account)
            go_on(clock, begin + (day + 1) * DAY - HOUR)
            endpoint.refresh_from_db()
            assert endpoint.enabled
        telling.happen(account)
        waiting = WebhookDelivery.objects.filter(status=Status.PENDING)
        assert waiting.count() > 2
        go_on(clock, begin + 6 * DAY)
        tries = len(receiver.got)
        go_on(clock, begin + 9 * DAY)
        assert len(receiver.got) == tries, "nothing more is sent"
    endpoint.refresh_from_db()
    assert endpoint.disabled_why == Off.FAILING
    assert endpoint.disabled_at
    assert 5 * DAY <= endpoint.disabled_at - begin < 5 * DAY + 13 * HOUR
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {Status.FAILED}

    notices = Notice.objects.filter(kind=Notice.Kind.WEBHOOK_OFF)
    assert sorted(one.address for one in notices) == ["alice@example.com", "carol@example.com"]
    text = notices.get(recipient=alice)
    assert text.subject == "Acme: a webhook endpoint was switched off"
    assert receiver.url in text.text
    assert "For 5 days nothing that was sent to it arrived." in text.text
    assert f"/account/webhooks/{endpoint.pk}/" in text.text


def test_tries_that_fail_together_at_the_end_tell_once(account: Account, alice: User) -> None:
    with Receiver(status(500)) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account, 4)
        telling.deliver(2)
        long_ago = timezone.now() - 5 * DAY
        WebhookEndpoint.objects.update(failing_since=long_ago)
        WebhookDelivery.objects.update(due_at=timezone.now())
        telling.deliver(5)
    assert Notice.objects.filter(kind=Notice.Kind.WEBHOOK_OFF).count() == 1


def test_days_without_a_try_prove_nothing(account: Account, alice: User) -> None:
    """What failed three weeks ago, and one failure now, are not five days of failing."""
    with Receiver(status(500)) as receiver, time_machine.travel(timezone.now()) as clock:
        endpoint, _secret = telling.listen(account, receiver.url)
        telling.happen(account)
        go_on(clock, timezone.now() + 21 * DAY)
        assert telling.the_delivery().status == Status.FAILED
        telling.happen(account)
        telling.deliver()
        endpoint.refresh_from_db()
        assert endpoint.enabled
        assert endpoint.failing_since
        assert timezone.now() - endpoint.failing_since < HOUR


def test_gone_for_good_switches_off_at_once(account: Account, alice: User) -> None:
    with Receiver(status(410)) as receiver:
        endpoint, _secret = telling.listen(account, receiver.url)
        telling.happen(account, 6)
        telling.deliver()
        assert 1 <= len(receiver.got) <= 4
    endpoint.refresh_from_db()
    assert endpoint.disabled_why == Off.GONE
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {Status.FAILED}
    (notice,) = Notice.objects.filter(kind=Notice.Kind.WEBHOOK_OFF)
    assert "It answered with the status 410" in notice.text


def test_the_log_goes_back_for_thirty_days(account: Account) -> None:
    with Receiver() as receiver:
        telling.listen(account, receiver.url)
        old, young, waiting = telling.happen(account, 3)
        WebhookDelivery.objects.filter(event=waiting).update(due_at=timezone.now() + HOUR)
        telling.deliver()
    begin = timezone.now()
    for event in (old, waiting):
        WebhookEvent.objects.filter(pk=event.pk).update(created_at=begin - 31 * DAY)
        WebhookDelivery.objects.filter(event=event).update(created_at=begin - 31 * DAY)
    delivery.tidy(begin)
    assert set(WebhookEvent.objects.all()) == {young, waiting}
    assert set(DeliveryAttempt.objects.values_list("delivery__event", flat=True)) == {young.pk}
