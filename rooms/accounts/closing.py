"""Closing an account for good: rooms are archived, keys revoked, and its members leave.

What was used and paid stays on record. Whoever has something running outside is asked first, by
`account_closing`, while no transaction is open: billing cancels the subscription there, or vetoes.
"""

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.functional import Promise

from rooms.accounts.members import NotAllowed, Refused
from rooms.accounts.models import Account, ApiKey, Membership, Role, User

# Sent with `account` before anything is changed; a receiver may reach the network, does nothing
# twice if it is asked again, and raises Vetoed where the account cannot be closed now.
account_closing = Signal()
# Sent with `account` inside the transaction that closes it.
account_closed = Signal()


class Vetoed(Refused):
    """The account cannot be closed now; the message says why and what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


def close(account: Account, *, by: User) -> None:
    """Close the account; one that is closed already stays so. Raises NotAllowed or Vetoed."""
    if not Account.objects.filter(pk=account.pk, closed_at=None).exists():
        return
    _check_owner(account, by)
    account_closing.send(Account, account=account)
    _close(account, by)


@transaction.atomic
def _close(account: Account, by: User) -> None:
    # First, since it locks the rooms: a caller who leaves locks a room and then the account too.
    account_closed.send(Account, account=account)
    locked = Account.objects.select_for_update().get(pk=account.pk)
    if locked.closed_at:
        return
    _check_owner(locked, by)
    now = timezone.now()
    locked.closed_at = now
    locked.save(update_fields=["closed_at"])
    ApiKey.objects.filter(account=locked, revoked_at=None).update(revoked_at=now)
    locked.invitations.filter(accepted_at=None).delete()
    locked.persons.all().delete()
    locked.memberships.all().delete()


def _check_owner(account: Account, user: User) -> None:
    if not Membership.objects.filter(account=account, user=user, role=Role.OWNER).exists():
        raise NotAllowed
