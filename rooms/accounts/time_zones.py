"""The time zones that people choose from, grouped by the part of the world."""

import zoneinfo
from functools import cache

from django import forms

# Other names in the IANA database are old aliases.
AREAS = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    }
)


@cache
def names() -> tuple[str, ...]:
    known = zoneinfo.available_timezones()
    return ("UTC", *sorted(name for name in known if name.partition("/")[0] in AREAS))


class LongSelect(forms.Select):
    """A select of many choices: one template for all, where Django takes one for each."""

    template_name = "accounts/long_select.html"


class TimeZoneSelect(LongSelect):
    """A select of all zones; a kept one that is not among them stays choosable."""

    def optgroups(
        self, name: str, value: list[str], attrs: dict[str, object] | None = None
    ) -> list[tuple[str | None, list[dict[str, object]], int | None]]:
        kept = [zone for zone in value if zone and zone not in names()]
        groups: dict[str, list[tuple[str, str]]] = {}
        for zone in names():
            area, _slash, place = zone.partition("/")
            groups.setdefault(area, []).append((zone, (place or zone).replace("_", " ")))
        utc = groups.pop("UTC")
        self.choices = [*utc, *((zone, zone) for zone in kept), *groups.items()]
        return super().optgroups(name, value, attrs)
