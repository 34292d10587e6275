"""The account, its members, invitations and keys on the API."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from rooms.accounts import members
from rooms.accounts.models import Account, ApiKey, Invitation, Membership, Role, User
from tests.api_client import Api, codes, slug

SEND: dict[str, Any] = {"content_type": "application/json"}


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "read", "rooms", "admin", made_by=alice)


def member(user: User) -> Membership:
    return Membership.objects.get(user=user)


def test_the_account_is_read_and_changed(api: Api, account: Account) -> None:
    shown = api.get("account/").json()
    assert set(shown) == {
        *("id", "name", "time_zone", "language", "history_days"),
        *("hosting_until", "created_at"),
    }
    assert (shown["id"], shown["name"]) == (account.pk, "Acme")
    changed = api.patch("account/", {"time_zone": "Europe/Madrid"}).json()
    assert changed == {**shown, "time_zone": "Europe/Madrid"}
    account.refresh_from_db()
    assert account.time_zone == "Europe/Madrid"


def test_what_the_account_owes_is_not_for_the_api_to_set(api: Api, account: Account) -> None:
    response = api.patch("account/", {"hosting_until": "2099-01-01T00:00:00Z"})
    assert codes(response) == {"/hosting_until": "read_only"}
    assert codes(api.patch("account/", {"time_zone": "Mars/Base"})) == {"/time_zone": "invalid"}


def test_members_are_listed(api: Api, alice: User, bob: User, charlie: User) -> None:
    listed = api.get("members/").json()["data"]
    assert [(one["user"]["email"], one["role"]) for one in listed] == [
        (alice.email, "owner"),
        (bob.email, "organizer"),
    ]
    assert listed[0]["user"] == {"id": alice.pk, "name": "Alice", "email": alice.email}


def test_a_role_is_changed(api: Api, bob: User) -> None:
    path = f"members/{member(bob).pk}/"
    assert api.patch(path, {"role": "admin"}).json()["role"] == "admin"
    assert member(bob).role == Role.ADMIN
    assert codes(api.patch(path, {"role": "boss"})) == {"/role": "invalid_choice"}
    assert codes(api.patch(path, {"user": "x"})) == {"/user": "read_only"}


def test_a_key_touches_no_owner(api: Api, alice: User, bob: User) -> None:
    for response in (
        api.patch(f"members/{member(bob).pk}/", {"role": "owner"}),
        api.patch(f"members/{member(alice).pk}/", {"role": "admin"}),
        api.delete(f"members/{member(alice).pk}/"),
        api.post("invitations/", {"email": "dora@example.com", "role": "owner"}),
    ):
        assert (response.status_code, slug(response)) == (403, "not-allowed")
    assert {member(alice).role, member(bob).role} == {Role.OWNER, Role.ORGANIZER}
    assert not Invitation.objects.exists()


def test_an_owner_who_is_logged_in_makes_owners(
    alice: User, bob: User, alice_client: Client
) -> None:
    path = f"/api/v1/members/{member(bob).pk}/"
    assert alice_client.patch(path, {"role": "owner"}, **SEND).json()["role"] == "owner"


def test_the_last_owner_stays(alice: User, alice_client: Client) -> None:
    path = f"/api/v1/members/{member(alice).pk}/"
    for response in (
        alice_client.patch(path, {"role": "admin"}, **SEND),
        alice_client.delete(path),
    ):
        assert (response.status_code, slug(response)) == (409, "last-owner")


def test_a_member_is_removed(api: Api, bob: User) -> None:
    path = f"members/{member(bob).pk}/"
    response = api.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert not Membership.objects.filter(user=bob).exists()
    assert api.delete(path).status_code == 404


def test_a_key_whose_maker_is_gone_manages_no_members(account: Account, bob: User) -> None:
    response = Api(account, "admin").delete(f"members/{member(bob).pk}/")
    assert (response.status_code, slug(response)) == (403, "not-allowed")
    assert Membership.objects.filter(user=bob).exists()


def test_an_invitation_is_sent_renewed_and_withdrawn(
    api: Api, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = api.post("invitations/", {"email": "Dora@example.com"})
    assert response.status_code == 201
    made = response.json()
    assert (made["email"], made["role"], made["invited_by"]) == (
        "dora@example.com",
        "organizer",
        alice.pk,
    )
    assert [letter.to for letter in mail.outbox] == [["dora@example.com"]]
    renewed = api.post("invitations/", {"email": "dora@example.com", "role": "admin"}).json()
    assert (renewed["id"], renewed["role"]) == (made["id"], "admin")
    assert [one["id"] for one in api.get("invitations/").json()["data"]] == [made["id"]]
    with django_capture_on_commit_callbacks(execute=True):
        again = api.post(f"invitations/{made['id']}/resend/")
    assert (again.status_code, again.json()["role"]) == (200, "admin")
    assert len(mail.outbox) == 2
    links = {re.findall(r"https?://\S+", str(letter.body))[0] for letter in mail.outbox}
    assert len(links) == 2, "the link is a new one"
    assert api.delete(f"invitations/{made['id']}/").status_code == 204
    assert api.get("invitations/").json()["data"] == []


def test_a_member_is_not_invited_again(api: Api, bob: User) -> None:
    response = api.post("invitations/", {"email": bob.email})
    assert (response.status_code, slug(response)) == (409, "member-exists")
    assert codes(api.post("invitations/", {"email": "nobody"})) == {"/email": "invalid"}


@pytest.mark.django_db(transaction=True)
def test_an_invitation_whose_mail_failed_is_sent_again_by_the_same_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account.objects.create(name="Acme")
    owner = User.objects.create_user("olga@example.com")
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    api = Api(account, made_by=owner)

    def refuse(*_args: object) -> None:
        raise OSError

    def invite() -> Any:
        return api.post("invitations/", {"email": "dora@example.com"}, Idempotency_Key="k")

    with monkeypatch.context() as patch:
        patch.setattr(members, "send_mail", refuse)
        failed = invite()
    assert (failed.status_code, slug(failed)) == (503, "mail-failed")
    assert invite().status_code == 201
    assert len(mail.outbox) == 1


def test_a_key_is_made_shown_once_and_revoked(api: Api, account: Account, alice: User) -> None:
    body = {"name": "Booking", "scopes": ["rooms", "read", "read"]}
    response = api.post("api_keys/", body)
    assert response.status_code == 201
    made = response.json()
    secret = made.pop("secret")
    assert made["scopes"] == ["read", "rooms"]
    assert made["made_by"] == alice.pk
    assert secret.endswith(made["hint"])
    assert Api(secret=secret).get("rooms/").status_code == 200
    listed = api.get("api_keys/")
    assert {one["id"] for one in listed.json()["data"]} == set(
        ApiKey.objects.values_list("pk", flat=True)
    )
    assert secret not in listed.content.decode()
    for _ in range(2):
        assert api.delete(f"api_keys/{made['id']}/").status_code == 204
    assert slug(Api(secret=secret).get("rooms/")) == "key-revoked"
    assert api.get("api_keys/").json()["data"][0]["revoked_at"]


def test_nobody_gives_a_key_more_than_they_have(api: Api) -> None:
    response = api.post("api_keys/", {"name": "Big", "scopes": ["read", "billing"]})
    assert codes(response) == {"/scopes": "scope"}
    assert "billing" in response.json()["errors"][0]["detail"]


def test_a_key_ends_in_the_future_or_never(api: Api) -> None:
    def make(moment: str) -> Any:
        return api.post("api_keys/", {"name": "K", "scopes": ["read"], "expires_at": moment})

    assert codes(make("2020-01-01T00:00:00Z")) == {"/expires_at": "past"}
    assert codes(make("tomorrow")) == {"/expires_at": "invalid"}
    later = timezone.now().replace(microsecond=0) + dt.timedelta(days=1)
    text = later.isoformat().replace("+00:00", "Z")
    assert make(text).json()["expires_at"] == text
    assert codes(api.post("api_keys/", {"name": "K", "scopes": []})) == {"/scopes": "empty"}
