"""A right that one worker holds at a time."""

import time
from typing import Any

import pytest
from django.core.cache import cache

from telephony import lease
from telephony.lease import Lease

NAME = "tests.lease"


@pytest.fixture(autouse=True)
def _released(db: None) -> Any:
    yield
    cache.delete(NAME)


def test_one_at_a_time() -> None:
    first = Lease.take(NAME, 25)
    assert first
    assert Lease.take(NAME, 25) is None
    first.release()
    assert Lease.take(NAME, 25)


def test_a_worker_that_was_killed_holds_it_no_longer_than_said() -> None:
    assert Lease.take(NAME, 1)
    time.sleep(2.1)  # the shared cache has its own clock
    assert Lease.take(NAME, 1)


def test_it_is_kept_while_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWED_AFTER", 0)
    held = Lease.take(NAME, 2)
    assert held
    for _turn in range(3):
        time.sleep(1)
        held.renew()
        assert Lease.take(NAME, 2) is None


def test_who_has_lost_it_does_not_release_another_workers() -> None:
    lost = Lease.take(NAME, 1)
    assert lost
    time.sleep(2.1)
    assert Lease.take(NAME, 25)
    lost.release()
    assert Lease.take(NAME, 25) is None
