"""A meeting with one invitee, on a service with numbers of three countries."""

import pytest
from django.test import Client

from rooms.accounts.models import User
from rooms.meetings.models import Invitee, Meeting
from rooms.models import PhoneNumber, Room
from tests.meetings.plans import invite, plan


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    PhoneNumber.objects.create(number="+15550100")
    PhoneNumber.objects.create(number="+34915550100")
    PhoneNumber.objects.create(number="+74955550100", language="ru")
    return plan(room, alice, agenda="Read <b>all</b> of it: https://example.org/plan", minutes=45)


@pytest.fixture
def ana(meeting: Meeting) -> Invitee:
    return invite(meeting, "Ana", phone="+34600123456", time_zone="Europe/Madrid")


@pytest.fixture
def stranger() -> Client:
    return Client()
