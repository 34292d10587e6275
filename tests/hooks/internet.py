"""An internet for tests: names lead where a test says, and public addresses to this machine.

What stands at the edge of the process, `getaddrinfo` and `connect`, is exchanged, so that all of
ours and of the libraries runs as it does outside.
"""

import socket
from typing import Any

import pytest

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946"


class Internet:
    """`names` has what each lookup of a name finds, one after the other; the last stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[str]] = {}
        self.looked_up: list[str] = []
        self.reached: list[tuple[str, int]] = []
        self.machines: dict[str, int] = {}  # public addresses, and our port that plays them
        self._connect, self._find = socket.socket.connect, socket.getaddrinfo
        internet = self

        def connect(self: socket.socket, address: Any) -> None:
            if self.family != socket.AF_UNIX:
                internet.reached.append((address[0], address[1]))
                if address[0] in internet.machines:
                    address = ("127.0.0.1", internet.machines[address[0]])
            internet._connect(self, address)

        monkeypatch.setattr(socket.socket, "connect", connect)
        monkeypatch.setattr(socket, "getaddrinfo", self._getaddrinfo)

    def _getaddrinfo(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host in self.names:
            self.looked_up.append(host)
            found = self.names[host]
            host = found.pop(0) if len(found) > 1 else found[0]
            if not host:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._find(host, port, *args, **options)
