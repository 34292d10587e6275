"""The trial is had once by whoever has confirmed an address."""

import datetime as dt
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from rooms.accounts import members, signup, trials
from rooms.accounts.models import Account, Membership, Role, TrialUse, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def hosts(account: Account) -> bool:
    account.refresh_from_db()
    return account.may_host(timezone.now())


def sign_up(email: str) -> Account:
    """As a stranger does it, up to the e-mail that asks to confirm."""
    answer = Client().post("/accounts/signup/", {"email": email, "password1": PASSWORD})
    assert answer.status_code == 302, answer.content
    return Account.objects.get(memberships__user__email=email)


def confirm(email: str) -> None:
    (letter,) = [one for one in mail.outbox if one.to == [email]]
    body = str(letter.body)
    path = "/accounts/" + body.split("/accounts/", 1)[1].split()[0]
    assert Client().post(path).status_code == 302
    assert EmailAddress.objects.get(email=email).verified


def forget(email: str) -> None:
    """The login is deleted, and so much time goes by that another e-mail may be sent."""
    User.objects.get(email=email).delete()
    mail.outbox.clear()
    cache.clear()


def test_a_new_address_has_fourteen_days(db: None) -> None:
    account = sign_up("dora@example.com")
    left = account.hosting_until - timezone.now()
    assert dt.timedelta(days=13, hours=23) < left <= dt.timedelta(days=14)
    confirm("dora@example.com")
    assert hosts(account)
    assert TrialUse.objects.get().account == account
    assert "dora" not in TrialUse.objects.get().pk


def test_leaving_and_starting_anew_gives_no_second_trial(alice: User, bob: User) -> None:
    first = alice.accounts.get()
    trials.use(first, members.verified_addresses(alice))
    Membership.objects.filter(user=bob).update(role=Role.OWNER)
    members.leave(Membership.objects.get(user=alice))
    again = signup.start_account(alice, name="Again", time_zone="UTC")
    assert not hosts(again)
    assert hosts(first)


def test_a_new_login_with_the_same_address_gives_none_either(db: None) -> None:
    first = sign_up("dora@example.com")
    confirm("dora@example.com")
    forget("dora@example.com")
    again = sign_up("dora@example.com")
    assert again != first
    confirm("dora@example.com")
    assert not hosts(again)


def test_capitals_make_no_other_address(account: Account, charlie: User) -> None:
    trials.use(account, ["Charlie@Example.com"])
    Membership.objects.filter(user=charlie).delete()
    assert not hosts(signup.start_account(charlie, name="New", time_zone="UTC"))


def test_an_address_that_was_not_confirmed_uses_up_nothing(alice: User) -> None:
    """Nobody takes the trial from somebody else by signing up with their address."""
    sign_up("dora@example.com")
    assert not TrialUse.objects.exists()
    forget("dora@example.com")
    again = sign_up("dora@example.com")
    confirm("dora@example.com")
    assert hosts(again)


def test_a_member_by_invitation_still_has_a_trial(bob: User) -> None:
    Membership.objects.filter(user=bob).delete()
    own = signup.start_account(bob, name="Bob's", time_zone="UTC")
    assert hosts(own)
    assert TrialUse.objects.get().account == own


def test_a_second_address_is_remembered_too(alice: User, account: Account) -> None:
    trials.use(account, ["alice@example.com"])
    second = EmailAddress.objects.create(user=alice, email="a@example.org", verified=True)
    trials.remember(email_address=second)
    assert hosts(account)
    assert TrialUse.objects.filter(account=account).count() == 2


def test_a_second_address_that_had_one_takes_none_away(
    alice: User, account: Account, charlie: User
) -> None:
    trials.use(account, ["alice@example.com"])
    trials.use(charlie.accounts.get(), ["a@example.org"])
    second = EmailAddress.objects.create(user=alice, email="a@example.org", verified=True)
    trials.remember(email_address=second)
    assert hosts(account)


def test_what_was_paid_for_is_never_taken(account: Account, charlie: User) -> None:
    trials.use(charlie.accounts.get(), ["alice@example.com"])
    paid_until = timezone.now() + dt.timedelta(days=32)
    Account.objects.filter(pk=account.pk).update(hosting_until=paid_until)
    trials.use(account, ["alice@example.com"])
    account.refresh_from_db()
    assert account.hosting_until == paid_until


def test_who_has_no_trial_is_told_so(alice: User, alice_client: Client) -> None:
    """The account works, and asks to subscribe."""
    trials.use(alice.accounts.get(), members.verified_addresses(alice))
    Membership.objects.filter(user=alice).delete()
    made: Any = alice_client.post("/account/start/", {"name": "Again", "time_zone": "UTC"})
    assert made.status_code == 302
    assert not hosts(alice.accounts.get())
    assert alice_client.get("/rooms/").status_code == 200
