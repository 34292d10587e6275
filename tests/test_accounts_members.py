"""Inviting, joining, changing roles and removing: and all of it at the same time."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from rooms.accounts import members
from rooms.accounts.models import Account, Invitation, Membership, Role, User
from tests.at_once import at_once


@pytest.fixture
def carol(account: Account) -> Membership:
    """An admin of Alice's account."""
    user = User.objects.create_user("carol@example.com", "correct horse battery", name="Carol")
    return Membership.objects.create(account=account, user=user, role=Role.ADMIN)


@pytest.fixture
def invited(account: Account, alice: User) -> Invitation:
    return members.invite(account, email="dan@example.com", role=Role.ORGANIZER, invited_by=alice)


def newcomer(email: str, *, verified: bool = True) -> User:
    user = User.objects.create_user(email, "correct horse battery")
    user.emailaddress_set.create(email=email, verified=verified, primary=True)  # type: ignore[attr-defined]
    return user


def of(user: User, account: Account) -> Membership:
    return Membership.objects.get(user=user, account=account)


# --- Inviting ---------------------------------------------------------------------------------


def test_an_invitation_is_mailed_after_commit_with_a_link_that_works(
    account: Account, alice: User, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        members.invite(account, email="Dan@Example.com ", role=Role.ADMIN, invited_by=alice)
        assert mail.outbox == []
    (message,) = mail.outbox
    assert message.to == ["dan@example.com"]
    assert message.subject == "Join Acme on AnyRoom"
    link = re.search(r"/invitations/[\w-]+/", str(message.body))
    assert link
    assert "Alice invites you to Acme on AnyRoom as admin." in message.body
    assert b"Join Acme" in client.get(link[0]).content


def test_the_token_is_not_kept(
    invited: Invitation, django_capture_on_commit_callbacks: Any, alice: User
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        members.invite(invited.account, email=invited.email, role="admin", invited_by=alice)
    found = re.search(r"/invitations/([\w-]+)/", str(mail.outbox[0].body))
    assert found
    invited.refresh_from_db()
    assert found[1] not in str(vars(invited))


def test_inviting_again_renews_the_one_invitation_and_kills_the_old_link(
    invited: Invitation, alice: User
) -> None:
    Invitation.objects.update(created_at=timezone.now() - dt.timedelta(days=8))
    again = members.invite(invited.account, email=invited.email, role="admin", invited_by=alice)
    assert again.pk == invited.pk
    assert (again.role, again.token_hash != invited.token_hash) == ("admin", True)
    assert again.expires_at > timezone.now() + dt.timedelta(days=6)
    assert Invitation.objects.count() == 1


def test_a_member_is_not_invited(account: Account, alice: User, bob: User) -> None:
    with pytest.raises(members.MemberExists):
        members.invite(account, email="BOB@example.com", role="admin", invited_by=alice)


def test_a_members_second_address_is_not_invited(account: Account, alice: User, bob: User) -> None:
    bob.emailaddress_set.create(email="bob@work.example.com", verified=True)  # type: ignore[attr-defined]
    with pytest.raises(members.MemberExists):
        members.invite(account, email="bob@work.example.com", role="admin", invited_by=alice)


@pytest.mark.parametrize("role", ["admin", "organizer"])
def test_an_admin_invites_all_but_owners(account: Account, carol: Membership, role: str) -> None:
    invited = members.invite(account, email="x@example.com", role=role, invited_by=carol.user)
    assert invited.role == role
    with pytest.raises(members.NotAllowed):
        members.invite(account, email="x@example.com", role="owner", invited_by=carol.user)


def test_organizers_and_outsiders_invite_nobody(account: Account, bob: User, charlie: User) -> None:
    for user in (bob, charlie):
        with pytest.raises(members.NotAllowed):
            members.invite(account, email="x@example.com", role="organizer", invited_by=user)


def test_a_mail_server_that_refuses_is_told_and_the_invitation_stays(
    account: Account,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(members, "send_mail", refuse)
    with (
        pytest.raises(members.MailFailed),
        django_capture_on_commit_callbacks(execute=True),
    ):
        members.invite(account, email="x@example.com", role="organizer", invited_by=alice)
    assert Invitation.objects.filter(email="x@example.com").exists()


# --- Joining ----------------------------------------------------------------------------------


def test_who_has_the_invited_address_joins_with_the_invited_role(invited: Invitation) -> None:
    joined = members.accept(invited, newcomer("dan@example.com"))
    assert (joined.account, joined.role) == (invited.account, Role.ORGANIZER)


def test_an_invitation_works_once(invited: Invitation) -> None:
    dan = newcomer("dan@example.com")
    members.accept(invited, dan)
    with pytest.raises(members.InvitationOver):
        members.accept(invited, dan)


@pytest.mark.parametrize(("email", "verified"), [("eve@example.com", True), ("dan@example.com", 0)])
def test_another_or_an_unconfirmed_address_does_not_join(
    invited: Invitation, email: str, verified: bool
) -> None:
    with pytest.raises(members.WrongAddress):
        members.accept(invited, newcomer(email, verified=bool(verified)))
    assert Membership.objects.filter(account=invited.account).count() == 1


def test_an_old_or_withdrawn_invitation_lets_nobody_in(invited: Invitation) -> None:
    dan = newcomer("dan@example.com")
    Invitation.objects.update(created_at=timezone.now() - dt.timedelta(days=7))
    with pytest.raises(members.InvitationOver):
        members.accept(invited, dan)
    Invitation.objects.update(created_at=timezone.now())
    members.withdraw(invited)
    with pytest.raises(members.InvitationOver):
        members.accept(invited, dan)


# --- Roles and removing ------------------------------------------------------------------------


def test_the_last_owner_stays_an_owner_and_a_member(account: Account, alice: User) -> None:
    mine = of(alice, account)
    with pytest.raises(members.LastOwner):
        members.change_role(mine, Role.ADMIN, by=alice)
    with pytest.raises(members.LastOwner):
        members.remove(mine, by=alice)
    members.change_role(mine, Role.OWNER, by=alice)


def test_an_owner_may_leave_once_there_is_another(account: Account, alice: User, bob: User) -> None:
    members.change_role(of(bob, account), Role.OWNER, by=alice)
    members.remove(of(alice, account), by=alice)
    assert list(account.memberships.values_list("user__email", "role")) == [
        ("bob@example.com", "owner")
    ]


def test_an_admin_neither_makes_nor_changes_nor_removes_owners(
    account: Account, alice: User, bob: User, carol: Membership
) -> None:
    Membership.objects.create(account=account, user=newcomer("o@example.com"), role=Role.OWNER)
    owner = of(alice, account)
    refused: list[Callable[[], object]] = [
        lambda: members.change_role(of(bob, account), Role.OWNER, by=carol.user),
        lambda: members.change_role(owner, Role.ADMIN, by=carol.user),
        lambda: members.remove(owner, by=carol.user),
    ]
    for attempt in refused:
        with pytest.raises(members.NotAllowed):
            attempt()
    members.change_role(of(bob, account), Role.ADMIN, by=carol.user)
    members.remove(of(bob, account), by=carol.user)
    assert not account.memberships.filter(user=bob).exists()


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_otherat_once_leave_one(
    account: Account, alice: User, bob: User
) -> None:
    a, b = of(alice, account), of(bob, account)
    Membership.objects.filter(pk=b.pk).update(role=Role.OWNER)
    results = at_once(
        lambda: members.change_role(b, Role.ADMIN, by=alice),
        lambda: members.change_role(a, Role.ADMIN, by=bob),
    )
    assert sum(isinstance(result, members.NotAllowed) for result in results) == 1
    assert account.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_invitation_accepted_twiceat_once_makes_one_member(invited: Invitation) -> None:
    dan = newcomer("dan@example.com")
    results = at_once(*[lambda: members.accept(invited, dan)] * 2)
    assert sum(isinstance(result, members.InvitationOver) for result in results) == 1
    assert Membership.objects.filter(user=dan).count() == 1
