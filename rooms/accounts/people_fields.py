"""A record of a file as a person's fields: read, checked, and told what is wrong with it."""

import re
import zoneinfo
from collections.abc import Callable
from functools import cache

from babel import Locale
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from rooms import phones
from rooms.accounts.models.person import folded
from rooms.accounts.people_records import Record

LONGEST_NAME = 100
_is_email = EmailValidator()
_CUT_SHORT = re.compile(r"\d([.,]\d+)?e\+?\d+", re.IGNORECASE)


def of(record: Record, country: str) -> tuple[dict[str, str], list[str]]:
    """Every one of `people.FIELDS`, and in words what was left out of them.

    Raises ValidationError where the record cannot be taken.
    """
    if record.fault:
        raise ValidationError(record.fault)
    if record.empty:
        raise ValidationError(_("There is no name, no e-mail and no phone."))
    if len(record.name) > LONGEST_NAME:
        raise ValidationError(_("The name is longer than 100 characters."))
    fields = {
        "name": record.name,
        "email": _first(record.emails, email),
        "phone": _first(record.phones, lambda text: phone(text, country)),
        "language": language(record.language) if record.language else "",
        "time_zone": record.time_zone if record.time_zone in _zones() else "",
    }
    left_out = []
    if record.language and not fields["language"]:
        why = _("The language “%(text)s” is not one of ours: left out.")
        left_out.append(why % {"text": record.language[:60]})
    if record.time_zone and not fields["time_zone"]:
        why = _("The time zone “%(text)s” is not known: left out.")
        left_out.append(why % {"text": record.time_zone[:60]})
    return fields, left_out


def _first(texts: tuple[str, ...], read: Callable[[str], str]) -> str:
    """The first that can be read; raises the first's ValidationError where none can."""
    fault = None
    for text in texts:
        try:
            return read(text)
        except ValidationError as error:
            fault = fault or error
    if fault:
        raise fault
    return ""


def email(text: str) -> str:
    """In lower case. Raises ValidationError."""
    found = text.strip().lower()
    try:
        _is_email(found)
        if len(found) <= 254:
            return found
    except ValidationError:
        pass
    raise ValidationError(_("“%(text)s” is not an e-mail address.") % {"text": text[:60]})


def phone(text: str, country: str = "") -> str:
    """E.164, of numbers with a plus, with 00, or as they are dialled in `country`, if given.

    Raises ValidationError.
    """
    shown = {"text": text[:60]}
    if _CUT_SHORT.fullmatch(text.strip()):
        raise ValidationError(
            _(
                "A spreadsheet has cut the number “%(text)s” short. Make its column one of texts, "
                "and export it again."
            )
            % shown
        )
    try:
        return phones.parse(re.sub(r"^[\s(]*00", "+", text), country)
    except ValidationError as error:
        if country:
            why = _("“%(text)s” is not a number of that country, nor one with a country code.")
        else:
            why = _("The number “%(text)s” has no country code, or a wrong one.")
        raise ValidationError(why % shown) from error


def language(text: str) -> str:
    """One of ours by its code or its name, as “en-GB” or “Английский”; else ""."""
    plain = folded(text)
    return _languages().get(plain) or _languages().get(re.split("[-_]", plain)[0], "")


@cache
def _languages() -> dict[str, str]:
    ours = [code for code, _name in settings.LANGUAGES]
    names = {code: code for code in ours}
    for page in ours:
        in_words = Locale.parse(page, sep="-").languages
        names.update({folded(in_words[code]): code for code in ours})
    return names


@cache
def _zones() -> set[str]:
    """Read once: it takes a walk through the disk."""
    return {zone for zone in zoneinfo.available_timezones() if len(zone) <= 64}
