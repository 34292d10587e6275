"""What templates say about codes and phone numbers."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext

from rooms import phones

register = template.Library()

register.filter("grouped_code", phones.in_groups)
register.filter("grouped_number", phones.grouped)
register.filter("masked_number", phones.masked)
register.filter("masked_number", phones.masked)


@register.filter
def caller(number: str) -> str:
    """The masked number of somebody who called, or that it was withheld."""
    return phones.masked(number) or gettext("number withheld")


# The first that a user agent names: Edge and Opera also call themselves Chrome, and all Safari.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "YaBrowser/": "Yandex",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox, Windows`; what is not known is shown as it came, shortened."""
    tables = (_BROWSERS, _SYSTEMS)
    found = [next((table[key] for key in table if key in user_agent), "") for table in tables]
    return ", ".join(filter(None, found)) or Truncator(user_agent).chars(40)


@register.filter
def lasted(since: dt.datetime, until: dt.datetime | None) -> str:
    """`4:05` or `1:04:05` until `until` or now, as static/site.js ticks it."""
    length = (until or timezone.now()) - since
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
