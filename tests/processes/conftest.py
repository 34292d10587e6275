"""Tests here start real processes: what a newcomer's machine would run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One `make run` for all tests of this folder that need no more than that it runs."""
    made = Installation(tmp_path_factory.mktemp("run") / "home", CARRIER_SPEECH_RATE="200")
    try:
        made.run().wait_until_ready()
        yield made
    finally:
        made.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    """An installation that the test starts and stops as it likes."""
    made = Installation(tmp_path / "home")
    yield made
    made.stop()
