"""How allauth is fitted to AnyRoom."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Kept as a place of its own because allauth finds it by name."""
