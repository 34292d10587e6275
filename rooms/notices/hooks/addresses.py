"""Where webhooks may go: to the public internet, and nowhere else.

Whoever may name an address could otherwise make us ask our own network. Names are looked at when
something is sent (sending.py), for what they lead to changes; a number is refused at once.
"""

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Names that never lead out of a machine or its network (RFC 6761, RFC 6762, RFC 9476).
INSIDE = ("localhost", "local", "internal", "home.arpa")


def is_public(address: Address) -> bool:
    """Whether it is one of a single machine on the public internet.

    What is not handed out yet is none: among it are old ways to write an IPv4 address in IPv6.
    """
    if any(address in network for network in EXTRA_BLOCKED_NET_RANGES):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def check_url(url: str) -> str:
    """The address of an endpoint, without spaces around it. Raises ValidationError."""
    url = url.strip()
    schemes = ["https", "http"] if settings.WEBHOOKS_ALLOW_PRIVATE else ["https"]
    if not url.lower().startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ValidationError(_("Give an address that begins with https://."))
    URLValidator(schemes=schemes)(url)
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("Leave the name and the password out of the address."))
    if not _has_good_port(parts):
        raise ValidationError(_("There is no such port."))
    if parts.fragment or url.endswith("#"):
        raise ValidationError(_("Leave out “#” and what follows it: it is never sent."))
    if not settings.WEBHOOKS_ALLOW_PRIVATE and _is_inside(parts.hostname or ""):
        raise ValidationError(_("Webhooks go to addresses on the public internet only."))
    return url


def _has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _is_inside(host: str) -> bool:
    """What can be said without looking the name up."""
    host = host.rstrip(".").lower()
    if any(host == name or host.endswith(f".{name}") for name in INSIDE):
        return True
    literal = _literal(host)
    return literal is not None and not is_public(literal)


def _literal(host: str) -> Address | None:
    """The address that a host is the number of, also in the old ways of writing IPv4."""
    with suppress(OSError):
        return ipaddress.IPv4Address(socket.inet_aton(host))
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
