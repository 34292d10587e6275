"""People and places that tests start from: Alice owns, Bob is a member, Charlie is an outsider."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, settings

from rooms import changes, counters
from rooms.accounts.models import Account, Membership, Role, User
from rooms.models import Room

# The same examples at every `make test`, so that it fails for what was changed; many new ones at
# every `make soak` (tests/suite.py names the profile).
_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=40, derandomize=True, **_common)
settings.register_profile("soak", max_examples=1000, **_common)
settings.load_profile(os.environ.get("ANYROOM_EXAMPLES", "quick"))


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            pytest.fail(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _fresh_counters(settings: Any) -> None:
    """Counters in the database go with a test's transaction; those in Redis stay."""
    counters.forget()
    if settings.REDIS_URL:
        cache.clear()


@pytest.fixture(autouse=True)
def _plain_static(settings: Any) -> None:
    """Tests do not collect static files, so they use their plain names; logins cost nothing.

    Mail that a worker would hand over is kept where Django's tests keep all mail.
    """
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def _user(email: str, name: str) -> User:
    user = User.objects.create_user(email, "correct horse battery", name=name)
    user.emailaddress_set.create(email=email, verified=True, primary=True)  # type: ignore[attr-defined]
    return user


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create(name="Acme")


@pytest.fixture
def alice(account: Account) -> User:
    user = _user("alice@example.com", "Alice")
    Membership.objects.create(account=account, user=user, role=Role.OWNER)
    return user


@pytest.fixture
def bob(account: Account) -> User:
    user = _user("bob@example.com", "Bob")
    Membership.objects.create(account=account, user=user, role=Role.ORGANIZER)
    return user


@pytest.fixture
def charlie(db: None) -> User:
    user = _user("charlie@example.com", "Charlie")
    other = Account.objects.create(name="Other")
    Membership.objects.create(account=other, user=user, role=Role.OWNER)
    return user


@pytest.fixture
def alice_client(alice: User) -> Client:
    return _client(alice)


@pytest.fixture
def bob_client(bob: User) -> Client:
    return _client(bob)


@pytest.fixture
def charlie_client(charlie: User) -> Client:
    return _client(charlie)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    """Where recordings and sounds are kept in this test."""
    folder = tmp_path / "media"
    store = settings.STORAGES["recordings"]
    kept = {**store, "OPTIONS": {**store["OPTIONS"], "location": str(folder)}}
    settings.STORAGES = {**settings.STORAGES, "recordings": kept}
    return folder


@pytest.fixture
def room(account: Account) -> Room:
    return changes.make(account, name="Standup")
