"""Writing to all the people of a meeting: how far it is, stopping it, five thousand of them."""

import datetime as dt
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rooms.accounts.models import User
from rooms.meetings import mailings, progress
from rooms.meetings.models import Mailing, Meeting
from rooms.models import Room
from rooms.notices.models import Notice
from tests.meetings.pages import (
    invite,
    page,
    plan,
    post,
    url,
    write_all,
)

Status = Notice.Status


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    day = timezone.now().date() + dt.timedelta(days=7)
    return plan(room, alice, first_day=day, rrule="FREQ=DAILY;COUNT=3")


def test_a_mailing_shows_how_far_it_is_is_stopped_and_goes_on(
    meeting: Meeting, alice_client: Client, django_assert_num_queries: Any
) -> None:
    people = invite(meeting, *[f"p{n}@example.com" for n in range(10)])
    assert "Send 10 invitations" in page(alice_client, url("meeting", meeting.pk))
    send = url("send", meeting.pk, "new")
    assert "10 people who were not invited yet" in page(alice_client, send)
    assert "on their way" in post(alice_client, send)
    mailing = Mailing.objects.get()
    fragment = reverse("meetings:mailing", args=[meeting.pk])
    assert "0 of 11 sent" in page(alice_client, fragment)
    assert 'hx-trigger="every 2s"' in page(alice_client, fragment)
    write_all()
    letters = Notice.objects.filter(mailing=mailing).order_by("pk")
    assert letters.count() == 11
    letters.filter(pk__in=[one.pk for one in letters[:4]]).update(status=Status.SENT)
    letters.filter(pk=letters[4].pk).update(status=Status.FAILED)
    with django_assert_num_queries(1):
        mailing.refresh_from_db(fields=["finished_at"])
    with django_assert_num_queries(1):
        done = progress.progress(mailing)
    assert done == progress.Progress(total=11, sent=4, failed=1, skipped=0, waiting=6)
    shown = post(alice_client, url("stop", mailing.pk))
    assert "4 of 11 sent" in shown
    assert "1 failed" in shown
    assert "6 not sent" in shown
    assert "every 2s" not in page(alice_client, fragment)
    assert "Send to the other 6" in shown
    assert "The rest is on its way." in post(alice_client, url("resume", mailing.pk))
    mailing.refresh_from_db()
    write_all()
    assert Notice.objects.count() == 11  # nobody gets two
    assert progress.progress(mailing).waiting == 6
    letters.update(status=Status.SENT)
    assert "11 of 11 sent" in page(alice_client, fragment)
    # What a newer one has replaced does not go on.
    mailings.stop(mailing)
    mailings.start(meeting, Mailing.Kind.UPDATE, by=None)
    assert "A newer message took its place." in post(alice_client, url("resume", mailing.pk))
    assert people


def test_stopped_while_it_is_being_written_nobody_is_lost(meeting: Meeting) -> None:
    people = invite(meeting, *[f"p{n}@example.com" for n in range(5)])
    mailing = mailings.start(meeting, Mailing.Kind.INVITATION, by=None)
    mailings.stop(mailing)
    mailing.refresh_from_db()
    stopped = progress.progress(mailing)
    assert (stopped.total, stopped.skipped, stopped.waiting) == (6, 6, 0)
    assert progress.resume(mailing)
    write_all()
    assert Notice.objects.filter(status=Status.PENDING).count() == len(people) + 1


def test_all_are_written_to_by_sms_only_where_there_are_phones(
    meeting: Meeting, alice_client: Client
) -> None:
    send = url("send", meeting.pk, "sms")
    assert "Nobody on the list has a phone number" in page(alice_client, send)
    post(alice_client, send)
    assert not Mailing.objects.exists()
    invite(meeting, "ana@example.com", phone="+34600123456")
    assert "1 person whose phone number is known" in page(alice_client, send)
    assert "Inviting by SMS" in post(alice_client, send)
    assert Mailing.objects.get().channel == "sms"
    assert alice_client.get(url("send", meeting.pk, "fax")).status_code == 404


def test_five_thousand_are_pasted_and_shown_at_once(
    meeting: Meeting, alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    few = _statements(alice_client, meeting)
    text = "\n".join(f"Person {n} <p{n}@example.com>, +3460{n:07}" for n in range(4999))
    began = time.process_time()
    shown = post(alice_client, url("invite_list", meeting.pk), people=text, tell="on")
    took = time.process_time() - began
    assert "4999 people are invited." in shown or "4,999 people are invited." in shown
    assert took < 6  # of the processor; it is about 2
    write_all()
    began = time.process_time()
    assert "Page 1 of 100" in page(alice_client, url("meeting", meeting.pk))
    assert time.process_time() - began < 2  # it is about 0.15
    assert _statements(alice_client, meeting) <= few + 2  # the mailing's progress
    more = post(alice_client, url("invite_one", meeting.pk), email="last@example.com")
    assert "at most 5000 people" in more


def _statements(client: Client, meeting: Meeting) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(url("meeting", meeting.pk))
    return len(captured)
