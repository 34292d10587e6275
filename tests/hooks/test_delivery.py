"""One delivery: what is sent, what counts as delivered, and what is kept of the answer."""

import datetime as dt
import time

import pytest

from rooms.accounts.models import Account
from rooms.notices.hooks import refusals, sending
from rooms.notices.hooks.events import body_of
from rooms.notices.hooks.models import DeliveryAttempt, WebhookDelivery, WebhookEndpoint
from tests.hooks import telling
from tests.hooks.receiver import Receiver, Then, drip, flood, hang, raw, slow, status
from tests.processes.installation import free_port

Status = WebhookDelivery.Status


def test_an_event_arrives_as_the_standard_wants_it(account: Account) -> None:
    with Receiver() as receiver:
        endpoint, secret = telling.listen(account, receiver.url)
        (event,) = telling.happen(account)
        assert telling.deliver() == 1
        (body,) = receiver.verified(secret)
        (got,) = receiver.got
    assert body["data"] == {"name": "Стендап"}
    assert got.body.decode() == body_of(event)
    assert got.headers["webhook-id"] == body["id"] == event.pk
    assert got.headers["user-agent"] == "AnyRoom-Webhooks/1.0"
    assert got.headers["content-type"] == "application/json"
    delivered = telling.the_delivery()
    assert (delivered.status, delivered.tries) == (Status.DELIVERED, 1)
    assert delivered.delivered_at
    assert delivered.claimed_until is None
    attempt = delivered.attempts.get()
    assert (attempt.status_code, attempt.response_body, attempt.error) == (200, "ok", "")
    assert attempt.request_body == body_of(event)
    assert attempt.request_headers["webhook-signature"] == got.headers["webhook-signature"]
    assert attempt.response_headers["Content-Length"] == "2"
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None
    assert telling.deliver() == 0, "it is sent once"


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_any_status_of_success_counts(account: Account, code: int) -> None:
    with Receiver(status(code, b"")) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver()
    assert telling.the_delivery().status == Status.DELIVERED


@pytest.mark.parametrize(
    ("then", "code", "error"),
    [
        (status(500, b"broken"), 500, ""),
        (status(404), 404, ""),
        (status(304, b""), 304, refusals.REDIRECT),
        (raw(b""), None, refusals.CLOSED),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), None, refusals.NOT_HTTP),
        (raw(b"HTTP/1.1 20x OK\r\n\r\n"), None, refusals.NOT_HTTP),
        (hang, None, refusals.TOO_SLOW),
        (slow(30), None, refusals.TOO_SLOW),
        (drip(b""), None, refusals.TOO_SLOW),
        (drip(b"HTTP/1.1 200 OK\r\nX-Long: "), None, refusals.TOO_SLOW),
        (flood(b"HTTP/1.1 200 OK\r\nX-Long: "), None, refusals.NOT_HTTP),
    ],
    ids=lambda value: str(value) if not callable(value) else "",
)
def test_all_else_is_tried_again(
    account: Account,
    then: Then,
    code: int | None,
    error: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "TIME_LIMIT", 0.4)
    with Receiver(then) as receiver:
        endpoint, _secret = telling.listen(account, receiver.url)
        telling.happen(account)
        begin = time.monotonic()
        assert telling.deliver() == 1
        assert time.monotonic() - begin < 1.5, "it ends in time, whatever drips in"
        assert len(receiver.got) == 1
    waiting = telling.the_delivery()
    attempt = waiting.attempts.get()
    assert (waiting.status, waiting.tries) == (Status.PENDING, 1)
    assert (attempt.status_code, attempt.error) == (code, error)
    assert 4 < (waiting.due_at - attempt.at).total_seconds() < 8
    endpoint.refresh_from_db()
    assert endpoint.failing_since == attempt.at


def test_nobody_listening_is_told(account: Account) -> None:
    telling.listen(account, f"http://127.0.0.1:{free_port()}/")
    telling.happen(account)
    telling.deliver()
    assert DeliveryAttempt.objects.get().error == refusals.NO_CONNECTION


def test_a_status_that_came_counts_however_the_body_goes_on(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIME_LIMIT", 0.4)
    with Receiver(drip(b"HTTP/1.1 200 OK\r\n\r\n")) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        begin = time.monotonic()
        telling.deliver()
        assert time.monotonic() - begin < 1.5
    assert telling.the_delivery().status == Status.DELIVERED
    assert set(DeliveryAttempt.objects.get().response_body) == {"x"}


@pytest.mark.parametrize("code", [200, 302])
def test_of_an_endless_answer_the_beginning_is_read(account: Account, code: int) -> None:
    """Also of a redirect's, which clients like to read whole."""
    beginning = f"HTTP/1.1 {code} Go\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
    with Receiver(flood(beginning.encode())) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        begin = time.monotonic()
        telling.deliver()
        assert time.monotonic() - begin < 5
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status_code, len(attempt.response_body)) == (code, sending.MOST_KEPT)


def test_what_no_database_keeps_is_kept_in_another_way(account: Account) -> None:
    answer = b"HTTP/1.1 500 No\r\nX-Zero: a\x00b\r\nX-Odd: \xff\xd0\r\n\r\n\x00\xff\xfe\xed\xa0\x80"
    with Receiver(raw(answer)) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver()
    attempt = DeliveryAttempt.objects.get()
    assert attempt.status_code == 500
    assert attempt.response_headers["X-Zero"] == "a\N{REPLACEMENT CHARACTER}b"
    assert set(attempt.response_body) == {"\N{REPLACEMENT CHARACTER}"}


def test_headers_are_kept_within_bounds(account: Account) -> None:
    lines = "".join(f"X-{number}: {'y' * 2000}\r\n" for number in range(90))
    with Receiver(raw(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode())) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver()
    kept = DeliveryAttempt.objects.get().response_headers
    assert len(kept) == sending.MOST_HEADERS
    assert max(map(len, kept.values())) == sending.LONGEST_HEADER


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("says", "waits"),
    [
        ("120", 120),
        ("1", 5),
        ("999999", 12 * 3600),
        ("9" * 400, 5),
        ("soon", 5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 5),
    ],
)
def test_who_is_busy_says_when_to_come_again(
    account: Account, code: int, says: str, waits: int
) -> None:
    with Receiver(status(code, Retry_After=says)) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver()
    delivery = telling.the_delivery()
    paused = delivery.due_at - delivery.attempts.get().at
    assert paused.total_seconds() == pytest.approx(waits, abs=1.5)


def test_who_is_busy_may_give_a_date(account: Account) -> None:
    then = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    says = then.strftime("%a, %d %b %Y %H:%M:%S GMT")
    with Receiver(status(503, Retry_After=says)) as receiver:
        telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver()
    assert abs((telling.the_delivery().due_at - then).total_seconds()) < 2


def test_proxies_and_passwords_of_the_environment_do_not_count(
    account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login alice password secret\n")
    monkeypatch.setenv("NETRC", netrc)
    with Receiver() as receiver, Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver()
        assert not proxy.got
        assert "authorization" not in receiver.got[0].headers


def test_a_secret_that_cannot_be_read_is_told_and_nothing_is_sent(account: Account) -> None:
    with Receiver() as receiver:
        telling.listen(account, receiver.url)
        WebhookEndpoint.objects.update(secret="sealed with another key")
        telling.happen(account)
        telling.deliver()
        assert not receiver.got
    assert DeliveryAttempt.objects.get().error == refusals.UNREADABLE
    assert telling.the_delivery().status == Status.PENDING
