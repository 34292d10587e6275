"""What pages say about outgoing webhooks."""

import json
from urllib.parse import urlsplit

from django import template
from django.utils import formats
from django.utils.translation import gettext, pgettext

from rooms.notices.hooks.endpoints import PING
from rooms.notices.hooks.events import TYPES

register = template.Library()


@register.filter
def event_label(name: str) -> str:
    """What an event of this name tells, in words; its name where it is told no longer."""
    if name == PING:
        return gettext("A try, asked for by hand")
    return str(TYPES[name].label) if name in TYPES else name


@register.filter
def pretty_json(body: str) -> str:
    """JSON with one thing in a line; what is none stays as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


@register.filter
def how_long(milliseconds: int) -> str:
    """As "35 ms" or "1.23 s"."""
    if milliseconds < 1000:
        return pgettext("milliseconds", "%(n)s ms") % {"n": milliseconds}
    return pgettext("seconds", "%(n)s s") % {"n": formats.number_format(milliseconds / 1000, 2)}


@register.filter
def translated(english: str) -> str:
    """A text that is kept in English, in the reader's language where it has a translation."""
    return gettext(english) if english else ""


@register.filter
def host(url: str) -> str:
    """The host of an address, which unlike its rest is never a secret."""
    return urlsplit(url).netloc
