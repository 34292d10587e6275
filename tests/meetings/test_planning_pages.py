"""The organizer plans, changes, moves and calls off: what the forms take and say."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from rooms.accounts.models import User
from rooms.meetings import invitees
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Mailing, Meeting
from rooms.models import Room
from tests.meetings.pages import (
    BACKEND,
    NOW,
    form,
    page,
    plan,
    text_of,
    url,
)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    return plan(room, alice, rrule="FREQ=WEEKLY;BYDAY=WE")


def test_planning_makes_what_the_form_says(room: Room, alice: User, alice_client: Client) -> None:
    given = form(
        room=room.pk,
        title="Board",
        agenda="1. Money\r\n2. People",
        frequency="weekly",
        interval="2",
        weekdays=["2", "4"],
        ends="count",
        count="6",
        until="nonsense that is not asked for",
        email_leads=["1440", "15"],
        other_lead="2",
        other_unit="60",
        other_channel="sms",
        quiet_from="22:00",
        quiet_until="07:00",
    )
    made = alice_client.post(url("make"), given)
    assert made.status_code == 302, made.content.decode()
    meeting = Meeting.objects.get()
    assert made["Location"].startswith(reverse("meetings:meeting", args=[meeting.pk]))
    assert (meeting.title, meeting.agenda) == ("Board", "1. Money\n2. People")
    assert meeting.rrule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,FR;COUNT=6"
    assert (meeting.organizer, meeting.minutes) == (alice, 45)
    assert meeting.reminders == [
        {"channel": "email", "minutes": 1440},
        {"channel": "email", "minutes": 15},
        {"channel": "sms", "minutes": 120},
    ]
    assert (meeting.quiet_from, meeting.quiet_until) == (dt.time(22), dt.time(7))
    assert meeting.occurrences.count() == 6
    shown = page(alice_client, url("meeting", meeting.pk))
    assert "Every 2 weeks on Wednesday and Friday, 6 times, 10:00 to 10:45" in shown
    assert "1 day and 15 minutes before by e-mail; 2 hours before by SMS" in shown


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"title": ""}, "title", "required"),
        ({"title": "Two\nlines\x07"}, "title", "one line"),
        ({"first_day": "2026-03-29", "starts": "02:30"}, "starts", "does not exist"),
        ({"first_day": "2026-11-23"}, "first_day", "passed"),
        ({"first_day": "12026-11-23"}, "first_day", "date"),
        ({"frequency": "weekly", "weekdays": ["0"]}, "weekdays", "choose Wednesday too"),
        ({"frequency": "last_day"}, "frequency", "Start on"),
        ({"frequency": "daily", "interval": "0"}, "interval", "greater"),
        ({"frequency": "daily", "ends": "until"}, "until", "required"),
        ({"frequency": "daily", "ends": "until", "until": "2026-11-01"}, "until", "before"),
        ({"frequency": "daily", "ends": "count", "count": "731"}, "count", "730"),
        ({"minutes": "4"}, "minutes", "5"),
        ({"time_zone": "Mars/Base"}, "time_zone", "Choose a time zone"),
        ({"quiet_from": "22:00"}, "quiet_until", "both"),
        ({"other_lead": "99", "other_unit": "1440"}, "other_lead", "At most"),
        ({"room": "rm_none"}, "room", "valid choice"),
    ],
)
def test_what_is_wrong_is_told_beside_the_field(
    wrong: dict[str, Any], field: str, says: str, room: Room, alice_client: Client
) -> None:
    response = alice_client.post(url("make"), form(**{"room": room.pk, **wrong}))
    assert response.status_code == 200
    shown = text_of(response)
    told = re.search(rf'id="id_{field}_error">(.*?)</ul>', shown, re.DOTALL)
    assert told, field
    assert says in told[1]
    assert not Meeting.objects.exists()


def test_a_preview_says_what_it_means_and_what_clocks_do(alice_client: Client, room: Room) -> None:
    def preview(**fields: Any) -> str:
        response = alice_client.get(reverse("meetings:preview"), form(**fields))
        assert response.status_code == 200
        return text_of(response)

    weekly = preview(frequency="weekly", weekdays=["2"], starts="02:30")
    assert "Every week on Wednesday, 02:30 to 03:15 (Europe/Madrid)" in weekly
    dates = re.findall(r"<span>(\w+, \d+ \w+ \d+, 02:30)</span>", weekly)
    assert len(dates) == 5
    assert dates[0] == "Wed, 25 November 2026, 02:30"
    assert "01:30 in UTC" in weekly
    sunday = preview(frequency="weekly", weekdays=["6"], first_day="2026-11-29", starts="02:30")
    assert "02:30 does not exist on 28 March 2027" in sunday
    assert "begins at 03:30" in sunday
    assert "02:30 comes twice on 31 October 2027" in sunday
    assert "does not exist" in preview(first_day="2027-03-28", starts="02:30")
    assert "choose Wednesday too" in preview(frequency="weekly", weekdays=["0"])
    assert "Fill in the day" in preview(first_day="")
    # Without JavaScript a failed submit shows it, and a saved one says what clocks do.
    failed = alice_client.post(url("make"), form(room=room.pk, title=""))
    assert "Wednesday, 25 November 2026, 10:00 to 10:45" in failed.content.decode()
    again = form(room=room.pk, frequency="daily", starts="02:30")
    saved = alice_client.post(url("make"), again, follow=True)
    assert "02:30 does not exist on 28 March 2027" in saved.content.decode()


RULES = [
    "",
    "FREQ=DAILY;INTERVAL=3;UNTIL=20270101",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=9",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=25",
    "FREQ=MONTHLY;BYDAY=4WE",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1WE",
]


@pytest.mark.parametrize("rrule", RULES)
def test_saving_what_is_there_changes_nothing(
    rrule: str, room: Room, alice: User, alice_client: Client
) -> None:
    """Rules and reminders that the API made are kept as they are written."""
    odd = [{"channel": "sms", "minutes": 7}, {"channel": "email", "minutes": 1440}]
    meeting = plan(room, alice, rrule=rrule, agenda="A\nB", reminders=odd, minutes=47)
    invitees.add(meeting, [Guest(email="ana@example.com")], by=alice, tell=False)
    before = _row(meeting)
    fields = _filled_in(alice_client.get(url("edit", meeting.pk)))
    saved = alice_client.post(url("edit", meeting.pk), fields)
    assert saved.status_code == 302, saved.content.decode()
    assert _row(meeting) == before
    assert not Mailing.objects.exists()


def _row(meeting: Meeting) -> dict[str, Any]:
    return Meeting.objects.filter(pk=meeting.pk).values().get()


def _filled_in(response: Any) -> dict[str, Any]:
    """What a browser would send of the form as it is shown."""
    shown = response.context["form"]
    fields = {}
    for bound in shown:
        value = bound.value()
        if value not in (None, "", False):
            fields[bound.name] = bound.field.widget.format_value(value) or value
    return fields


def test_a_change_is_told_or_not_as_the_organizer_likes(
    meeting: Meeting, alice_client: Client, alice: User
) -> None:
    invitees.add(meeting, [Guest(email="ana@example.com")], by=alice, tell=False)
    given = form(frequency="weekly", weekdays=["2"], title="Moved", starts="11:00", minutes="60")
    alice_client.post(url("edit", meeting.pk), given)
    meeting.refresh_from_db()
    assert (meeting.title, meeting.starts, meeting.sequence) == ("Moved", dt.time(11), 1)
    assert not Mailing.objects.exists()
    assert "Tell the" not in page(alice_client, url("edit", meeting.pk))
    meeting.invitees.update(invited_at=NOW)
    assert "Tell the 1 invitee" in page(alice_client, url("edit", meeting.pk))
    alice_client.post(url("edit", meeting.pk), {**given, "starts": "12:00", "tell": "on"})
    assert Mailing.objects.get().kind == "update"


def test_cancelling_says_who_is_told_and_is_final(
    meeting: Meeting, alice_client: Client, alice: User
) -> None:
    guests = [Guest(email="ana@example.com"), Guest(phone="+34600123456")]
    invitees.add(meeting, guests, by=alice, tell=False)
    meeting.invitees.update(invited_at=NOW)
    asked = page(alice_client, url("cancel", meeting.pk))
    assert "1 invitee has got an invitation" in asked
    assert "1 invitee has no e-mail address" in asked
    assert alice_client.post(url("cancel", meeting.pk), {"tell": "on"}).status_code == 302
    assert Mailing.objects.get().kind == "cancellation"
    shown = page(alice_client, url("meeting", meeting.pk))
    assert "This meeting was cancelled on" in shown
    for name in ("edit", "cancel", "people"):
        assert alice_client.get(url(name, meeting.pk)).status_code == 404


def test_one_time_is_moved_or_called_off(
    meeting: Meeting, alice_client: Client, alice: User
) -> None:
    first, second = meeting.occurrences.order_by("starts_at")[:2]
    address = url("occurrence", first.pk)
    shown = page(alice_client, address)
    assert "Wednesday, 25 November 2026, 10:00" in shown
    assert "09:00 in UTC" in shown
    missing = alice_client.post(address, {"day": "2027-03-28", "starts": "02:30"})
    assert "does not exist" in missing.content.decode()
    passed = alice_client.post(address, {"day": "2026-11-23", "starts": "10:00"})
    assert 'id="id_day_error"' in passed.content.decode()
    twice = alice_client.post(address, {"day": "2027-10-31", "starts": "02:30"}, follow=True)
    assert "comes twice" in twice.content.decode()
    first.refresh_from_db()
    assert first.starts_at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)
    meeting.invitees.update(invited_at=NOW)
    cancelled = alice_client.post(url("cancel_one", second.pk), {"tell": "on"}, follow=True)
    assert "This time is cancelled." in cancelled.content.decode()
    assert Mailing.objects.get().occurrence == second
    again = alice_client.post(url("cancel_one", second.pk), follow=True)
    assert "This time was cancelled." in again.content.decode()
    with time_machine.travel(NOW + dt.timedelta(days=500), tick=False):
        alice_client.force_login(alice, backend=BACKEND)
        assert "has passed" in page(alice_client, url("occurrence", first.pk))
