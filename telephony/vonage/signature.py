"""Checks that a webhook was signed by Vonage for this application and is fresh.

Vonage signs webhooks with a JWT (HS256) in `Authorization: Bearer`; its claims hold `iat`, `jti`,
`application_id` and `payload_hash`, the SHA-256 of what was sent
(https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks).
A `jti` seen before is not refused: a second attempt may carry the same token.
"""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable

import jwt

LEEWAY = 30  # seconds that the two clocks may differ
LONGEST_AGE = 300  # seconds

_decoder = jwt.PyJWT()


class BadSignature(Exception):
    """The webhook is not from Vonage, is not for us, or is too old; the text says which."""


def query_payload(parameters: Iterable[tuple[str, str]]) -> bytes:
    """What is hashed for a GET: the query as a compact JSON object, in the order it came."""
    return json.dumps(dict(parameters), separators=(",", ":"), ensure_ascii=False).encode()


def verify(
    authorization: str, payload: bytes, *, secret: str, application_id: str, now: dt.datetime
) -> None:
    """Raises BadSignature unless `authorization` signs `payload` for this application."""
    scheme, _space, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise BadSignature("the Authorization header holds no bearer token")
    try:
        claims = _decoder.decode(
            token,
            secret,
            algorithms=["HS256"],
            leeway=LEEWAY,
            options={"require": ["iat"], "verify_iat": False, "verify_aud": False},
        )
    except jwt.PyJWTError as error:
        raise BadSignature(f"the token is not valid: {error}") from error
    _check_age(claims["iat"], now)
    if claims.get("application_id") != application_id:
        raise BadSignature("the token is for another application")
    wanted = hashlib.sha256(payload).hexdigest()
    if not hmac.compare_digest(str(claims.get("payload_hash", "")).lower(), wanted):
        raise BadSignature("the token is for another body")


def _check_age(issued_at: object, now: dt.datetime) -> None:
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise BadSignature("the token's iat is not a number")
    age = now.timestamp() - issued_at
    if age > LONGEST_AGE:
        raise BadSignature("the token is too old")
    if age < -LEEWAY:
        raise BadSignature("the token is from the future")
