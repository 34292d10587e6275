"""What a time zone is called in speech: by its city, in the language of whoever hears it."""

from functools import cache

from babel import Locale
from babel.core import get_global

from rooms.accounts.time_zones import AREAS


@cache
def of_zone(time_zone: str, language: str) -> str:
    """`Madrid` of Europe/Madrid, `Мадрид` in Russian; "" for a zone of no place, such as UTC."""
    known = Locale.parse(language, sep="-").time_zones
    for name in _same(time_zone):
        if city := known.get(name, {}).get("city"):
            return str(city)
    for name in _same(time_zone):
        area, _slash, place = name.partition("/")
        if area in AREAS:
            return place.rpartition("/")[2].replace("_", " ")
    return ""


def _same(time_zone: str) -> list[str]:
    """All names of a zone, its own first: translators know Calcutta, not Kolkata."""
    aliases = get_global("zone_aliases")
    newest = aliases.get(time_zone, time_zone)
    older = [name for name, target in aliases.items() if target == newest]
    return [time_zone, newest, *older]
