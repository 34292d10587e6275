"""A service with one shared number, and the carrier's API."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from rooms.models import PhoneNumber
from telephony import controls, guessing, lines
from tests.telephony.fake_api import Vonage


@pytest.fixture(autouse=True)
def _fresh_lines() -> None:
    lines.forget()
    guessing.forget()


@pytest.fixture
def number(db: None) -> PhoneNumber:
    return PhoneNumber.objects.create(number="+15550100")


@pytest.fixture
def vonage_api(db: None, settings: Any) -> Iterator[Vonage]:
    one = Vonage()
    settings.VONAGE_API_URL = f"http://127.0.0.1:{one.server.server_port}"
    cache.delete(controls.LOCK)
    yield one
    one.server.shutdown()
    one.server.server_close()
