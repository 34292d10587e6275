"""What the database keeps, and nobody should read who has a copy of it alone."""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def cipher(*about: str) -> Fernet:
    """The same one for the same words, as long as SECRET_KEY stays the same."""
    secret = hashlib.sha256(" ".join((settings.SECRET_KEY, *about)).encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))
