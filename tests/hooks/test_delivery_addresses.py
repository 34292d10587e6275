"""Where webhooks may not go: nothing inside our network is reached, and nothing is told of it."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rooms.accounts.models import Account
from rooms.notices.hooks import addresses, endpoints, refusals, sending
from rooms.notices.hooks.models import DeliveryAttempt, WebhookDelivery, WebhookEndpoint
from rooms.notices.hooks.sending import Request
from tests.hooks import telling
from tests.hooks.certificates import self_signed
from tests.hooks.internet import PUBLIC, Internet
from tests.hooks.receiver import Receiver, status
from tests.processes.installation import free_port

NAME = "hooks.example.com"
INSIDE = [
    *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.1.2.3"),
    "0.0.0.0",  # noqa: S104
    *("169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.8", "198.18.0.1", "192.0.2.1"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1"),
    *("3fff::1", "5f00::1", "4000::1"),
]


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Internet:
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    return Internet(monkeypatch)


def listen(account: Account, url: str) -> WebhookEndpoint:
    """As if it had been made when the address still was a public one."""
    endpoint, _secret = telling.listen(account, f"https://{NAME}/hook")
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=url)
    return endpoint


def told(account: Account) -> DeliveryAttempt:
    telling.happen(account)
    telling.deliver()
    assert telling.the_delivery().status == WebhookDelivery.Status.PENDING
    return DeliveryAttempt.objects.get()


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_not_connected_to(internet: Internet, address: str) -> None:
    internet.names[NAME] = [address]
    answer = sending.post(Request(f"http://{NAME}:8000/", {}, "{}"))
    assert (answer.error, answer.status) == (refusals.NOT_PUBLIC, None)
    assert internet.reached == []


def test_a_name_that_leads_inside_reads_like_one_that_leads_nowhere(
    internet: Internet, account: Account
) -> None:
    seen = []
    with Receiver() as inner:
        for found in ("127.0.0.1", "10.1.2.3", ""):
            internet.names[NAME] = [found]
            listen(account, f"http://{NAME}:{inner.port}/")
            attempt = told(account)
            what = ("error", "status_code", "milliseconds", "response_headers", "response_body")
            seen.append([getattr(attempt, name) for name in what])
            WebhookEndpoint.objects.all().delete()
        assert not inner.got
    assert seen == [[refusals.NOT_PUBLIC, None, 0, {}, ""]] * 3


@pytest.mark.parametrize("address", INSIDE)
def test_its_number_is_refused_at_once(internet: Internet, address: str) -> None:
    assert not addresses.is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(ValidationError):
        endpoints.check_url(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        *("https://localhost/", "https://LOCALHOST./", "https://a.localhost/", "https://x.local/"),
        *("https://db.internal/", "https://127.1/", "https://2130706433/", "https://0x7f.1/"),
        *("http://hooks.example.com/", "ftp://hooks.example.com/", "hooks.example.com", ""),
        *("https://", "https:///path", "https://ab c/", "https://user@hooks.example.com/"),
        *("https://user:pw@hooks.example.com/", "https://@hooks.example.com/"),
        *("https://hooks.example.com/#top", "https://hooks.example.com/#"),
        *(
            "https://hooks.example.com:99999/",
            "https://hooks.example.com:0/",
            "https://hooks.example.com/\nHost: x",
        ),
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_for_webhooks_is_refused(internet: Internet, url: str) -> None:
    with pytest.raises(ValidationError):
        endpoints.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://hooks.example.com/in?a=1&b=2",
            "https://hooks.example.com:8443",
            "https://8.8.8.8/",
        ),
        *("HTTPS://Hooks.Example.com/", "https://[2606:2800:220:1::1]/", "https://пример.рф/"),
    ],
)
def test_public_addresses_are_taken_as_they_are(internet: Internet, url: str) -> None:
    assert endpoints.check_url(f" {url} ") == url
    assert not internet.looked_up, "names are looked at when something is sent"


def test_a_public_name_is_asked_under_its_own_name(internet: Internet, account: Account) -> None:
    internet.names[NAME] = [PUBLIC]
    with Receiver() as receiver:
        internet.machines[PUBLIC] = receiver.port
        listen(account, f"http://{NAME}:8080/hook")
        telling.happen(account)
        telling.deliver()
        assert receiver.got[0].headers["host"] == f"{NAME}:8080"
    assert internet.reached == [(PUBLIC, 8080)]
    assert telling.the_delivery().status == WebhookDelivery.Status.DELIVERED


def test_a_name_that_leads_elsewhere_a_moment_later_leads_to_nothing_new(
    internet: Internet, account: Account
) -> None:
    """Public when it is looked at, and this machine when it is looked up once more."""
    with Receiver() as outer, Receiver() as inner:
        internet.names[NAME] = [PUBLIC, "127.0.0.1"]
        internet.machines[PUBLIC] = outer.port
        listen(account, f"http://{NAME}:{inner.port}/hook")
        telling.happen(account, 2)
        telling.deliver()
        assert len(outer.got) == 1
        assert not inner.got
    assert internet.looked_up == [NAME, NAME], "once for each request"
    assert internet.reached == [(PUBLIC, inner.port)]


def test_one_of_several_addresses_inside_is_never_fallen_back_to(
    internet: Internet, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first that is found is taken or refused; where it does not answer, no other is tried."""
    with Receiver() as inner:
        found = internet._getaddrinfo

        def both(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            if host != NAME:
                return found(host, port, *args, **options)
            return [entry for one in (PUBLIC, "127.0.0.1") for entry in found(one, port)]

        monkeypatch.setattr(socket, "getaddrinfo", both)
        internet.machines[PUBLIC] = free_port()
        listen(account, f"http://{NAME}:{inner.port}/")
        assert told(account).error == refusals.NO_CONNECTION
        assert not inner.got


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_inside_is_not_followed(internet: Internet, account: Account, code: int) -> None:
    internet.names[NAME] = [PUBLIC]
    with Receiver() as outer, Receiver() as inner:
        outer.then = status(code, Location=inner.url)
        internet.machines[PUBLIC] = outer.port
        listen(account, f"http://{NAME}/")
        attempt = told(account)
        assert len(outer.got) == 1
        assert not inner.got
    assert (attempt.status_code, attempt.error) == (code, refusals.REDIRECT)


def test_open_and_closed_ports_inside_look_the_same(internet: Internet, account: Account) -> None:
    internet.names[NAME] = ["127.0.0.1"]
    seen = set()
    with Receiver() as inner:
        for port in (inner.port, free_port()):
            listen(account, f"http://{NAME}:{port}/")
            attempt = told(account)
            seen.add((attempt.error, attempt.status_code, attempt.milliseconds))
            WebhookEndpoint.objects.all().delete()
        assert not inner.got
    assert len(seen) == 1


@pytest.fixture
def impostor(tmp_path: Any) -> Iterator[int]:
    """The port of a TLS server whose certificate it has signed itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path, NAME))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _address = listener.accept()
            with connection, context.wrap_socket(connection, server_side=True):
                pass
        except OSError:
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()
    thread.join()


def test_a_certificate_that_nobody_vouches_for_is_refused(
    internet: Internet, account: Account, impostor: int
) -> None:
    internet.names[NAME] = [PUBLIC]
    internet.machines[PUBLIC] = impostor
    listen(account, f"https://{NAME}/")
    assert told(account).error == refusals.NOT_TRUSTED


def test_https_without_tls_is_told(internet: Internet, account: Account) -> None:
    internet.names[NAME] = [PUBLIC]
    with Receiver() as receiver:
        internet.machines[PUBLIC] = receiver.port
        listen(account, f"https://{NAME}/")
        assert told(account).error == refusals.NO_TLS
        assert not receiver.got


def test_a_name_that_cannot_be_one_is_told(internet: Internet, account: Account) -> None:
    listen(account, f"https://{'x' * 70}.example.com/")
    assert told(account).error == refusals.NOT_PUBLIC
