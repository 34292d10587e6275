"""What happens when somebody signs up: they get an account of their own, or come by invitation."""

from typing import Any

from allauth.account.signals import user_signed_up
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from rooms.accounts import members, trials
from rooms.accounts.models import Account, Invitation, Membership, Role, User, hash_secret

SESSION_KEY = "invitation"


class HasAccount(Exception):
    """The user belongs to an account already, and another is only joined by invitation."""


@receiver(user_signed_up)
def make_account(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """An account of their own, unless they come to accept an invitation."""
    invitation = invitation_of(request.session.get(SESSION_KEY, ""))
    if invitation is None or invitation.email != user.email.lower():
        start_account(user, name=user.email.partition("@")[0], time_zone=user.time_zone)


@transaction.atomic
def start_account(user: User, *, name: str, time_zone: str) -> Account:
    """A new account that `user` owns, in the user's language. Raises HasAccount.

    Whoever has had the trial gets none again (trials.py).

    The lock on the user makes one of two requests that come at once.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if Membership.objects.filter(user=user).exists():
        raise HasAccount
    account = Account.objects.create(name=name, time_zone=time_zone, language=user.language)
    Membership.objects.create(account=account, user=user, role=Role.OWNER)
    trials.use(account, members.verified_addresses(user))
    return account


def invitation_of(token: str) -> Invitation | None:
    """The open invitation that the token in a link stands for."""
    invitation = (
        Invitation.objects.filter(token_hash=hash_secret(token), accepted_at=None)
        .select_related("account", "invited_by")
        .first()
    )
    if invitation and invitation.expires_at > timezone.now():
        return invitation
    return None
