"""Accounts: people and what they belong to, and keys for programs."""

from rooms.accounts.models.blocked import BlockedNumber
from rooms.accounts.models.counts import WindowCount
from rooms.accounts.models.erasure import Erasure
from rooms.accounts.models.keys import ApiKey, IdempotentRequest, Scope, hash_secret
from rooms.accounts.models.people import (
    Account,
    Invitation,
    Membership,
    Role,
    TrialUse,
    User,
    UserManager,
    check_time_zone,
    trial_end,
)
from rooms.accounts.models.person import Person

__all__ = [
    "Account",
    "ApiKey",
    "BlockedNumber",
    "Erasure",
    "IdempotentRequest",
    "Invitation",
    "Membership",
    "Person",
    "Role",
    "Scope",
    "TrialUse",
    "User",
    "UserManager",
    "WindowCount",
    "check_time_zone",
    "hash_secret",
    "trial_end",
]
