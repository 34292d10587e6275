from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "rooms.meetings"
    label = "meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        from rooms.meetings import (  # noqa: F401  (connect signals, register writers)
            erased,
            forgotten,
            hook_events,
            letters,
            reminder_letters,
            room_meetings,
            sought,
        )
