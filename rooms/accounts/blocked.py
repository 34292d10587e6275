"""Blocking numbers: in the rooms of an account, or in the whole service. Pages and API call these.

Nobody who is in a room is thrown out by it; a block counts from the next time that the number
wants to enter. What is blocked for the whole service is heeded some seconds later.
"""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _

from rooms.accounts.models import Account, BlockedNumber, User

# Sent with `row` inside the transaction that blocks its number, or unblocks it.
number_blocked = Signal()
number_unblocked = Signal()


class BlockedBefore(ValidationError):
    """The number is on the list already; the message is at its field."""

    def __init__(self) -> None:
        super().__init__({"number": ValidationError(_("It is blocked already."), code="taken")})


def block(
    account: Account | None, number: str, *, note: str = "", by: User | None = None
) -> BlockedNumber:
    """Let the number (E.164) into no room of the account; without one, into none at all.

    Raises BlockedBefore.
    """
    try:
        with transaction.atomic():
            row = BlockedNumber.objects.create(account=account, number=number, note=note, by=by)
            number_blocked.send(BlockedNumber, row=row)
            return row
    except IntegrityError:
        if BlockedNumber.objects.filter(account=account, number=number).exists():
            raise BlockedBefore from None
        raise


@transaction.atomic
def unblock(row: BlockedNumber) -> None:
    """Let the number in again; does nothing where that was done before."""
    deleted, _by_kind = BlockedNumber.objects.filter(pk=row.pk).delete()
    if deleted:
        number_unblocked.send(BlockedNumber, row=row)
