"""Callers of one room for tests of its door: who calls, and who is counted there."""

from django.utils import timezone

from rooms.conferences.models import Participant
from rooms.models import Room
from telephony.models import Call
from tests.telephony import vonage
from tests.telephony.vonage import Phone

HOST_PIN = "246810"
HOST_QUESTION = "If you are the host, key your PIN, then hash. Otherwise press hash, or wait."


def phone(last: int = 1) -> Phone:
    return Phone(f"155501{last:02}")


def call(room: Room, last: int = 1, *keyed: str) -> Phone:
    """A call that keys the room's code, and more."""
    found = phone(last).dial().key(room.access_code or "")
    for digits in keyed:
        found.key(digits, timed_out=not digits)
    return found


def host(room: Room, last: int = 50) -> Phone:
    return phone(last).dial().key(f"{room.access_code}*{HOST_PIN}")


def hang_up(one: Phone) -> None:
    now = timezone.now()
    assert vonage.post("/telephony/event", one.completed(now, now)).status_code == 204


def counts(room: Room) -> tuple[int, int, int]:
    """In, waiting and hosts, as the room's row says it and its stays do."""
    fresh = Room.objects.get(pk=room.pk)
    told = (fresh.people_in, fresh.people_waiting, fresh.hosts_in)
    there = Participant.objects.filter(room=room, left_at=None)
    assert told == (
        there.filter(waiting=False).count(),
        there.filter(waiting=True).count(),
        there.filter(role="host").count(),
    )
    return told


def stay(one: Phone) -> Participant:
    return Participant.objects.get(call=one.uuid, left_at=None)


def refused(one: Phone, begins: str, room: Room | None) -> None:
    """One sentence and the end; the organizer finds the call at the room."""
    assert one.heard.startswith(begins)
    assert [action["action"] for action in one.ncco] == ["talk"]
    row = Call.objects.get(pk=one.uuid)
    assert row.room == room
    assert not Participant.objects.filter(call=one.uuid).exists()
