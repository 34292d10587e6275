"""SMS through whatever `settings.SMS_BACKEND` names; the core knows no carrier."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class SmsError(Exception):
    """The SMS was not handed over; `permanent` says whether the same one will fail again.

    The text is fit to be shown to an organizer.
    """

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class SmsBackend(Protocol):
    """What the setting names: a class without arguments."""

    def send(self, *, to: str, text: str) -> str:
        """Hand over one SMS to an E.164 number; returns the carrier's id. Raises SmsError."""


def send(*, to: str, text: str) -> str:
    """Returns the carrier's id, by which it tells later what became of it. Raises SmsError."""
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    return backend.send(to=to, text=text)
