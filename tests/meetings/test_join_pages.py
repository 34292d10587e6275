"""The page of an invitee, as themselves, as somebody of the account, and as anybody else."""

import datetime as dt
import re

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from icalendar import Calendar

from rooms.accounts.models import User
from rooms.meetings import invitees, planning
from rooms.meetings.models import Invitee, Meeting, Occurrence, Reply
from rooms.models import PhoneNumber, Room
from tests.meetings.plans import address, invite, plan, text


def test_the_page_tells_all_that_is_needed_to_join(stranger: Client, ana: Invitee) -> None:
    response = stranger.get(address(ana))
    shown = text(response)
    code = str(ana.room.access_code)
    for part in ("Alice invites you", "Budget", "+34 915 55 01 00", "Madrid time", "UTC"):
        assert part in shown
    assert re.search(r"Starts in (59|60) minutes", shown)
    assert f"tel:+34915550100,,{code}#" in response.content.decode()
    assert "Your PIN" not in shown
    assert ana.pin not in response.content.decode()
    assert "Read <b>all</b> of it" in shown, "the agenda is text"
    assert 'href="https://example.org/plan"' in response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def test_with_personal_pins_the_pin_is_shown_and_dialled(stranger: Client, ana: Invitee) -> None:
    Room.objects.update(personal_pins=True)
    page = stranger.get(address(ana))
    assert f"tel:+34915550100,,{ana.room.access_code}#,,{ana.pin}#" in page.content.decode()
    assert f"Your PIN {ana.pin[:3]} {ana.pin[3:]}" in text(page)


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({"phone": "+74951234567"}, "+74955550100"),
        ({"time_zone": "America/New_York"}, "+15550100"),
        ({"time_zone": "Europe/Madrid"}, "+34915550100"),
        ({"phone": "+34600123456", "time_zone": "Europe/Moscow"}, "+34915550100"),
        ({"language": "ru"}, "+74955550100"),
        ({"time_zone": "Asia/Tokyo"}, "+15550100"),
    ],
)
def test_numbers_of_the_invitees_country_come_first(
    stranger: Client, meeting: Meeting, fields: dict[str, str], first: str
) -> None:
    page = stranger.get(address(invite(meeting, "Ana", **fields))).content.decode()
    numbers = re.findall(r'href="tel:(\+\d+)', page)
    assert numbers[0] == first
    assert sorted(numbers) == ["+15550100", "+34915550100", "+74955550100"]


def test_a_number_of_the_rooms_own_needs_no_code(stranger: Client, ana: Invitee) -> None:
    PhoneNumber.objects.create(number="+34915550777", room=ana.room)
    Room.objects.update(personal_pins=True)
    page = stranger.get(address(ana)).content.decode()
    assert re.findall(r'href="(tel:[^"]+)"', page)[0] == f"tel:+34915550777,,{ana.pin}#"


def test_only_the_invitee_counts_as_having_opened_it(
    stranger: Client,
    alice_client: Client,
    bob_client: Client,
    charlie_client: Client,
    ana: Invitee,
) -> None:
    def opened() -> dt.datetime | None:
        return Invitee.objects.get(pk=ana.pk).opened_at

    assert stranger.head(address(ana)).status_code == 200
    for client in (alice_client, bob_client):
        shown = text(client.get(address(ana)))
        assert "You are looking at the page of Ana." in shown
        assert opened() is None
    assert "You are looking" not in text(charlie_client.get(address(ana)))
    first = opened()
    assert first
    stranger.get(address(ana))
    assert opened() == first


def test_a_member_who_is_invited_opens_their_own_page(bob_client: Client, meeting: Meeting) -> None:
    guest = invitees.Guest(name="Bob", email="bob@example.com")
    bob = invitees.add(meeting, [guest], by=None).new[0]
    assert "You are looking" not in text(bob_client.get(address(bob)))
    assert Invitee.objects.get(pk=bob.pk).opened_at


def test_an_unknown_token_is_404_and_every_method_is_what_it_should_be(
    stranger: Client, ana: Invitee
) -> None:
    assert stranger.get("/i/no-such-token/").status_code == 404
    assert stranger.post(address(ana)).status_code == 405
    assert stranger.get(address(ana, "reply/tentative/")).status_code == 404
    for part in ("zone/", "reminders/"):
        assert stranger.get(address(ana, part)).status_code == 405
        assert stranger.post("/i/no-such-token/" + part).status_code == 404


def test_the_meeting_goes_into_a_calendar(stranger: Client, ana: Invitee, alice: User) -> None:
    file = stranger.get(address(ana, "meeting.ics"))
    assert file["Content-Type"] == "text/calendar; charset=utf-8"
    assert 'filename="meeting.ics"' in file["Content-Disposition"]
    assert "no-store" in file["Cache-Control"]
    event = Calendar.from_ical(file.content).walk("VEVENT")[0]
    assert (str(event["UID"]), str(event["SUMMARY"])) == (ana.meeting.uid, "Budget")
    planning.cancel(ana.meeting, by=alice)
    assert b"METHOD:CANCEL" in stranger.get(address(ana, "meeting.ics")).content


def test_it_speaks_the_invitees_language_unless_the_visitor_chose_another(
    meeting: Meeting, bob_client: Client
) -> None:
    lev = invite(meeting, "Lev", language="ru")

    def language(client: Client) -> str:
        response = client.get(address(lev), headers={"Accept-Language": "en"})
        found = re.search(r'<html lang="(\w+)"', response.content.decode())
        assert found
        assert response["Content-Language"] == found[1]
        return found[1]

    stranger = Client()
    assert language(stranger) == "ru"
    stranger.post("/language/", {"language": "en", "next": address(lev)})
    assert language(stranger) == "en"
    assert settings.LANGUAGE_COOKIE_NAME in stranger.cookies
    assert language(bob_client) == "en", "a user's own"


def test_status_follows_the_clock(stranger: Client, ana: Invitee, meeting: Meeting) -> None:
    start, end = Occurrence.objects.values_list("starts_at", "ends_at").get()
    Room.objects.update(opens_before=10)
    seconds = dt.timedelta(seconds=1)
    for at, told, numbers in (
        (start - dt.timedelta(minutes=1), "Starts in 1 minute", True),
        (start - dt.timedelta(minutes=20), "The room opens ", True),
        (start, "It is going on now.", True),
        (end - seconds, "It is going on now.", True),
        (end, "This meeting is over.", False),
    ):
        with time_machine.travel(at, tick=False):
            response = stranger.get(address(ana))
            assert told in text(response)
            assert ("tel:" in response.content.decode()) is numbers
            assert ("Will you be there?" in text(response)) is numbers
            part = stranger.get(address(ana), headers={"HX-Request": "true"})
            assert b"<html" not in part.content
    with time_machine.travel(end):
        stranger.post(address(ana, "reply/accepted/"))
    ana.refresh_from_db()
    assert ana.reply == Reply.NONE


def test_after_the_end_a_room_that_is_always_open_can_still_be_called(
    stranger: Client, ana: Invitee
) -> None:
    with time_machine.travel(Occurrence.objects.get().ends_at):
        assert b"tel:+34915550100" in stranger.get(address(ana)).content


def test_a_series_lists_its_next_times_without_those_called_off(
    stranger: Client, room: Room, alice: User
) -> None:
    weekly = plan(room, alice, rrule="FREQ=DAILY;COUNT=4", hours=30)
    ola = invite(weekly, "Ola")
    second, third = Occurrence.objects.filter(meeting=weekly)[1:3]
    planning.cancel_one(second, by=alice)
    shown = text(stranger.get(address(ola)))
    assert "Every day" in shown
    assert "Starts in 30 hours" in shown
    assert f"{third.starts_at:%-d %B %Y, %H:%M}" in shown
    assert f"{second.starts_at:%-d %B %Y, %H:%M}" not in shown


def test_a_service_without_numbers_says_so(stranger: Client, ana: Invitee) -> None:
    PhoneNumber.objects.all().delete()
    assert "There is no number to dial yet." in text(stranger.get(address(ana)))
