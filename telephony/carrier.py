"""The carrier that this installation is set up for."""

from django.conf import settings

from telephony.vonage.client import Client


def client() -> Client:
    """A client for one use: the SDK's is not safe to share between threads."""
    return Client(
        api_url=settings.VONAGE_API_URL,
        application_id=settings.VONAGE_APPLICATION_ID,
        private_key=settings.VONAGE_PRIVATE_KEY,
    )
