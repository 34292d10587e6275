"""What becomes of a room's meetings when something is done to the room."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts import closing
from rooms.accounts.models import Account, User
from rooms.meetings import planning, room_meetings
from rooms.meetings.models import Mailing, Meeting
from rooms.models import Room
from tests.meetings.pages import (
    invite,
    page,
    plan,
    post,
    url,
)
from tests.room_form import filled


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    day = timezone.now().date() + dt.timedelta(days=7)
    return plan(room, alice, first_day=day, rrule="FREQ=DAILY;COUNT=3")


def test_a_new_code_invites_everybody_again_in_one_act(
    meeting: Meeting, room: Room, alice: User, alice_client: Client
) -> None:
    invite(meeting, "ana@example.com")
    over = plan(room, alice, title="Over", first_day=timezone.now().date() + dt.timedelta(days=1))
    planning.cancel(over, by=alice, tell=False)
    address = reverse("rooms:rotate_code", args=[room.pk])
    assert "again to the 1 coming meeting" in page(alice_client, address)
    assert "The people of 1 meeting are invited again" in post(alice_client, address, invite="on")
    mailing = Mailing.objects.get()
    assert (mailing.meeting, mailing.audience, mailing.kind) == (meeting, "all", "update")
    meeting.refresh_from_db()
    assert meeting.sequence == 1
    assert Room.objects.get().access_code != room.access_code
    post(alice_client, address)
    assert Mailing.objects.count() == 1


def test_a_room_that_is_archived_takes_its_meetings_with_it(
    meeting: Meeting, room: Room, account: Account, alice: User, alice_client: Client
) -> None:
    address = reverse("rooms:archive", args=[room.pk])
    assert "The 1 meeting that is planned in it is cancelled" in page(alice_client, address)
    post(alice_client, address)
    meeting.refresh_from_db()
    assert meeting.cancelled_at
    assert Mailing.objects.get().kind == "cancellation"
    assert room_meetings.coming(room, timezone.now()).count() == 0
    assert "cancelled" in page(alice_client, url("meeting", meeting.pk))


def test_a_closed_account_holds_no_meetings(
    meeting: Meeting, account: Account, alice: User, alice_client: Client
) -> None:
    closing.close(account, by=alice)
    meeting.refresh_from_db()
    assert meeting.cancelled_at
    assert Mailing.objects.get().kind == "cancellation"


def test_a_room_opens_before_meetings_and_asks_for_pins_if_its_form_says_so(
    meeting: Meeting, room: Room, alice_client: Client
) -> None:
    address = reverse("rooms:edit", args=[room.pk])
    given = filled(room, personal_pins="on")
    assert 'id="id_opens_before_error"' in post(alice_client, address, **given, opens_before=1441)
    shown = post(alice_client, address, **given, opens_before="15")
    assert "find their PIN on their page" in shown
    room.refresh_from_db()
    assert (room.opens_before, room.personal_pins) == (15, True)
    assert "find their PIN" not in post(alice_client, address, **given, opens_before="")
    room.refresh_from_db()
    assert room.opens_before is None
