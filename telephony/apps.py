import logging
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import KombuError

log = logging.getLogger(__name__)
STALE = 10.0  # seconds after which a nudge is not worth following: a sweep came before it


class TelephonyConfig(AppConfig):
    name = "telephony"
    verbose_name = _("Telephony")

    def ready(self) -> None:
        from rooms.conferences.commands import commands_written
        from telephony import (  # noqa: F401 - they listen to signals
            control_ends,
            erased,
            forgotten,
            recorded,
        )

        commands_written.connect(_nudge, dispatch_uid="telephony.controls")


def _nudge(**_sent: Any) -> None:
    """Commands are committed: wake a worker that asks the carrier."""
    from telephony.tasks import control_calls

    try:
        control_calls.apply_async(expires=STALE)
    except (KombuError, OSError) as error:  # the sweep finds them a moment later
        log.warning("no worker could be nudged: %s", error)
