"""The PINs of those who are invited, and that of the host."""

import secrets
from collections.abc import Iterator

import pytest

from rooms.accounts.models import User
from rooms.meetings.models import Invitee
from rooms.models import Room
from tests.meetings.plans import plan


def test_nobody_is_given_the_hosts_pin(
    room: Room, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has it is a host, also where everybody has a PIN of their own."""
    drawn: Iterator[int] = iter([int(room.host_pin), 111_222])
    monkeypatch.setattr(secrets, "randbelow", lambda _most: next(drawn))
    plan(room, alice)
    assert Invitee.objects.get().pin == "111222"
