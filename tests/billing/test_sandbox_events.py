"""Events reach the webhook: signed, after commit, again where they were not taken."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import stripe
from django.db import transaction
from django.utils import timezone

from billing.sandbox import events, life
from billing.sandbox.models import Event
from billing.sandbox.tasks import deliver_events
from billing.sandbox.wire import API_VERSION
from tests.billing.test_sandbox_api import subscribed


class Webhook:
    """Takes deliveries as the product would; `answers` says with what, one after another."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []
        self.answers: list[int] = []


@pytest.fixture
def webhook(settings: Any) -> Iterator[Webhook]:
    made = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.taken.append((self.path, self.headers["Stripe-Signature"], body))
            self.send_response(made.answers.pop(0) if made.answers else 200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    settings.PUBLIC_URL = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db
def test_events_are_delivered_signed_and_once(webhook: Webhook, settings: Any) -> None:
    made = subscribed()
    assert deliver_events() == 4
    assert deliver_events() == 0
    assert {path for path, _signature, _body in webhook.taken} == {"/billing/webhook"}
    told = [
        stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET)
        for _path, signature, body in webhook.taken
    ]
    assert [one.type for one in told] == [
        "invoice.finalized",
        "invoice.paid",
        "customer.subscription.created",
        "checkout.session.completed",
    ]
    assert {one.data.object.customer for one in told} == {made.customer_id}
    assert all(one.livemode is False and one.api_version == API_VERSION for one in told)
    assert not Event.objects.filter(delivered_at=None).exists()


@pytest.mark.django_db
def test_what_was_not_taken_comes_again(webhook: Webhook) -> None:
    life.cancel(subscribed())
    webhook.answers = [500]
    first = Event.objects.order_by("created").first()
    assert first
    assert events.deliver_due() == 5
    first.refresh_from_db()
    assert first.error == "the webhook answered 500"
    assert first.delivered_at is None
    assert events.deliver_due() == 0, "it is not due yet"
    Event.objects.filter(pk=first.pk).update(due_at=timezone.now())
    assert events.deliver_due() == 1
    first.refresh_from_db()
    assert (first.attempts, first.error, first.due_at) == (2, "", None)
    assert json.loads(webhook.taken[0][2]) == json.loads(webhook.taken[-1][2])


@pytest.mark.django_db
def test_an_event_is_given_up_in_the_end(settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"  # nobody listens there
    subscribed()
    for _attempt in range(len(events.PAUSES) + 1):
        Event.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        assert events.deliver_due() == 4
    assert events.deliver_due() == 0
    given_up = Event.objects.all()
    assert {(one.due_at, one.delivered_at) for one in given_up} == {(None, None)}
    assert all("Refused" in one.error for one in given_up)


@pytest.mark.django_db
def test_a_killed_workers_event_is_found_again(webhook: Webhook, settings: Any) -> None:
    subscribed()
    claimed = timezone.now() + events.CLAIM
    Event.objects.update(due_at=claimed)
    assert events.deliver_due() == 0
    Event.objects.update(due_at=claimed - events.CLAIM - dt.timedelta(seconds=1))
    assert events.deliver_due() == 4


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_of_a_change_that_was_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    nudges: list[None] = []
    monkeypatch.setattr(deliver_events, "delay", lambda: nudges.append(None))
    made = subscribed()
    nudges.clear()
    before = Event.objects.count()
    with transaction.atomic():
        life.cancel(made)
        transaction.set_rollback(True)
    assert (Event.objects.count(), nudges) == (before, [])
    life.cancel(made)
    assert (Event.objects.count(), nudges) == (before + 1, [None])


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_does_not_answer_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no queue")

    monkeypatch.setattr(deliver_events, "delay", broken)
    subscribed()
    assert Event.objects.filter(due_at__isnull=False).count() == 4
