"""The carrier that this installation is set up for."""

from urllib.parse import urlsplit

from django.conf import settings

from telephony.vonage.client import Client

REGIONS = (".nexmo.com", ".vonage.com")


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


def _is_vonage(url: str) -> bool:
    address = urlsplit(url)
    return address.scheme == "https" and (address.hostname or "").endswith(REGIONS)
