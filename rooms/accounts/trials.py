"""The trial is had once: an address that was confirmed by then gets none again elsewhere.

An address counts once it is confirmed, so nobody can use up the trial of somebody else's address by
signing up with it. An account that is made at sign-up, before the confirmation, may lose its trial
at the confirmation; nobody could log in before that.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.dispatch import receiver
from django.utils import timezone

from rooms.accounts.models import Account, Membership, Role, TrialUse, hash_secret


@transaction.atomic
def use(account: Account, addresses: Iterable[str]) -> None:
    """Write down that these confirmed addresses have had the trial, for `account` if not before.

    An account whose owner had it for another one, and which has none of its own yet, ends its
    trial now.
    """
    hashes = {hash_secret(address.lower()) for address in addresses}
    if not hashes:
        return
    uses = [TrialUse(address_hash=one, account=account) for one in sorted(hashes)]
    TrialUse.objects.bulk_create(uses, ignore_conflicts=True)
    had_elsewhere = TrialUse.objects.filter(address_hash__in=hashes).exclude(account=account)
    entitled = TrialUse.objects.filter(account=account).exclude(address_hash__in=hashes)
    if had_elsewhere.exists() and not entitled.exists():
        account.hosting_until = timezone.now()
        on_trial = F("created_at") + dt.timedelta(days=settings.TRIAL_DAYS, minutes=1)
        running = Account.objects.filter(pk=account.pk, hosting_until__gt=account.hosting_until)
        running.filter(hosting_until__lte=on_trial).update(hosting_until=account.hosting_until)


@receiver(email_confirmed)
def remember(email_address: EmailAddress, **_kwargs: Any) -> None:
    """The owner of an account has confirmed an address."""
    for membership in Membership.objects.filter(
        user=email_address.user_id, role=Role.OWNER
    ).select_related("account"):
        use(membership.account, [email_address.email])
