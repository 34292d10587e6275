"""The secrets of an embedded run: made once, kept in ANYROOM_HOME, never in production.

The presence of `keys.json` in ANYROOM_HOME is what makes a run embedded, so that every process
and every `manage.py` command beside it agrees without a variable of its own.
"""

import json
import os
import secrets
import uuid
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

FILE = "keys.json"


def load(home: Path) -> dict[str, str] | None:
    """The kept secrets, or None where this is not an embedded run.

    A home that was made by an earlier version gets the secrets that it lacks.
    """
    try:
        kept = dict(json.loads((home / FILE).read_text()))
    except FileNotFoundError:
        return None
    if "STRIPE_WEBHOOK_SECRET" not in kept:
        kept["STRIPE_WEBHOOK_SECRET"] = _webhook_secret()
        write_secret(home / FILE, json.dumps(kept, indent=2))
    return kept


def make(home: Path) -> dict[str, str]:
    """Make the secrets where they are missing and return them; safe to call at every start."""
    kept = load(home)
    if kept:
        return kept
    home.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "VONAGE_APPLICATION_ID": str(uuid.uuid4()),
        "VONAGE_SIGNATURE_SECRET": secrets.token_urlsafe(32),
        "VONAGE_PRIVATE_KEY": private.decode(),
        "VONAGE_PUBLIC_KEY": public.decode(),
        "STRIPE_WEBHOOK_SECRET": _webhook_secret(),
    }
    write_secret(home / FILE, json.dumps(made, indent=2))
    return made


def _webhook_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def write_secret(path: Path, text: str) -> None:
    """Write `text` so that only this user can read it, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
