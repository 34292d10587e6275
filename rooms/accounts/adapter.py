"""How allauth is fitted to AnyRoom."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import translation


@dataclass(frozen=True)
class Site:
    """What allauth's e-mails call the site; there is no table of sites."""

    name: str
    domain: str


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the recipient's own language where the address is known, else in the page's."""
        site = Site("AnyRoom", urlsplit(settings.PUBLIC_URL).netloc)
        known = EmailAddress.objects.filter(email__iexact=email).select_related("user").first()
        language = known.user.language if known else translation.get_language()
        with translation.override(language):
            super().send_mail(template_prefix, email, {**context, "current_site": site})
