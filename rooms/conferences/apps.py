from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConferencesConfig(AppConfig):
    name = "rooms.conferences"
    label = "conferences"
    verbose_name = _("Conferences")

    def ready(self) -> None:
        # They listen to signals.
        from rooms.conferences import (  # noqa: F401
            erased,
            recording_unseen,
            recordings,
            retention,
        )
