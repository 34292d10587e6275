"""The countries whose phone numbers are known, by their names in the page's language."""

from functools import cache

from babel import Locale
from babel.core import get_global
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


def of_zone(time_zone: str) -> str:
    """The country of an IANA time zone, as "ES" of Europe/Madrid; "" where it has none."""
    territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
    code = territories.get(time_zone) or territories.get(aliases.get(time_zone, ""), "")
    return code if code in SUPPORTED_REGIONS else ""
