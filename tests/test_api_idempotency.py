"""A POST with an Idempotency-Key is carried out once."""

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, ApiKey, IdempotentRequest
from rooms.models import Room
from rooms.rest import idempotency
from tests.api_client import Api, codes, slug

BODY = {"name": "Room"}


@pytest.fixture
def api(account: Account) -> Api:
    return Api(account)


def once(api: Api, body: Any = None, key: str = "k1", path: str = "rooms/") -> Any:
    return api.post(path, body or BODY, Idempotency_Key=key)


def test_a_repeat_gets_the_very_same_answer(api: Api) -> None:
    first, second = once(api), once(api)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first["Content-Type"] == second["Content-Type"]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert "RateLimit" in second
    assert Room.objects.count() == 1


def test_without_a_key_each_request_counts(api: Api) -> None:
    assert api.post("rooms/", BODY).content != api.post("rooms/", BODY).content
    assert Room.objects.count() == 2


def test_another_key_is_another_request(api: Api) -> None:
    once(api, key="a")
    once(api, key="b")
    assert Room.objects.count() == 2


def test_a_key_stands_for_one_body_and_path(api: Api, room: Room) -> None:
    once(api)
    for response in (
        once(api, {"name": "Other"}),
        once(api, path="rooms/?x=1"),
        once(api, path=f"rooms/{room.pk}/archive"),
    ):
        assert (response.status_code, slug(response)) == (409, "idempotency-key-reused")
    room.refresh_from_db()
    assert room.archived_at is None
    assert once(api, path="rooms")["Idempotent-Replayed"] == "true", "the slash makes no difference"


def test_an_answer_that_refuses_is_kept(api: Api) -> None:
    first, second = once(api, {"colour": "red"}), once(api, {"colour": "red"})
    assert slug(first) == slug(second) == "validation"
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"


def test_senders_do_not_share_keys(account: Account, api: Api, alice_client: Client) -> None:
    once(api)
    once(Api(account))
    response = alice_client.post(
        "/api/v1/rooms/", BODY, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    assert "Idempotent-Replayed" not in response
    assert Room.objects.count() == 3


def test_a_fault_of_ours_is_not_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_fields: object) -> None:
        Room.objects.create(account=Account.objects.get(), name="Half")
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(changes, "make", fail)
        assert once(api).status_code == 500
    assert not Room.objects.exists(), "what was done before the fault is undone"
    assert once(api).status_code == 201


def test_a_crash_does_not_lock_the_key_for_ever(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(*_args: object, **_fields: object) -> None:
        raise Killed

    monkeypatch.setattr(idempotency, "PATIENCE", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr(changes, "make", die)
        with pytest.raises(Killed):
            once(api)
    waiting = once(api)
    assert (waiting.status_code, slug(waiting)) == (409, "request-in-progress")
    assert waiting["Retry-After"] == "1"
    with time_machine.travel(timezone.now() + idempotency.CLAIM, tick=True):
        assert once(api).status_code == 201
        assert once(api)["Idempotent-Replayed"] == "true"


def test_who_lost_the_claim_changes_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    make = changes.make

    def slowly(*args: Any, **fields: Any) -> Room:
        room = make(*args, **fields)
        later = timezone.now() + dt.timedelta(minutes=5)
        IdempotentRequest.objects.update(claimed_until=later)  # as another that took over does
        return room

    monkeypatch.setattr(changes, "make", slowly)
    response = once(api)
    assert (response.status_code, slug(response)) == (409, "request-in-progress")
    assert not Room.objects.exists()


def test_an_answer_is_kept_for_24_hours(api: Api) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        once(api)
        once(api, key="other")
        clock.move_to(start + dt.timedelta(hours=23, minutes=59))
        assert once(api)["Idempotent-Replayed"] == "true"
        clock.move_to(start + dt.timedelta(hours=24))
        assert "Idempotent-Replayed" not in once(api)
        assert Room.objects.count() == 3
        assert once(api, key="third").status_code == 201
        assert IdempotentRequest.objects.count() == 2, "what is over is deleted"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_that_cannot_be_kept_is_refused(api: Api, key: str) -> None:
    assert codes(once(api, key=key)) == {"Idempotency-Key": "invalid"}
    assert not Room.objects.exists()


def test_a_secret_is_not_kept_in_the_clear(api: Api) -> None:
    body = {"name": "Booking", "scopes": ["read"]}
    first, second = (once(api, body, path="api_keys/") for _ in range(2))
    assert first.json() == second.json()
    secret = first.json()["secret"]
    assert Api(secret=secret).get("rooms/").status_code == 200
    kept = IdempotentRequest.objects.get()
    assert secret not in kept.body
    assert "k1" not in kept.key


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_room() -> None:
    account = Account.objects.create(name="Acme")
    _key, secret = ApiKey.make(account, name="Test", scopes=["rooms"])
    together = threading.Barrier(20)

    def send(_n: int) -> tuple[int, bytes, bool]:
        together.wait()
        response = once(Api(secret=secret))
        connection.close()
        return response.status_code, response.content, "Idempotent-Replayed" in response

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert Room.objects.count() == 1
    assert {status for status, _body, _replayed in answers} == {201}
    assert {json.loads(body)["id"] for _status, body, _replayed in answers} == {
        Room.objects.get().pk
    }
    assert sorted(replayed for _status, _body, replayed in answers) == [False] + [True] * 19


@pytest.mark.django_db(transaction=True)
def test_the_answer_is_kept_with_the_effect_or_neither_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done on commit may fail after both are safe: a 5xx is then not kept."""
    account = Account.objects.create(name="Acme")
    make = changes.make

    def then_fail(*args: Any, **fields: Any) -> Room:
        transaction.on_commit(lambda: 1 / 0)
        return make(*args, **fields)

    monkeypatch.setattr(changes, "make", then_fail)
    assert once(Api(account)).status_code == 500
    assert Room.objects.count() == 1
    assert not IdempotentRequest.objects.exists()
