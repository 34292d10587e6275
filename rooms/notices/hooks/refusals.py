"""Why nothing was answered, in few words: kept in English, translated where they are shown."""

import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
from django.utils.translation import gettext_noop
from requests_hardened.ip_filter import InvalidIPAddress

# One text for both, or webhooks would tell which names our own network has.
NOT_PUBLIC = gettext_noop("The name was not found, or it does not lead to a public address.")
NO_CONNECTION = gettext_noop("Nobody could be connected to.")
EXPIRED = gettext_noop("The certificate has expired.")
ANOTHER_NAME = gettext_noop("The certificate is for another name.")
NOT_TRUSTED = gettext_noop("The certificate was not issued by a known authority.")
NO_TLS = gettext_noop("No secure connection came about.")
TOO_SLOW = gettext_noop("No answer came in time.")
CLOSED = gettext_noop("The connection was closed before an answer came.")
NOT_HTTP = gettext_noop("What came was not an answer in HTTP.")
REDIRECT = gettext_noop("Redirects are not followed. Give the address that it leads to.")
UNREADABLE = gettext_noop("The secret cannot be read any more. Rotate it.")
OURS = gettext_noop("A fault of ours. It is tried again.")

_BY_VERIFY_CODE = {10: EXPIRED, 62: ANOTHER_NAME, 64: ANOTHER_NAME}  # OpenSSL's X509_V_ERR_…
_BY_ERROR: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (InvalidIPAddress, socket.gaierror, UnicodeError, requests.exceptions.InvalidURL),
        NOT_PUBLIC,
    ),
    ((ssl.SSLError, requests.exceptions.SSLError), NO_TLS),
    ((requests.exceptions.ConnectTimeout,), NO_CONNECTION),
    ((TimeoutError, requests.exceptions.Timeout), TOO_SLOW),
    ((ConnectionRefusedError,), NO_CONNECTION),
    ((http.client.RemoteDisconnected, ConnectionError), CLOSED),
    ((http.client.HTTPException, requests.exceptions.InvalidHeader), NOT_HTTP),
    ((OSError,), NO_CONNECTION),
)


def why(error: BaseException) -> str:
    """`requests` and `urllib3` wrap what went wrong; what is innermost says most."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _BY_VERIFY_CODE.get(cause.verify_code, NOT_TRUSTED)
    for kinds, text in _BY_ERROR:
        if any(isinstance(cause, kinds) for cause in causes):
            return text
    return OURS


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
