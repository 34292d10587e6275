from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "rooms.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from rooms.notices import erased, forgotten  # noqa: F401 - they listen to signals
