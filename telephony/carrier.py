"""The carrier that this installation is set up for."""

import re
from urllib.parse import urlsplit

from django.conf import settings

from telephony.vonage.client import Client

REGIONS = (".nexmo.com", ".vonage.com")
HOST = re.compile(r"[a-z0-9.-]+")


def client(region_url: str = "") -> Client:
    """A client for one use: the SDK's is not safe to share between threads.

    A call lives in a region, and is asked for there: `region_url` is what its webhooks told. It
    counts only where this installation speaks to Vonage itself, and only if it is Vonage's.
    """
    api_url = settings.VONAGE_API_URL
    if _is_vonage(api_url) and _is_vonage(region_url):
        api_url = region_url
    return Client(
        api_url=api_url,
        application_id=settings.VONAGE_APPLICATION_ID,
        private_key=settings.VONAGE_PRIVATE_KEY,
    )


def is_its_own(url: str) -> bool:
    """Whether the address is this carrier's: no other host is asked, or gets our token."""
    if _is_vonage(settings.VONAGE_API_URL):
        return _is_vonage(url)
    return url.startswith(f"{settings.VONAGE_API_URL}/")


def _is_vonage(url: str) -> bool:
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    # Of plain letters: what one parser takes for a part of the name ends it for another.
    host = HOST.fullmatch(address.hostname or "")
    return address.scheme == "https" and host is not None and host.group().endswith(REGIONS)
