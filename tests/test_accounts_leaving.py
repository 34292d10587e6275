"""Leaving an account and starting one: and both by two requests at the same time."""

import pytest

from rooms.accounts import members, signup
from rooms.accounts.models import Account, Membership, Role, User
from tests.at_once import at_once


def of(user: User, account: Account) -> Membership:
    return Membership.objects.get(user=user, account=account)


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.ADMIN])
def test_whoever_is_not_the_last_owner_leaves(
    account: Account, alice: User, bob: User, role: Role
) -> None:
    Membership.objects.filter(user=bob).update(role=role)
    members.leave(of(bob, account))
    assert list(account.members.all()) == [alice]
    with pytest.raises(members.LastOwner):
        members.leave(of(alice, account))
    assert list(account.members.all()) == [alice]


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one(account: Account, alice: User, bob: User) -> None:
    a, b = of(alice, account), of(bob, account)
    Membership.objects.filter(pk=b.pk).update(role=Role.OWNER)
    results = at_once(lambda: members.leave(a), lambda: members.leave(b))
    assert sum(isinstance(result, members.LastOwner) for result in results) == 1
    assert account.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_account_started_twice_at_once_is_one() -> None:
    dan = User.objects.create_user("dan@example.com")

    def start() -> object:
        try:
            return signup.start_account(dan, name="Dan", time_zone="UTC")
        except signup.HasAccount as refused:
            return refused

    results = at_once(start, start)
    assert sum(isinstance(result, signup.HasAccount) for result in results) == 1
    assert dan.memberships.count() == 1
