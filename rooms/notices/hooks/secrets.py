"""What endpoints know our requests by: secrets as Standard Webhooks writes them, kept encrypted.

https://www.standardwebhooks.com; a copy of the database without SECRET_KEY opens none of them.
"""

import base64
import datetime as dt
import secrets
from contextlib import suppress

from cryptography.fernet import InvalidToken
from standardwebhooks import Webhook

from rooms import sealing
from rooms.notices.hooks.models import WebhookEndpoint

PREFIX = "whsec_"
BYTES = 32
ABOUT = "webhook secrets"


class Unreadable(Exception):
    """It was sealed with another SECRET_KEY."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def sealed(secret: str) -> str:
    return sealing.cipher(ABOUT).encrypt(secret.encode()).decode()


def opened(sealed: str) -> str:
    """Raises Unreadable."""
    try:
        return sealing.cipher(ABOUT).decrypt(sealed).decode()
    except InvalidToken as error:
        raise Unreadable from error


def signatures(endpoint: WebhookEndpoint, event_id: str, body: str, at: dt.datetime) -> str:
    """The signature of each secret that counts, the newest first. Raises Unreadable."""
    valid = [opened(endpoint.secret)]
    if endpoint.signs_with_previous(at):
        with suppress(Unreadable):
            valid.append(opened(endpoint.previous_secret))
    return " ".join(Webhook(secret).sign(event_id, at, body) for secret in valid)
