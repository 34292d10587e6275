"""The countries whose phone numbers are known, by their names in the page's language."""

from functools import cache

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages
from django.conf import settings
from django.utils import translation
from phonenumbers import SUPPORTED_REGIONS, country_code_for_region

from rooms.accounts.models.person import folded


def choices() -> list[tuple[str, str]]:
    """`("ES", "Spain +34")` and so on, sorted by name."""
    return list(_choices(translation.get_language() or "en"))


@cache
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language, sep="-").territories
    codes = sorted(SUPPORTED_REGIONS, key=lambda code: folded(names.get(code, code)))
    return tuple(
        (code, f"{names.get(code, code)} +{country_code_for_region(code)}") for code in codes
    )


def name(code: str) -> str:
    """The country's name in the page's language, or "" where the code is none."""
    names = Locale.parse(translation.get_language() or "en", sep="-").territories
    return str(names.get(code, "")) if code else ""


def spoken_in(code: str) -> str:
    """The country's first official language that the phone speaks, else English.

    Where the law names none, the one in use.
    """
    official = get_official_languages(code) or get_official_languages(code, de_facto=True)
    spoken = dict(settings.VOICE_LANGUAGES)
    return next((language for language in official if language in spoken), "en")


def of_zone(time_zone: str) -> str:
    """The country of an IANA time zone, as "ES" of Europe/Madrid; "" where it has none."""
    territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
    code = territories.get(time_zone) or territories.get(aliases.get(time_zone, ""), "")
    return code if code in SUPPORTED_REGIONS else ""
