"""The JWT by which a browser is a user of the application, for Vonage's client SDK.

https://developer.vonage.com/en/vonage-client-sdk/create-your-application
"""

import datetime as dt
import uuid

import jwt

LONGEST = dt.timedelta(hours=24)  # Vonage takes none that lasts longer
# What the client SDK does for its user; nothing of the application's own, such as placing calls.
_REACHES = ("rtc", "users", "conversations", "sessions", "devices", "push", "knocking", "legs")
ACL: dict[str, dict[str, dict[str, str]]] = {"paths": {f"/*/{what}/**": {} for what in _REACHES}}


def token(
    *,
    application_id: str,
    private_key: str,
    user: str,
    issued_at: dt.datetime,
    expires_at: dt.datetime,
) -> str:
    """RS256, for the user with this name. Raises ValueError where it would last too long."""
    if expires_at - issued_at > LONGEST:
        raise ValueError(f"a user's token lasts {LONGEST} at most")
    claims = {
        "application_id": application_id,
        "sub": user,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "jti": str(uuid.uuid4()),
        "acl": ACL,
    }
    return jwt.encode(claims, private_key, algorithm="RS256")
