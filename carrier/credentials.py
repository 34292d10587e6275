"""Checks the application JWT that comes with each request to the Vonage side."""

import jwt

from carrier.settings import Settings

LEEWAY = 30  # seconds by which clocks may differ
LONGEST = 24 * 3600  # seconds; Vonage, "JWT": exp is at most a day after iat


class NotAuthorizedError(Exception):
    """The request carries no valid application JWT; the text says what is wrong with it."""


def check(authorization: str | None, settings: Settings) -> None:
    """Check an Authorization header: RS256 by our public key, and the claims that Vonage requires.

    Raises:
        NotAuthorizedError: the header is missing, or its JWT is not one of this application's.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthorizedError("There is no Authorization header with a Bearer JWT.")
    try:
        claims = jwt.decode(
            token.strip(),
            settings.public_key,
            algorithms=["RS256"],
            leeway=LEEWAY,
            options={
                "require": ["application_id", "iat", "exp", "jti"],
                "verify_aud": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise NotAuthorizedError(f"The JWT is not valid: {error}.") from None
    if claims["application_id"] != settings.application_id:
        raise NotAuthorizedError("The JWT is for another application.")
    if not isinstance(claims["jti"], str) or not claims["jti"]:
        raise NotAuthorizedError("The JWT's jti is not a text.")
    if not all(isinstance(claims[name], int | float) for name in ("iat", "exp")):
        raise NotAuthorizedError("The JWT's iat and exp must be numbers.")
    if claims["exp"] - claims["iat"] > LONGEST:
        raise NotAuthorizedError("The JWT is valid for more than 24 hours.")
