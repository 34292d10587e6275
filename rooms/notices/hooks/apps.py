from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HooksConfig(AppConfig):
    name = "rooms.notices.hooks"
    label = "hooks"
    verbose_name = _("Outgoing webhooks")

    def ready(self) -> None:
        from rooms.notices.hooks import (  # noqa: F401  (connect signals)
            erased,
            forgotten,
            receivers,
        )
