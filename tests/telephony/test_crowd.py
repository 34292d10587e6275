"""Hundreds come into one room at the same time: all are in, and the counts are right throughout."""

import threading
from typing import Any

import pytest
from django.db import connection

from rooms import changes
from rooms.conferences.models import Conference, Participant
from rooms.models import PhoneNumber, Room
from telephony.models import Call
from tests.at_once import at_once
from tests.telephony import doorstep
from tests.telephony.doorstep import counts, hang_up
from tests.telephony.vonage import Phone

AT_ONCE = 10

# In one statement, so that nothing can change between the two.
COUNTED = """
SELECT people_in, people_waiting, hosts_in,
    count(stay.id) FILTER (WHERE NOT stay.waiting), count(stay.id) FILTER (WHERE stay.waiting),
    count(stay.id) FILTER (WHERE stay.role = 'host')
FROM rooms_room LEFT JOIN conferences_participant AS stay
    ON stay.room_id = rooms_room.id AND stay.left_at IS NULL
WHERE rooms_room.id = %s GROUP BY rooms_room.id
"""


@pytest.fixture(autouse=True)
def _service(transactional_db: None, number: PhoneNumber, room: Room) -> None:
    changes.change(room, host_pin=doorstep.HOST_PIN)


class Watch(threading.Thread):
    """Holds the room's counts against its stays, again and again, until it is left."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room, self.over = room.pk, threading.Event()
        self.seen: list[Any] = []

    def run(self) -> None:
        while not self.over.wait(0.02):
            with connection.cursor() as cursor:
                cursor.execute(COUNTED, [self.room])
                self.seen.append(cursor.fetchone())
        connection.close()

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()
        assert len(self.seen) > 5
        assert all(row[:3] == row[3:] for row in self.seen), self.seen


def enter(room: Room, first: int, number: int, digits: str) -> list[Phone]:
    """So many callers, one after another, each with a number of its own."""
    phones = []
    for n in range(first, first + number):
        phone = Phone(f"155502{n:05}").dial()
        for keyed in digits.split():
            phone.key("" if keyed == "-" else keyed)
        assert phone.conversation_name == room.pk, phone.heard
        phones.append(phone)
    return phones


def crowd(room: Room, each: int, digits: str) -> list[Phone]:
    groups: Any = at_once(
        *[lambda first=each * n: enter(room, first, each, digits) for n in range(AT_ONCE)]
    )
    assert len(groups) == AT_ONCE
    return [phone for group in groups for phone in group]


def hang_all_up(phones: list[Phone]) -> None:
    for phone in phones:
        hang_up(phone)


def test_five_hundred_enter_a_room(room: Room) -> None:
    with Watch(room):
        phones = crowd(room, 50, room.access_code or "")
    assert len(phones) == 500
    assert counts(room) == (500, 0, 0)
    assert Conference.objects.count() == 1
    others = sorted(phone.heard for phone in phones)
    assert len(set(others)) == 500, "each heard another number of people"
    assert Call.objects.filter(room=room).count() == 500


def test_guests_and_hosts_come_and_go_at_once(room: Room) -> None:
    changes.change(room, waits_for_host=True)
    code = room.access_code
    with Watch(room):
        waiting = enter(room, 900, 5, f"{code} -")
        hosts, guests = at_once(
            lambda: enter(room, 0, 8, f"{code}*{doorstep.HOST_PIN}"),
            lambda: enter(room, 100, 40, f"{code} -"),
        )
        assert not Participant.objects.filter(waiting=True).exists()
        assert counts(room) == (53, 0, 8)
        every: Any = [*waiting, *hosts, *guests]  # type: ignore[misc]
        at_once(*[lambda n=n: hang_all_up(every[n::4]) for n in range(4)])
    assert counts(room) == (0, 0, 0)
    assert Conference.objects.get().ended_at
