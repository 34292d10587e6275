"""How requests reach Django: webhooks and probes past the middleware, pages through it."""

import io
from typing import Any

import pytest
from django.test import override_settings

from anyroom_site.wsgi import application

# A request of its own closes connections, as in production, so no transaction may be around it.
pytestmark = pytest.mark.django_db(transaction=True)


def ask(path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of a GET through the WSGI application itself."""
    told: list[Any] = []
    request = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "10.1.2.3",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "10.1.2.3:8000",
        "REMOTE_ADDR": "10.1.2.9",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        **environ,
    }
    body = b"".join(application(request, lambda status, headers: told.extend((status, headers))))
    return told[0], dict(told[1]), body


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_need_to_know_no_host_name(path: str) -> None:
    assert ask(path)[0] == "200 OK"


def test_metrics_are_not_for_the_world() -> None:
    assert b"anyroom_participants_in 0.0" in ask("/metrics")[2]
    assert ask("/metrics", HTTP_X_FORWARDED_FOR="10.0.0.1")[0] == "403 Forbidden"
    assert ask("/metrics", REMOTE_ADDR="8.8.8.8")[0] == "403 Forbidden"


def test_pages_do() -> None:
    assert ask("/")[0] == "400 Bad Request"


def test_a_webhook_passes_no_middleware() -> None:
    with override_settings(ALLOWED_HOSTS=["nobody.example"]):
        status, headers, _body = ask("/telephony/answer")
    assert status == "401 Unauthorized"
    assert "Content-Security-Policy" not in headers


def test_pages_carry_a_strict_policy() -> None:
    _status, headers, _body = ask("/", HTTP_HOST="localhost", SERVER_NAME="localhost")
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
