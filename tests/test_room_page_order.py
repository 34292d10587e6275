"""Where things stand on a room's page while people are on the line, and without them."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from rooms import changes
from rooms.models import PhoneNumber, Room
from tests.on_the_line import ANA, enter


@pytest.fixture
def number(db: None) -> PhoneNumber:
    return PhoneNumber.objects.create(number="+15550100")


def _panel(client: Client, room: Room) -> str:
    return client.get(reverse("conferences:live", args=[room.pk])).content.decode()


def test_who_is_on_the_line_comes_before_the_number_and_code(
    room: Room, number: PhoneNumber, alice_client: Client
) -> None:
    def comes_first() -> bool:
        page = alice_client.get(reverse("rooms:room", args=[room.pk])).content.decode()
        return page.index('id="the-line"') < page.index("card dial-in")

    assert not comes_first()
    enter(room, ANA)
    assert comes_first()


def test_those_who_wait_are_counted_wherever_people_are(room: Room, alice_client: Client) -> None:
    changes.change(room, waits_for_host=True)
    enter(room, ANA)
    rooms = html.unescape(alice_client.get(reverse("rooms:list")).content.decode())
    assert "1 waits" in rooms
    assert "nobody" not in rooms
    assert '<span class="badge live">1</span>' in _panel(alice_client, room)


def test_the_tools_are_a_step_away_from_a_long_list(room: Room, alice_client: Client) -> None:
    for n in range(8):
        enter(room, f"+3460000000{n}")
    assert 'href="#tools"' not in _panel(alice_client, room)
    enter(room, ANA)
    assert 'href="#tools"' in _panel(alice_client, room)
