"""Phone numbers: reading what people type, and showing them whole, grouped, or masked."""

from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 16  # E.164: a plus and 15 digits


def parse(text: str, country: str = "") -> str:
    """E.164 of what somebody typed. Raises ValidationError with what to do.

    `country`, as "ES", is where a number without a country code is dialled.
    """
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_possible_number(number):
        found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if len(found) <= LONGEST:  # some countries' plans reach beyond it
            return found
    raise ValidationError(_("Write the number with its country code, such as +34 600 123 456."))


def from_carrier(text: str) -> str:
    """E.164 of the digits that the carrier gives, or "" for the words it uses when withheld."""
    digits = text.removeprefix("+")
    return f"+{digits}" if digits.isascii() and digits.isdecimal() and len(digits) <= 15 else ""


def in_groups(digits: str) -> str:
    """Digits as people read them: `482 9301`, groups of three and a last one of up to four."""
    groups = []
    while len(digits) > 4:
        groups.append(digits[:3])
        digits = digits[3:]
    return " ".join([*groups, digits])


@lru_cache(maxsize=1_000)  # a page shows the same ones more than once
def grouped(number: str) -> str:
    """As people read it, `+34 600 12 34 56`; unchanged where the country is not known."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    country, _space, rest = shown.partition(" ")
    # The library leaves a number that its country's plan lacks in one piece.
    return f"{country} {in_groups(rest)}" if rest.isdecimal() else shown


def masked(number: str) -> str:
    """`+34 ••• •• •• 56`: the country code and the last two digits; "" stays ""."""
    shown = grouped(number)
    head, _space, rest = shown.partition(" ")
    if not rest:
        head, rest = shown[:2], shown[2:]
    hidden = "".join("•" if sign.isdigit() else sign for sign in rest[:-2])
    return f"{head} {hidden}{rest[-2:]}".strip()


def one_tap(number: str, *keyed: str) -> str:
    """A `tel:` address that dials and keys all that is not empty, such as a code and a PIN.

    Commas are pauses of two seconds.
    """
    return f"tel:{number}" + "".join(f",,{digits}#" for digits in keyed if digits)


@lru_cache(maxsize=1_000)  # lists ask for the same few again and again
def country(number: str) -> str:
    """The ISO code of an E.164 number's country, such as `ES`, or "" where it is not known.

    A number that its country's plan lacks counts as one of the plan's main country.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ""
    found = phonenumbers.region_code_for_number(parsed)
    if found is None:
        found = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return found if len(found) == 2 and found.isalpha() and found != "ZZ" else ""


def is_premium(number: str) -> bool:
    """Whether calling the number costs more than calling its country does."""
    kinds = phonenumbers.PhoneNumberType
    dear = {kinds.PREMIUM_RATE, kinds.SHARED_COST, kinds.UAN, kinds.VOICEMAIL, kinds.PAGER}
    dear.add(kinds.PERSONAL_NUMBER)  # it may lead anywhere
    try:
        return phonenumbers.number_type(phonenumbers.parse(number, None)) in dear
    except phonenumbers.NumberParseException:
        return False
