"""What an invitee does on their page, and what is done to it: reply, zone, reminders, gone."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import User
from rooms.meetings import invitees, planning
from rooms.meetings.models import Invitee, Meeting, Reply
from tests.meetings.plans import address, invite, text


def test_a_link_in_a_mail_replies_by_post_alone(stranger: Client, ana: Invitee) -> None:
    link = address(ana, "reply/accepted/")
    for fetch in (stranger.get, stranger.head):  # as mail scanners do
        assert fetch(link).status_code == 200
        ana.refresh_from_db()
        assert (ana.reply, ana.opened_at) == (Reply.NONE, None)
    page = stranger.get(link).content.decode()
    assert "data-submit-at-once" in page
    assert "join.js" in page
    shown = text(stranger.post(link, follow=True))
    assert "Thank you. You accepted." in shown
    ana.refresh_from_db()
    assert ana.reply == Reply.ACCEPTED
    assert ana.replied_at
    stranger.post(address(ana, "reply/declined/"))
    assert "You declined" in text(stranger.get(address(ana)))


def test_a_reply_from_another_site_is_refused(ana: Invitee) -> None:
    wary = Client(enforce_csrf_checks=True)
    link = address(ana, "reply/declined/")
    assert wary.post(link).status_code == 403
    page = wary.get(link).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    answered = wary.post(link, {"csrfmiddlewaretoken": found[1]})
    assert (answered.status_code, answered["Location"]) == (302, address(ana))


def test_the_zone_is_remembered_and_the_meetings_is_told_too(
    stranger: Client, meeting: Meeting
) -> None:
    start = timezone.now().replace(second=0, microsecond=0) + dt.timedelta(hours=1)
    ola = invite(meeting, "Ola")
    shown = text(stranger.get(address(ola)))
    assert f"{start:%H:%M}–" in shown
    assert "Planned for" not in shown
    posted = stranger.post(address(ola, "zone/"), {"time_zone": "Asia/Kolkata"}, follow=True)
    there = start.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30)))
    assert f"{there:%H:%M}–" in text(posted)
    assert "Kolkata time" in text(posted)
    assert f"{start:%H:%M}–" in text(posted), "as it is planned"
    assert Invitee.objects.get(pk=ola.pk).time_zone == "Asia/Kolkata"
    refused = stranger.post(address(ola, "zone/"), {"time_zone": "Mars/Base"}, follow=True)
    assert "Choose a time zone from the list" in text(refused)
    assert Invitee.objects.get(pk=ola.pk).time_zone == "Asia/Kolkata"


def test_reminders_are_turned_off_and_on(stranger: Client, ana: Invitee) -> None:
    off = stranger.post(address(ana, "reminders/"), {"wanted": "no"}, follow=True)
    assert "You get no reminders." in text(off)
    assert not Invitee.objects.get(pk=ana.pk).wants_reminders
    stranger.post(address(ana, "reminders/"), {"wanted": "yes"})
    assert Invitee.objects.get(pk=ana.pk).wants_reminders


def test_a_cancelled_meeting_says_so_and_cannot_be_joined(
    stranger: Client, ana: Invitee, alice: User
) -> None:
    planning.cancel(ana.meeting, by=alice)
    response = stranger.get(address(ana))
    assert "This meeting was cancelled. Ask Alice if there is another one." in text(response)
    assert "tel:" not in response.content.decode()
    stranger.post(address(ana, "reply/accepted/"))
    assert Invitee.objects.get(pk=ana.pk).reply == Reply.NONE


@pytest.mark.parametrize("gone", ["removed", "archived"])
def test_who_was_taken_off_gets_410_that_says_whom_to_ask(
    stranger: Client, ana: Invitee, gone: str
) -> None:
    if gone == "removed":
        invitees.remove(ana, by=None)
    else:
        changes.archive(ana.room)
    for part in ("", "reply/accepted/"):
        response = stranger.get(address(ana, part))
        assert response.status_code == 410
        assert "sk Alice" in text(response)
        assert str(ana.room.access_code) not in response.content.decode()
        assert response["X-Robots-Tag"] == "noindex"
    assert stranger.post(address(ana, "reply/accepted/")).status_code == 410
    assert stranger.post(address(ana, "zone/"), {"time_zone": "UTC"}).status_code == 410
    ana.refresh_from_db()
    assert (ana.reply, ana.opened_at, ana.time_zone) == (Reply.NONE, None, "Europe/Madrid")
