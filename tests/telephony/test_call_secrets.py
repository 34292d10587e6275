"""What the story of a call does not tell: others' rooms, and codes that were nearly right."""

import datetime as dt
import html
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import changes
from rooms.accounts import people
from rooms.accounts.models import Account, User
from rooms.conferences import leaving
from rooms.conferences.models import Participant
from rooms.models import PhoneNumber, Room
from telephony import calls_found, entry
from telephony.models import Call
from tests.api_client import Api
from tests.telephony.vonage import Phone


@pytest.fixture
def secret(number: PhoneNumber, charlie: User) -> Room:
    """A room of another account, with a guest whom a PIN names."""
    return changes.make(charlie.accounts.get(), name="Merger talks", greeting="Project Falcon.")


def _page(client: Client, name: str, *args: Any, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def _moved_on(room: Room, other: Room) -> Phone:
    """Somebody who was in `room` leaves it by ** and keys the code of `other`."""
    phone = Phone().dial().key(room.access_code or "")
    stay = Participant.objects.get()
    phone.ncco = entry.again(stay.call, "en")
    leaving.leave(
        Room.objects.get(pk=room.pk), call=stay.call, at=timezone.now(), why=stay.LeftWhy.MOVED
    )
    phone.key(other.access_code or "")
    Participant.objects.filter(room=other).update(name="Dora Spy")
    return phone


def test_what_was_heard_in_a_room_of_another_account_is_not_told(
    room: Room, secret: Room, account: Account, alice_client: Client, charlie_client: Client
) -> None:
    phone = _moved_on(room, secret)
    assert Participant.objects.filter(room=secret, left_at=None).exists()
    for page in (
        _page(alice_client, "calls:call", phone.uuid),
        _page(alice_client, "calls:find", number="+15550123", at=f"{timezone.now():%FT%H:%M}"),
        Api(account, "read").get(f"calls/cl_{phone.uuid}/").content.decode(),
        Api(account, "read").get("calls/").content.decode(),
    ):
        assert phone.uuid in page
        for told in ("Falcon", "Merger", "Dora"):
            assert told not in page
        assert "On the line." not in page
    theirs = _page(charlie_client, "calls:call", phone.uuid)
    assert "Project Falcon." in theirs
    assert "Standup" not in theirs


def test_the_room_that_refused_somebody_is_told_to_its_own_account_alone(
    room: Room, secret: Room, alice_client: Client, charlie_client: Client
) -> None:
    """The call's last word is another account's: its list says no more than that it failed."""
    changes.change(secret, guest_pin="2580")
    phone = Phone().dial().key(room.access_code or "")
    Participant.objects.all().delete()
    Call.objects.update(ended_at=timezone.now())
    steps = Call.objects.get().steps
    steps["2"] = {**steps["1"], "room": secret.pk, "ncco": [{"action": "talk", "text": "Falcon"}]}
    Call.objects.update(steps=steps)
    assert "Falcon" not in _page(alice_client, "calls:of_room", room.pk)
    assert "Falcon" not in _page(alice_client, "calls:call", phone.uuid)


def test_a_wrong_code_is_told_in_part_where_it_is_nearly_ones_own(
    number: PhoneNumber, room: Room, account: Account, alice_client: Client
) -> None:
    people.make(account, name="Ana Ruiz", email="", phone="+15550123")
    code = room.access_code or ""
    near = code[:-1] + str((int(code[-1]) + 1) % 10)
    phone = Phone().dial()
    for _try in range(3):
        phone.key(near)
    page = _page(alice_client, "calls:call", phone.uuid)
    assert f"{near[:2]}{'•' * (len(near) - 4)}{near[-2:]}" in page
    assert "One digit differs" in page
    assert near not in page.replace(" ", "")


def test_a_wrong_code_that_may_be_nearly_anothers_is_not_told(
    secret: Room, account: Account, alice_client: Client
) -> None:
    """Whoever lists a stranger's number must not learn which codes that number keys."""
    people.make(account, name="Ana Ruiz", email="", phone="+15550123")
    code = secret.access_code or ""
    near = code[:-1] + str((int(code[-1]) + 1) % 10)
    phone = Phone().dial()
    for _try in range(3):
        phone.key(near)
    Call.objects.update(ended_at=timezone.now())
    at = f"{timezone.now() - dt.timedelta(minutes=1):%FT%H:%M}"
    for page in (
        _page(alice_client, "calls:call", phone.uuid),
        _page(alice_client, "calls:find", number="+15550123", at=at),
        Api(account, "read").get(f"calls/cl_{phone.uuid}/").content.decode(),
    ):
        assert phone.uuid in page
        assert "is not a room" in page
        shown = page.replace(phone.uuid, "").replace(" ", "")
        assert near not in shown
        assert f"{near[:2]}•" not in shown


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("room=%00", 404),
        ("room=rm_01jd2p3a5s7d9f1g3h5j7k9l1z", 404),
        ("number=%2B34%00&at=2026-03-02T10:10:00Z", 400),
        ("number=%2B34600123456&at=soon", 400),
        ("number=%2B34600123456&at=9999-12-31T23:59:59Z", 200),
        ("number=%2B34600123456&at=0001-01-01T00:00:00Z", 200),
        ("number=%2B34600123456", 400),
        ("number=", 400),
    ],
)
def test_what_cannot_be_asked_for_is_no_fault_of_ours(
    query: str, status: int, account: Account
) -> None:
    assert Api(account, "read").get(f"calls/?{query}").status_code == status


def test_a_time_before_all_time_finds_nothing(alice_client: Client) -> None:
    page = _page(alice_client, "calls:find", number="+34600123456", at="0001-01-01T00:01")
    assert "No such call" in page


def test_finding_calls_reads_no_more_than_they_are(room: Room, account: Account) -> None:
    """On PostgreSQL: by the number, and by the account's rooms, not call by call."""
    if connection.vendor != "postgresql":
        pytest.skip("its plans are PostgreSQL's")
    Call.objects.create(uuid="own", room=room, caller="+15550000001")
    with connection.cursor() as cursor:  # of a small table it would rather read all
        cursor.execute("SET LOCAL enable_seqscan = off")
    for found in (
        calls_found.at_time(account, "+15550000001", timezone.now()),
        calls_found.of_account(account)[0].order_by("-created_at", "-uuid")[:26],
    ):
        assert [call.pk for call in found] == ["own"]
        assert "Seq Scan on telephony_call" not in found.explain()
