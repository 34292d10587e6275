"""A service with one shared number."""

import pytest

from rooms.models import PhoneNumber
from telephony import lines


@pytest.fixture(autouse=True)
def _fresh_lines() -> None:
    lines.forget()


@pytest.fixture
def number(db: None) -> PhoneNumber:
    return PhoneNumber.objects.create(number="+15550100")
