"""Receivers that are slow, dead or many hold up nobody else, and nothing is sent twice."""

import datetime as dt
import threading
import time
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from rooms.accounts.models import Account
from rooms.notices.hooks import claims, delivery, sending
from rooms.notices.hooks.models import DeliveryAttempt, WebhookDelivery, WebhookEndpoint
from tests.hooks import telling
from tests.hooks.receiver import Receiver, drip, hang, slow, status

Status = WebhookDelivery.Status
OK = b"HTTP/1.1 200 OK\r\n"


def other_account(name: str) -> Account:
    return Account.objects.create(name=name)


def test_dead_receivers_hold_up_nobody(account: Account) -> None:
    """A hundred events for five that never answer come first; a sixth gets its fifty meanwhile."""
    dead = [Receiver(then) for then in (hang, slow(30), drip(b""), drip(OK), status(500))]
    with ExitStack() as running, Receiver() as well:
        for receiver in dead:
            running.enter_context(receiver)
            theirs = other_account(receiver.url)
            telling.listen(theirs, receiver.url)
            telling.happen(theirs, 20)
        telling.listen(account, well.url)
        events = telling.happen(account, 50)
        begin = time.monotonic()
        while len(well.got) < len(events):
            telling.deliver(0.1)
        assert time.monotonic() - begin < sending.TIME_LIMIT / 2, "none of the others gave up yet"
        assert sorted(well.events()) == sorted(event.pk for event in events)
        assert max(one.under_way for one in well.got) <= claims.FOR_ENDPOINT
        assert all(len(one.got) <= claims.FOR_ENDPOINT for one in dead[:4])
        assert delivery.under_way(), "what hangs is looked after by the next call"
        for receiver in dead:
            receiver.ending.set()
        telling.deliver()
    assert not delivery.under_way()
    tried = Counter(DeliveryAttempt.objects.values_list("delivery", flat=True))
    assert set(tried) == set(WebhookDelivery.objects.values_list("pk", flat=True)), "none is lost"


def test_who_fails_is_asked_once_at_a_time_and_all_of_them_together_leave_hands_free(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIME_LIMIT", 0.5)
    with Receiver(hang) as dead, Receiver(slow(0.2)) as well:
        for number in range(claims.MOST):
            theirs = other_account(f"dead {number}")
            telling.listen(theirs, f"{dead.url}/{number}")
            telling.happen(theirs, 2)
        WebhookEndpoint.objects.update(failing_since=timezone.now() - dt.timedelta(hours=1))
        telling.listen(account, well.url)
        telling.happen(account, 8)
        telling.deliver(0.45)
        assert len(dead.got) == claims.FOR_SLOW
        assert len(well.got) == 8
        WebhookDelivery.objects.filter(claimed_until=None).delete()
        telling.deliver()
    of_each = Counter(
        DeliveryAttempt.objects.filter(response_body="").values_list("delivery__endpoint")
    )
    assert set(of_each.values()) == {1}


def test_who_is_slow_and_takes_all_leaves_hands_free_too(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SLOW", 100)
    with Receiver(slow(0.3)) as tardy, Receiver() as well:
        for number in range(claims.MOST // claims.FOR_ENDPOINT):
            theirs = other_account(f"slow {number}")
            telling.listen(theirs, f"{tardy.url}/{number}")
            telling.happen(theirs, claims.FOR_ENDPOINT)
        telling.deliver()
        assert max(one.under_way for one in tardy.got) == claims.MOST, "nobody knew"

        tardy.then = hang
        for theirs in Account.objects.exclude(pk=account.pk):
            telling.happen(theirs, claims.FOR_ENDPOINT)
        telling.listen(account, well.url)
        telling.happen(account, 20)
        begin = time.monotonic()
        while len(well.got) < 20:
            telling.deliver(0.1)
        assert time.monotonic() - begin < sending.TIME_LIMIT / 2
        assert len(tardy.got) == claims.MOST + claims.FOR_SLOW
        tardy.ending.set()
        telling.deliver()


def test_one_account_has_no_more_than_its_share(account: Account) -> None:
    with Receiver(slow(0.3)) as receiver:
        for _number in range(5):
            telling.listen(account, receiver.url)
        telling.happen(account, 4)
        telling.deliver()
        assert len(receiver.got) == 20
        assert max(one.under_way for one in receiver.got) == claims.FOR_ACCOUNT


def test_an_endpoint_that_works_again_gets_what_it_missed(account: Account) -> None:
    with Receiver(status(500)) as receiver:
        endpoint, secret = telling.listen(account, receiver.url)
        events = telling.happen(account, 20)
        telling.deliver()
        receiver.then = status(200)
        receiver.got.clear()
        WebhookDelivery.objects.update(due_at=timezone.now())
        assert telling.deliver() == 20
        assert sorted(receiver.events()) == sorted(event.pk for event in events)
        receiver.verified(secret)
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_the_oldest_goes_first(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "FOR_ENDPOINT", 1)
    now = timezone.now()
    with Receiver() as receiver:
        telling.listen(account, receiver.url)
        events = telling.happen(account, 10)
        for number, event in enumerate(reversed(events)):
            due = now - dt.timedelta(seconds=number)
            WebhookDelivery.objects.filter(event=event).update(due_at=due)
        telling.deliver()
        assert receiver.events() == [event.pk for event in events]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_event_once(account: Account) -> None:
    with Receiver(slow(0.005)) as receiver:
        for _number in range(3):
            telling.listen(account, receiver.url)
        events = telling.happen(account, 40)
        tried: list[int] = []
        together = threading.Barrier(2)

        def work() -> None:
            together.wait()
            try:
                tried.append(telling.deliver())
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _worker in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        telling.deliver()
        assert Counter(receiver.events()) == Counter({event.pk: 3 for event in events})
    assert all(tried), "both had their share"
    assert set(WebhookDelivery.objects.values_list("status", "tries")) == {(Status.DELIVERED, 1)}
    assert DeliveryAttempt.objects.count() == 120


def test_a_claim_keeps_others_away_until_it_runs_out(account: Account) -> None:
    with Receiver() as receiver:
        telling.listen(account, receiver.url)
        (event,) = telling.happen(account)
        (claimed,) = claims.claim([], set(), timezone.now())
        assert telling.deliver() == 0, "the worker that claimed it may still be at work"
        WebhookDelivery.objects.update(claimed_until=timezone.now())
        assert telling.deliver() == 1
        assert receiver.events() == [event.pk]
    assert claimed.tries == 1
    assert telling.the_delivery().tries == 2


def test_a_worker_that_comes_back_too_late_writes_nothing(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    with Receiver(slow(0.3)) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver(0.1)
        assert delivery.under_way()
        elsewhere: dict[str, Any] = {"claimed_until": timezone.now() + claims.CLAIM}
        WebhookDelivery.objects.update(**elsewhere)
        telling.deliver()
    assert telling.the_delivery().status == Status.PENDING
    assert not DeliveryAttempt.objects.exists()
    assert "is another's, or deleted, by now" in caplog.text


def test_an_endpoint_that_is_deleted_meanwhile_leaves_nothing(account: Account) -> None:
    with Receiver(slow(0.3)) as receiver:
        endpoint, _secret = telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver(0.1)
        endpoint.delete()
        telling.deliver()
        assert len(receiver.got) == 1
    assert not delivery.under_way()
    assert not WebhookDelivery.objects.exists()
