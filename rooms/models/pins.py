"""The PINs of a room: digits that prove who somebody is there."""

import secrets

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

HOST_PIN_DIGITS = 6


def new_host_pin() -> str:
    """Digits that nobody guesses within the tries that a caller has."""
    return f"{secrets.randbelow(10**HOST_PIN_DIGITS):0{HOST_PIN_DIGITS}}"


check_pin = RegexValidator(r"\A[0-9]{4,10}\Z", _("Write 4 to 10 digits."))


def check_pins(host_pin: str, guest_pin: str, personal_pins: bool) -> None:
    """Raises ValidationError for PINs that contradict each other."""
    if guest_pin and guest_pin == host_pin:
        text = _("Guests would be hosts: choose another PIN than the host PIN.")
        raise ValidationError({"guest_pin": text})
    if guest_pin and personal_pins:
        text = _("Everybody has a PIN of their own in this room: leave this one empty.")
        raise ValidationError({"guest_pin": text})
