"""Signing up, coming by invitation, and allauth's pages in our clothes."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from rooms.accounts import members
from rooms.accounts.models import Account, Membership, Role, User

SIGNUP = {"email": "dan@example.com", "password1": "correct horse battery"}


def link_in_mail(pattern: str) -> str:
    found = re.search(pattern, str(mail.outbox[-1].body))
    assert found
    return found[0]


def confirm(client: Client) -> Any:
    return client.post(link_in_mail(r"/accounts/confirm-email/[^\s/]+/"))


@pytest.fixture
def invitation_link(account: Account, alice: User, django_capture_on_commit_callbacks: Any) -> str:
    with django_capture_on_commit_callbacks(execute=True):
        members.invite(account, email="dan@example.com", role=Role.ADMIN, invited_by=alice)
    return link_in_mail(r"/invitations/[\w-]+/")


def test_signing_up_makes_an_account_in_the_browsers_zone_and_the_pages_language(
    client: Client, db: None
) -> None:
    russian = {"headers": {"Accept-Language": "ru"}}
    client.post(reverse("account_signup"), {**SIGNUP, "time_zone": "Asia/Tbilisi"}, **russian)
    dan = User.objects.get()
    assert (dan.language, dan.time_zone) == ("ru", "Asia/Tbilisi")
    membership = Membership.objects.get(user=dan)
    account = membership.account
    assert membership.role == Role.OWNER
    assert (account.name, account.language, account.time_zone) == ("dan", "ru", "Asia/Tbilisi")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus"])
def test_a_zone_that_is_not_known_becomes_utc(client: Client, db: None, zone: str) -> None:
    client.post(reverse("account_signup"), {**SIGNUP, "time_zone": zone})
    assert User.objects.get().time_zone == "UTC"


def test_the_form_carries_the_browsers_time_zone(client: Client, db: None) -> None:
    page = client.get(reverse("account_signup")).content.decode()
    assert re.search(r'<input type="hidden" name="time_zone"[^>]*data-browser-time-zone', page)


def test_the_address_has_to_be_confirmed_before_anything_else(client: Client, db: None) -> None:
    answer = client.post(reverse("account_signup"), SIGNUP, follow=True)
    page = answer.content.decode()
    assert "Confirm your e-mail" in page
    assert 'href="/mailbox/"' in page
    assert client.get(reverse("accounts:you")).status_code == 302
    assert mail.outbox[0].to == ["dan@example.com"]
    assert mail.outbox[0].subject == "Confirm your e-mail address for AnyRoom"
    assert "Somebody signed up with dan@example.com." in mail.outbox[0].body
    assert confirm(client).status_code == 302
    assert client.get(reverse("accounts:you")).status_code == 200


def test_mail_is_in_the_language_of_its_reader(client: Client, bob: User) -> None:
    bob.language = "ru"
    bob.save()
    english = {"headers": {"Accept-Language": "en"}}
    client.post(reverse("account_reset_password"), {"email": bob.email}, **english)
    assert mail.outbox[0].subject == "Задайте новый пароль для AnyRoom"
    assert "Ссылка сработает один раз." in mail.outbox[0].body


def test_signing_up_through_an_invitation_makes_no_account_and_joining_makes_the_member(
    client: Client, invitation_link: str, account: Account
) -> None:
    page = client.get(invitation_link).content.decode()
    assert "Alice invited dan@example.com as admin." in page
    assert "email=dan%40example.com" in page
    client.post(reverse("account_signup"), {**SIGNUP, "next": invitation_link})
    assert not Membership.objects.filter(user__email="dan@example.com").exists()
    confirm(client)
    start = client.get(reverse("accounts:start")).content.decode()
    assert "You are invited to Acme" in start
    page = client.get(invitation_link).content.decode()
    accept = re.search(r'action="(/account/invitations/[^"]+)"', page)
    assert accept
    client.post(accept[1])
    assert Membership.objects.get(user__email="dan@example.com").account == account
    assert client.get(invitation_link).status_code == 404


def test_signing_up_with_another_address_makes_an_account_as_ever(
    client: Client, invitation_link: str
) -> None:
    client.get(invitation_link)
    client.post(reverse("account_signup"), {**SIGNUP, "email": "eve@example.com"})
    assert Membership.objects.get(user__email="eve@example.com").account.name == "eve"


def test_an_invitation_for_somebody_else_says_so_and_cannot_be_accepted(
    charlie_client: Client, invitation_link: str, account: Account
) -> None:
    page = charlie_client.get(invitation_link).content.decode()
    assert "You are logged in as charlie@example.com" in page
    invited = account.invitations.get()
    assert charlie_client.post(reverse("accounts:accept", args=[invited.pk])).status_code == 404
    assert account.memberships.count() == 1


def test_a_stranger_accepts_nothing(client: Client, invitation_link: str, account: Account) -> None:
    invited = account.invitations.get()
    answer = client.post(reverse("accounts:accept", args=[invited.pk]))
    assert answer.url.startswith("/accounts/login/")  # type: ignore[attr-defined]


def test_a_link_that_is_over_says_what_to_do(client: Client, db: None) -> None:
    answer = client.get("/invitations/none/")
    assert answer.status_code == 404
    assert "Ask for a new one." in answer.content.decode()


def test_somebody_without_an_account_starts_one(charlie: User, charlie_client: Client) -> None:
    Membership.objects.filter(user=charlie).delete()
    assert charlie_client.get(reverse("accounts:members")).headers["Location"] == "/account/start/"
    page = charlie_client.get(reverse("accounts:start")).content.decode()
    assert "Nobody has invited charlie@example.com yet" in page
    answer = charlie_client.post(reverse("accounts:start"), {"name": "C", "time_zone": "Nowhere"})
    assert "Choose a time zone from the list" in answer.content.decode()
    charlie_client.post(reverse("accounts:start"), {"name": "C", "time_zone": "Asia/Tokyo"})
    mine = Membership.objects.get(user=charlie)
    assert (mine.role, mine.account.name, mine.account.time_zone) == ("owner", "C", "Asia/Tokyo")


def test_who_has_an_account_does_not_start_another(alice_client: Client, client: Client) -> None:
    answer = alice_client.post(
        reverse("accounts:start"), {"name": "Second", "time_zone": "Asia/Tokyo"}
    )
    assert answer.status_code == 302
    assert not Account.objects.filter(name="Second").exists()
    assert client.get(reverse("accounts:start")).status_code == 302


OWN_PAGES = [
    "account_email",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_activate_totp",
    "usersessions_list",
]
ENTRANCE = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
]


@pytest.mark.parametrize("name", [*OWN_PAGES, *ENTRANCE])
def test_allauths_pages_are_the_sites_and_keep_to_its_policy(
    name: str, alice: User, client: Client
) -> None:
    if name in OWN_PAGES:
        password = {"password": "correct horse battery"}
        client.post(reverse("account_login"), {"login": alice.email, **password})
        client.post(reverse("account_reauthenticate"), password)
    answer = client.get(reverse(name))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="site-header"' in page
    assert "style=" not in page
    assert not re.search(r"\son\w+=", page)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(
    client: Client, bob: User
) -> None:
    client.post(reverse("account_reset_password"), {"email": bob.email})
    link = link_in_mail(r"/accounts/password/reset/key/[^\s]+/")
    page = client.get(link, follow=True)
    assert page.status_code == 200
    new = "four green umbrellas"
    answer = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert answer.status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(new)
    again = client.get(link, follow=True)
    assert b'name="password1"' not in again.content, "the link works once"
