from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


def refuse_in_production() -> None:
    """Raises ImproperlyConfigured where money is real."""
    if not settings.EMBEDDED:
        raise ImproperlyConfigured(
            "STRIPE_SECRET_KEY is not set: the billing sandbox, where no money moves, is for an "
            "embedded run alone; set it to the secret key from Stripe's dashboard"
        )


class SandboxConfig(AppConfig):
    name = "billing.sandbox"
    label = "billing_sandbox"
    verbose_name = _("Billing sandbox")

    def ready(self) -> None:
        refuse_in_production()
