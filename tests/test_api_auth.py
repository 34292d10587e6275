"""Who may use the API: keys with scopes, and people who are logged in."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import Account, ApiKey, Membership, User
from rooms.models import Room
from tests.api_client import Api, slug

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


def test_a_stranger_is_asked_who_they_are(db: None) -> None:
    response = Api().get("rooms/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert slug(response) == "unauthenticated"


def test_a_key_lets_in_with_and_without_the_slash(room: Room) -> None:
    api = Api(room.account)
    for path in ("rooms/", "rooms", f"rooms/{room.pk}/", f"rooms/{room.pk}"):
        assert api.get(path).status_code == 200, path


def test_a_wrong_key_is_refused(db: None) -> None:
    response = Api(secret="ark_nothing").get("rooms/")
    assert (response.status_code, slug(response)) == (401, "invalid-key")
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


def test_a_wrong_key_is_not_saved_by_a_login(alice_client: Client) -> None:
    response = alice_client.get("/api/v1/rooms/", headers={"Authorization": "Bearer ark_x"})
    assert response.status_code == 401


def test_a_revoked_key_is_refused(account: Account) -> None:
    api = Api(account)
    ApiKey.objects.update(revoked_at=timezone.now())
    response = api.get("rooms/")
    assert (response.status_code, slug(response)) == (401, "key-revoked")


def test_an_expired_key_is_refused(account: Account) -> None:
    api = Api(account)
    ApiKey.objects.update(expires_at=timezone.now() + dt.timedelta(seconds=30))
    assert api.get("rooms/").status_code == 200
    ApiKey.objects.update(expires_at=timezone.now())
    response = api.get("rooms/")
    assert (response.status_code, slug(response)) == (401, "key-expired")


def test_the_last_use_is_written_once_a_minute(account: Account) -> None:
    api = Api(account)

    def used() -> dt.datetime | None:
        return ApiKey.objects.get().last_used_at

    with time_machine.travel(NOW, tick=False) as clock:
        api.get("rooms/")
        assert used() == NOW
        clock.shift(59)
        api.get("rooms/")
        assert used() == NOW
        clock.shift(1)
        api.get("rooms/")
        assert used() == NOW + dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "rooms/", "read"),
        ("GET", "numbers/", "read"),
        ("GET", "conferences/", "read"),
        ("GET", "account/", "read"),
        ("GET", "members/", "read"),
        ("GET", "invitations/", "read"),
        ("GET", "notices/", "read"),
        ("GET", "api_keys/", "admin"),
        ("POST", "rooms/", "rooms"),
        ("PATCH", "account/", "admin"),
        ("POST", "invitations/", "admin"),
        ("POST", "api_keys/", "admin"),
    ],
)
def test_each_thing_needs_its_scope(account: Account, method: str, path: str, needed: str) -> None:
    others = {"read", "rooms", "control", "billing", "admin"} - {needed}
    response = Api(account, *others).send(method, path, {} if method != "GET" else None)
    assert (response.status_code, slug(response)) == (403, "missing-scope")
    assert f"“{needed}”" in response.json()["detail"]
    allowed = Api(account, needed).send(method, path, {} if method != "GET" else None)
    assert allowed.status_code in (200, 400)


def test_an_organizer_who_is_logged_in_makes_rooms(bob: User, bob_client: Client) -> None:
    made = bob_client.post("/api/v1/rooms/", {"name": "Mine"}, content_type="application/json")
    assert made.status_code == 201
    response = bob_client.patch(
        "/api/v1/account/", {"name": "Mine"}, content_type="application/json"
    )
    assert (response.status_code, slug(response)) == (403, "missing-scope")
    assert "organizer" in response.json()["detail"]
    assert bob_client.get("/api/v1/api_keys/").status_code == 403


def test_an_owner_who_is_logged_in_manages_the_account(alice: User, alice_client: Client) -> None:
    response = alice_client.patch(
        "/api/v1/account/", {"name": "Acme Ltd"}, content_type="application/json"
    )
    assert response.json()["name"] == "Acme Ltd"
    assert alice_client.get("/api/v1/api_keys/").status_code == 200


def test_a_change_by_login_needs_the_csrf_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/rooms/").status_code == 200
    body = {"name": "Room"}
    refused = client.post("/api/v1/rooms/", body, content_type="application/json")
    assert (refused.status_code, slug(refused)) == (403, "csrf")
    client.cookies["csrftoken"] = token = "t" * 32
    made = client.post(
        "/api/v1/rooms/", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert made.status_code == 201


def test_somebody_without_an_account_is_told_so(alice: User, alice_client: Client) -> None:
    Membership.objects.all().delete()
    response = alice_client.get("/api/v1/rooms/")
    assert (response.status_code, slug(response)) == (403, "no-account")
