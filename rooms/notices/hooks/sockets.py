"""HTTP sessions that reach public addresses only and end in time.

`requests-hardened` looks a name up once, refuses addresses of private networks and connects to the
very address that it looked at. Added to it here: what it lets pass and nobody on the public
internet has, a time after which connections are cut, and that the body of a redirect is left alone.
"""

import ipaddress
import socket
import threading
from contextlib import suppress
from functools import partial
from typing import Any, Self

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from rooms.notices.hooks import addresses

CUT_EVERY = 0.2  # seconds; what was just being opened is cut the next time


class Deadline:
    """Cuts the connections that are made under it when the time is up.

    A timeout of a socket begins anew with every byte; this one does not.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self._sockets: list[socket.socket] = []
        self._left = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._wait, name="hooks-deadline", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._left.set()

    def check(self) -> None:
        """Raises TimeoutError."""
        if self.is_over:
            raise TimeoutError

    def cuts(self, opened: socket.socket) -> None:
        self._sockets.append(opened)

    def _wait(self) -> None:
        pause = self._seconds
        while not self._left.wait(pause):
            self.is_over, pause = True, CUT_EVERY
            for opened in list(self._sockets):
                with suppress(OSError):  # closed meanwhile
                    # The TLS layer has nothing to say goodbye to.
                    socket.socket.shutdown(opened, socket.SHUT_RDWR)


class _Cut:
    """A connection that is known to its deadline once it is open."""

    sock: socket.socket | None

    def __init__(self, *args: Any, deadline: Deadline, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        if self.sock is not None:
            self._deadline.cuts(self.sock)
        self._deadline.check()


class _CutHttp(_Cut, HTTPConnection):
    pass


class _CutHttps(_Cut, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    """Reaches any address."""

    def __init__(self, deadline: Deadline, *args: Any, **options: Any) -> None:
        self._deadline = deadline
        super().__init__(*args, **options)

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **options)
        self._deadline.check()  # looking a name up takes as long as the resolver likes
        cut = _CutHttps if pool.scheme == "https" else _CutHttp
        pool.ConnectionCls = partial(cut, deadline=self._deadline)  # type: ignore[assignment]
        return pool


class _PublicAdapter(_Adapter, IPFilterAdapter):  # type: ignore[misc]
    """Reaches public addresses. Raises InvalidIPAddress for others."""

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if not addresses.is_public(ipaddress.ip_address(host["host"].strip("[]"))):
            raise InvalidIPAddress
        return host, pool


class Session(HTTPSession):  # type: ignore[misc]
    """For one request."""

    def __init__(self, deadline: Deadline, *, public_only: bool, user_agent: str) -> None:
        super().__init__(
            Config(
                ip_filter_enable=False,  # the adapters that are mounted below do it
                ip_filter_allow_loopback_ips=False,
                never_redirect=True,
                default_timeout=None,
                user_agent_override=user_agent,
            )
        )
        self.trust_env = False
        for scheme in ("http", "https"):
            adapter = (
                _PublicAdapter(deadline, is_https_proto=scheme == "https")
                if public_only
                else _Adapter(deadline)
            )
            self.mount(f"{scheme}://", adapter)

    def get_redirect_target(self, _response: Response) -> None:
        """None: or else the whole body of a redirect would be read, however long it is."""
