"""The pages of members and invitations, as owner, admin, member, outsider and stranger."""

import pytest
from django.test import Client
from django.urls import reverse

from rooms.accounts import members
from rooms.accounts.models import Account, Invitation, Membership, Role, User


@pytest.fixture
def carol(account: Account) -> Membership:
    """An admin of Alice's account."""
    user = User.objects.create_user("carol@example.com", "correct horse battery", name="Carol")
    return Membership.objects.create(account=account, user=user, role=Role.ADMIN)


@pytest.fixture
def invited(account: Account, alice: User) -> Invitation:
    return members.invite(account, email="dan@example.com", role=Role.ORGANIZER, invited_by=alice)


def of(user: User, account: Account) -> Membership:
    return Membership.objects.get(user=user, account=account)


def test_members_see_the_list_and_managers_alone_the_controls(
    alice_client: Client, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    url = reverse("accounts:members")
    owners = alice_client.get(url).content.decode()
    assert "bob@example.com" in owners
    assert "Invite somebody" in owners
    members_page = bob_client.get(url).content.decode()
    assert "alice@example.com" in members_page
    assert "Invite somebody" not in members_page
    assert "Remove" not in members_page
    assert "alice@example.com" not in charlie_client.get(url).content.decode()
    assert client.get(url).url.startswith("/accounts/login/")  # type: ignore[attr-defined]


def test_an_owner_invites_by_page(alice_client: Client) -> None:
    url = reverse("accounts:invite")
    answer = alice_client.post(url, {"email": "dan@example.com", "role": "admin"}, follow=True)
    assert "Invitation sent to dan@example.com." in answer.content.decode()
    assert Invitation.objects.get().role == "admin"


def test_what_is_wrong_is_said_beside_the_field(
    account: Account, alice_client: Client, bob: User
) -> None:
    url = reverse("accounts:invite")
    page = alice_client.post(url, {"email": "bob@example.com", "role": "admin"}).content.decode()
    assert 'aria-describedby="id_email_error"' in page
    assert "This address belongs to a member already." in page
    assert not Invitation.objects.exists()


def test_an_admins_page_offers_no_ownership(account: Account, carol: Membership) -> None:
    client = Client()
    client.force_login(carol.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(reverse("accounts:invite"), {"email": "x@example.com", "role": "owner"})
    assert "Select a valid choice" in page.content.decode()
    assert not Invitation.objects.exists()


def test_an_owner_changes_a_role_by_page(alice_client: Client, account: Account, bob: User) -> None:
    url = reverse("accounts:change_role", args=[of(bob, account).pk])
    assert b"organizer" in alice_client.get(url).content
    alice_client.post(url, {"role": "admin"})
    assert of(bob, account).role == Role.ADMIN


def test_the_last_owner_is_told_beside_the_field(
    alice_client: Client, account: Account, alice: User
) -> None:
    url = reverse("accounts:change_role", args=[of(alice, account).pk])
    assert (
        "Make somebody else an owner first."
        in alice_client.post(url, {"role": "admin"}).content.decode()
    )
    assert of(alice, account).role == Role.OWNER


def test_an_admin_does_not_even_see_the_role_page_of_an_owner(
    account: Account, alice: User, bob: User, carol: Membership
) -> None:
    client = Client()
    client.force_login(carol.user, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("accounts:change_role", args=[of(alice, account).pk])
    assert client.get(url).status_code == 403
    assert client.post(url, {"role": "organizer"}).status_code == 403
    assert of(alice, account).role == Role.OWNER
    theirs = reverse("accounts:change_role", args=[of(bob, account).pk])
    assert client.get(theirs).status_code == 200


def test_removing_asks_first(alice_client: Client, account: Account, bob: User) -> None:
    url = reverse("accounts:remove_member", args=[of(bob, account).pk])
    assert b"Remove Bob?" in alice_client.get(url).content
    assert of(bob, account)
    alice_client.post(url)
    assert not account.memberships.filter(user=bob).exists()


def test_an_invitation_is_sent_again_and_withdrawn_by_page(
    alice_client: Client, invited: Invitation
) -> None:
    alice_client.post(reverse("accounts:send_again", args=[invited.pk]))
    assert Invitation.objects.get().token_hash != invited.token_hash
    alice_client.post(reverse("accounts:withdraw", args=[invited.pk]))
    assert not Invitation.objects.exists()


def _changes(account: Account, bob: User, invited: Invitation) -> list[tuple[str, dict[str, str]]]:
    member = of(bob, account).pk
    return [
        (reverse("accounts:invite"), {"email": "x@example.com", "role": "organizer"}),
        (reverse("accounts:change_role", args=[member]), {"role": "admin"}),
        (reverse("accounts:remove_member", args=[member]), {}),
        (reverse("accounts:send_again", args=[invited.pk]), {}),
        (reverse("accounts:withdraw", args=[invited.pk]), {}),
    ]


def test_members_outsiders_and_strangers_change_nothing(
    account: Account,
    bob: User,
    invited: Invitation,
    bob_client: Client,
    charlie_client: Client,
    client: Client,
) -> None:
    for url, data in _changes(account, bob, invited):
        assert bob_client.post(url, data).status_code == 403
        assert client.post(url, data).status_code == 302
        if "/members/invite/" not in url:
            assert charlie_client.post(url, data).status_code == 404
    assert of(bob, account).role == Role.ORGANIZER
    assert list(account.invitations.values_list("token_hash", flat=True)) == [invited.token_hash]


LEAVE = "accounts:leave"


def test_everybody_may_leave_on_their_own_row_alone(
    alice_client: Client, bob_client: Client
) -> None:
    for client in (alice_client, bob_client):
        page = client.get(reverse("accounts:members")).content.decode()
        assert page.count("Leave the account") == 1
        assert page.count(f'href="{reverse(LEAVE)}"') == 1


def test_leaving_asks_first_and_leads_to_the_start(
    account: Account, alice: User, bob: User, bob_client: Client
) -> None:
    page = bob_client.get(reverse(LEAVE)).content.decode()
    assert "Leave Acme?" in page
    assert of(bob, account)
    answer = bob_client.post(reverse(LEAVE), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("accounts:start")
    assert "You have left Acme." in answer.content.decode()
    assert list(account.members.all()) == [alice]


def test_who_leaves_one_of_two_accounts_goes_on_in_the_other(
    account: Account, bob: User, charlie: User, bob_client: Client
) -> None:
    other = charlie.accounts.get()
    Membership.objects.create(account=other, user=bob)
    bob_client.post(reverse("accounts:switch"), {"account": other.pk})
    answer = bob_client.post(reverse(LEAVE), follow=True)
    assert answer.redirect_chain == [(reverse("rooms:list"), 302)]
    assert list(bob.accounts.all()) == [account]


def test_the_last_owner_is_told_how_to_leave(
    account: Account, alice: User, alice_client: Client
) -> None:
    page = alice_client.get(reverse(LEAVE)).content.decode()
    assert "Make somebody else an owner first." in page
    assert '<button class="danger">' not in page
    answer = alice_client.post(reverse(LEAVE), follow=True)
    assert "Make somebody else an owner first." in answer.content.decode()
    assert of(alice, account).role == Role.OWNER


def test_outsiders_leave_only_their_own_and_strangers_log_in(
    account: Account, alice: User, bob: User, charlie_client: Client, client: Client
) -> None:
    for visitor in (charlie_client, client):
        visitor.post(reverse(LEAVE))
    assert client.get(reverse(LEAVE)).headers["Location"].startswith("/accounts/login/")
    assert account.members.count() == 2
