from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConferencesConfig(AppConfig):
    name = "rooms.conferences"
    label = "conferences"
    verbose_name = _("Conferences")

    def ready(self) -> None:
        from rooms.conferences import recordings  # noqa: F401 - it listens to commands
