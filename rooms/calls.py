"""Dialling somebody into a room through whatever `settings.CALL_BACKEND` names.

The core knows no carrier. What becomes of a call that was placed is told by the backend's side
through the functions of rooms/meetings/call_me.py, by the words that `about` held.
"""

from typing import Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from rooms import phones


class CallError(Exception):
    """The call was not placed; the text is fit to be shown to an organizer.

    `permanent`: the same call will fail again. `unclear`: it may have been placed after all, and
    only the carrier's webhooks will tell.
    """

    def __init__(self, message: str, *, permanent: bool, unclear: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.unclear = unclear


class CallBackend(Protocol):
    """What the setting names: a class without arguments."""

    def place(self, *, to: str, room_id: str, about: str) -> str:
        """Dial an E.164 number for a room; returns the carrier's id of the call.

        `about` comes back with everything that is told of this call. Raises CallError.
        """


def place(*, to: str, room_id: str, about: str) -> str:
    """Raises CallError."""
    backend: CallBackend = import_string(settings.CALL_BACKEND)()
    return backend.place(to=to, room_id=room_id, about=about)


def check_number(number: str) -> None:
    """Raises ValidationError for an invitee's number that is not called or texted, and why."""
    if not number:
        raise ValidationError(_("There is no phone number to call."), code="no_phone")
    country = phones.country(number)
    if country not in settings.CALL_COUNTRIES or phones.is_premium(number):
        raise ValidationError(
            _("The service does not call or text that country or kind of number: %(number)s.")
            % {"number": phones.masked(number)},
            code="country",
        )
