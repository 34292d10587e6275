"""What is somebody's own on the API: who they are, and the accounts they start and leave."""

import pytest
from django.utils import timezone

from rooms.accounts import members, signup
from rooms.accounts.models import Account, Membership, Role, User
from tests.api_client import Api, Person, codes, slug

NUMBER = "+34600123456"


def member(user: User) -> Membership:
    return Membership.objects.get(user=user)


# --- Who one is -------------------------------------------------------------------------------


def test_everybody_reads_who_they_are(account: Account, alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(phone=NUMBER)
    assert Person(alice).get("me/").json() == {
        "id": alice.pk,
        "email": "alice@example.com",
        "name": "Alice",
        "language": "en",
        "time_zone": "UTC",
        "phone": None,
        "accounts": [
            {"id": account.pk, "name": "Acme", "role": "owner", "member": member(alice).pk}
        ],
        "invitations": [],
    }
    shown = Person(bob).get("me").json()
    assert (shown["id"], shown["phone"]) == (bob.pk, NUMBER)
    assert shown["accounts"][0]["role"] == "organizer"


def test_all_accounts_are_told_the_oldest_membership_first(bob: User, charlie: User) -> None:
    other = charlie.accounts.get()
    Membership.objects.create(account=other, user=bob, role=Role.ADMIN)
    told = Person(bob).get("me/").json()["accounts"]
    assert [(one["name"], one["role"]) for one in told] == [
        ("Acme", "organizer"),
        ("Other", "admin"),
    ]


def test_an_organizer_changes_themselves_and_nobody_else(alice: User, bob: User) -> None:
    fields = {"name": "Боб", "language": "ru", "time_zone": "Asia/Tbilisi"}
    changed = Person(bob).patch("me/", fields)
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in fields} == fields
    bob.refresh_from_db()
    alice.refresh_from_db()
    assert (bob.name, bob.language, bob.time_zone) == tuple(fields.values())
    assert (alice.name, alice.language) == ("Alice", "en")
    assert Person(bob).patch("me/", {}).json()["name"] == "Боб"


def test_email_phone_and_accounts_are_not_set_here(alice: User) -> None:
    refused = Person(alice).patch(
        "me/", {"email": "x@example.com", "phone": NUMBER, "accounts": [], "is_staff": True}
    )
    assert codes(refused) == {
        "/email": "read_only",
        "/phone": "read_only",
        "/accounts": "read_only",
        "/is_staff": "unknown",
    }
    wrong = {"time_zone": "Mars/Base", "language": "xx", "name": "x" * 101}
    assert codes(Person(alice).patch("me/", wrong)) == {
        "/time_zone": "invalid",
        "/language": "invalid_choice",
        "/name": "max_length",
    }
    alice.refresh_from_db()
    assert (alice.email, alice.phone, alice.is_staff) == ("alice@example.com", "", False)


def test_who_has_no_account_still_has_themselves(alice: User) -> None:
    Membership.objects.all().delete()
    assert Person(alice).get("me/").json()["accounts"] == []
    assert Person(alice).patch("me/", {"name": "A"}).json()["name"] == "A"


def test_a_change_by_login_needs_the_csrf_token(alice: User) -> None:
    person = Person(alice)
    person.client.handler.enforce_csrf_checks = True
    refused = person.patch("me/", {"name": "Eve"})
    assert (refused.status_code, slug(refused)) == (403, "csrf")


# --- Starting an account ----------------------------------------------------------------------


def test_who_has_no_account_starts_one(alice: User) -> None:
    Membership.objects.all().delete()
    User.objects.filter(pk=alice.pk).update(language="ru", time_zone="Europe/Madrid")
    person = Person(alice)
    started = person.post("accounts/", {"name": "New"})
    assert started.status_code == 201
    made = started.json()
    assert (made["name"], made["language"], made["time_zone"]) == ("New", "ru", "Europe/Madrid")
    assert made["hosting_until"] > timezone.now().isoformat()
    assert person.get("account/").json() == made
    assert person.get("me/").json()["accounts"][0]["role"] == "owner"


def test_who_has_an_account_joins_others_by_invitation_alone(alice: User, bob: User) -> None:
    for user in (alice, bob):
        refused = Person(user).post("accounts/", {"name": "Second"})
        assert (refused.status_code, slug(refused)) == (409, "conflict")
        with pytest.raises(signup.HasAccount):
            signup.start_account(user, name="Second", time_zone="UTC")
    assert Account.objects.count() == 1


def test_what_is_wrong_with_a_new_account_is_pointed_at(alice: User) -> None:
    Membership.objects.all().delete()
    person = Person(alice)
    body = {"time_zone": "Mars/Base", "hosting_until": "2099-01-01T00:00:00Z"}
    assert codes(person.post("accounts/", body)) == {
        "/name": "required",
        "/time_zone": "invalid",
        "/hosting_until": "unknown",
    }
    assert Account.objects.count() == 1


# --- Leaving ----------------------------------------------------------------------------------


def test_an_organizer_leaves(account: Account, alice: User, bob: User) -> None:
    person = Person(bob)
    mine = person.get("me/").json()["accounts"][0]["member"]
    left = person.delete(f"members/{mine}/")
    assert (left.status_code, left.content) == (204, b"")
    assert list(account.members.all()) == [alice]
    assert slug(person.get("rooms/")) == "no-account"
    assert person.get("me/").json()["accounts"] == []


def test_leaving_reaches_nobody_else(
    account: Account, alice: User, bob: User, charlie: User
) -> None:
    refused = Person(bob).delete(f"members/{member(alice).pk}/")
    assert (refused.status_code, slug(refused)) == (403, "missing-scope")
    changed = Person(bob).patch(f"members/{member(bob).pk}/", {"role": "owner"})
    assert (changed.status_code, slug(changed)) == (403, "missing-scope")
    assert Person(charlie).delete(f"members/{member(bob).pk}/").status_code == 404
    assert Api().delete(f"members/{member(bob).pk}/").status_code == 401
    assert account.members.count() == 2


def test_the_last_owner_stays(alice: User, bob: User) -> None:
    person = Person(alice)
    path = f"members/{member(alice).pk}/"
    refused = person.delete(path)
    assert (refused.status_code, slug(refused)) == (409, "last-owner")
    Membership.objects.filter(user=bob).update(role=Role.OWNER)
    assert person.delete(path).status_code == 204


def test_a_key_does_not_make_its_maker_leave(account: Account, bob: User) -> None:
    """Whoever made the key was an admin then, and may manage no members now."""
    refused = Api(account, "admin", made_by=bob).delete(f"members/{member(bob).pk}/")
    assert (refused.status_code, slug(refused)) == (403, "not-allowed")
    assert account.members.get() == bob


# --- Invitations to oneself -------------------------------------------------------------------


def test_an_invitation_is_seen_and_accepted_once(
    account: Account, alice: User, charlie: User, bob: User
) -> None:
    invitation = members.invite(account, email=charlie.email, role=Role.ADMIN, invited_by=alice)
    told = Person(charlie).get("me/").json()["invitations"]
    assert [(one["id"], one["account"], one["role"]) for one in told] == [
        (invitation.pk, "Acme", "admin")
    ]
    path = f"me/invitations/{invitation.pk}/accept/"
    assert Person(bob).post(path).status_code == 404
    accepted = Person(charlie).post(path)
    assert accepted.status_code == 200
    assert [one["name"] for one in accepted.json()["accounts"]] == ["Other", "Acme"]
    assert accepted.json()["invitations"] == []
    assert Person(charlie).post(path).status_code == 404
    assert Membership.objects.filter(account=account, user=charlie, role=Role.ADMIN).count() == 1
