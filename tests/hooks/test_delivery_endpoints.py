"""Endpoints: made, changed, switched off and on, tried by a ping, and what is sent again."""

import base64
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from rooms.accounts.models import Account, User
from rooms.notices.hooks import endpoints, events, secrets
from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint
from tests.at_once import at_once
from tests.hooks import telling
from tests.hooks.receiver import Receiver, slow, status

Status = WebhookDelivery.Status
Off = WebhookEndpoint.Off
URL = "https://hooks.example.com/"


def test_its_secret_is_the_standards_and_kept_encrypted(account: Account, alice: User) -> None:
    endpoint, secret = endpoints.make(account, url=URL, by=alice, description="CRM")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    endpoint.refresh_from_db()
    assert (endpoint.made_by, endpoint.description, endpoint.enabled) == (alice, "CRM", True)
    assert secret not in endpoint.secret
    assert endpoints.secret_of(endpoint) == secret
    assert secrets.sealed(secret) != secrets.sealed(secret), "two that are alike do not show it"


def test_with_another_secret_key_it_has_to_be_rotated(account: Account, settings: Any) -> None:
    endpoint, _secret = endpoints.make(account, url=URL, by=None)
    settings.SECRET_KEY = "another one, and a long one " * 3
    assert endpoints.secret_of(endpoint) == ""
    with Receiver() as receiver:
        endpoints.change(endpoint, url=receiver.url)
        new = endpoints.rotate(endpoint)
        telling.happen(account)
        telling.deliver()
        assert len(receiver.verified(new)) == 1


def test_names_of_events_are_checked_and_put_in_order(account: Account) -> None:
    wished = ["room.made", "conference.started", "room.made"]
    endpoint, _secret = endpoints.make(account, url=URL, event_types=wished, by=None)
    assert endpoint.event_types == ["conference.started", "room.made"]
    with pytest.raises(ValidationError) as refused:
        endpoints.change(endpoint, event_types=["room.made", "room.painted"])
    assert list(refused.value.message_dict) == ["event_types"]
    endpoints.change(endpoint, event_types=[])
    assert endpoint.wants("room.archived")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://x.example.com/"),
        ("url", f"https://x.example.com/{'x' * 500}"),
        ("description", "two\nlines"),
        ("description", "x" * 201),
    ],
)
def test_what_is_wrong_is_told_at_its_field(account: Account, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        endpoints.make(account, by=None, **{"url": URL, field: value})
    assert list(refused.value.message_dict) == [field]
    assert not WebhookEndpoint.objects.exists()


def test_an_account_has_twenty(account: Account) -> None:
    for _number in range(endpoints.MOST):
        endpoints.make(account, url=URL, by=None)
    with pytest.raises(ValidationError, match="at most 20"):
        endpoints.make(account, url=URL, by=None)
    endpoints.remove(WebhookEndpoint.objects.all()[0])
    endpoints.make(account, url=URL, by=None)


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_no_more_than_twenty(account: Account) -> None:
    for _number in range(endpoints.MOST - 1):
        endpoints.make(account, url=URL, by=None)

    def make() -> object:
        try:
            return endpoints.make(account, url=URL, by=None)
        except ValidationError:
            return None

    assert sorted(bool(made) for made in at_once(make, make)) == [False, True]
    assert WebhookEndpoint.objects.count() == endpoints.MOST


def test_another_address_has_not_failed_yet(account: Account) -> None:
    endpoint, _secret = endpoints.make(account, url=URL, by=None)
    WebhookEndpoint.objects.update(failing_since=timezone.now())
    endpoint.refresh_from_db()
    endpoints.change(endpoint, description="CRM")
    endpoint.refresh_from_db()
    assert endpoint.failing_since
    endpoints.change(endpoint, url=f"{URL}new")
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_while_it_is_off_nothing_is_sent_and_nothing_kept_for_later(account: Account) -> None:
    with Receiver() as receiver:
        endpoint, _secret = telling.listen(account, receiver.url)
        (before,) = telling.happen(account)
        assert endpoints.switch_off(endpoint, Off.BY_MEMBER)
        assert not endpoints.switch_off(endpoint, Off.FAILING), "it was off"
        assert events.record(account.pk, telling.TYPE, "meanwhile", {}) is None
        assert telling.deliver() == 0
        assert telling.the_delivery().status == Status.FAILED
        with pytest.raises(ValidationError):
            endpoints.send_again(telling.the_delivery())
        with pytest.raises(ValidationError):
            endpoints.ping(endpoint)

        endpoints.switch_on(endpoint)
        assert telling.deliver() == 0
        endpoints.send_again(telling.the_delivery())
        (after,) = telling.happen(account)
        telling.deliver()
        assert set(receiver.events()) == {before.pk, after.pk}
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_why) == (True, "")


@pytest.mark.parametrize(("code", "ends"), [(200, Status.DELIVERED), (500, Status.FAILED)])
def test_what_is_under_way_when_it_is_switched_off_ends_as_it_does(
    account: Account, code: int, ends: str
) -> None:
    with Receiver(slow(0.4, code)) as receiver:
        endpoint, _secret = telling.listen(account, receiver.url)
        telling.happen(account)
        telling.deliver(0.001)
        endpoints.switch_off(endpoint, Off.BY_MEMBER)
        assert telling.the_delivery().status == Status.PENDING
        telling.deliver()
        assert len(receiver.got) == 1
    assert telling.the_delivery().status == ends


def test_a_ping_is_tried_once(account: Account) -> None:
    with Receiver(status(500)) as receiver:
        endpoint, secret = telling.listen(account, receiver.url)
        endpoints.change(endpoint, event_types=["room.made"])
        pinged = endpoints.ping(endpoint)
        telling.deliver()
        (body,) = receiver.verified(secret)
    assert (body["type"], body["id"]) == ("ping", pinged.event_id)
    assert body["data"] == {"endpoint": endpoint.pk}
    pinged.refresh_from_db()
    assert (pinged.status, pinged.tries) == (Status.FAILED, 1)


def test_an_event_can_be_sent_again_as_it_was(account: Account) -> None:
    with Receiver() as receiver:
        telling.listen(account, receiver.url)
        (event,) = telling.happen(account)
        with pytest.raises(ValidationError):
            endpoints.send_again(telling.the_delivery())
        telling.deliver()
        again = endpoints.send_again(telling.the_delivery())
        assert (again.status, again.tries) == (Status.PENDING, 0)
        telling.deliver()
        assert receiver.events() == [event.pk, event.pk]
        assert receiver.got[0].body == receiver.got[1].body
    delivered = telling.the_delivery()
    assert (delivered.status, delivered.attempts.count()) == (Status.DELIVERED, 2)
