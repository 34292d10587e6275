"""The page of one conference: its figures, its picture with what happened, and what was asked."""

import datetime as dt
import html
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from rooms.accounts import people
from rooms.accounts.models import User
from rooms.conferences import actions, history_views
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Conference, Participant, Recording, UsageRecord
from rooms.meetings import planning
from rooms.meetings.models import Occurrence
from rooms.models import Room
from tests.on_the_line import carry_out, enter, go
from tests.past_rows import ANA, BEN, CARL, NOON, done, minutes, past, stay

Kind = Command.Kind


def shown(client: Client, conference: Conference, query: str = "") -> str:
    response = client.get(f"/conferences/{conference.pk}/{query}")
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def words(page: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", page).split())


def table_row(page: str, who: str) -> str:
    [found] = [row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if who in words(row)]
    return words(found)


def titles(page: str) -> list[str]:
    """What the picture says of each thing in it."""
    return [" ".join(text.split()) for text in re.findall(r"<title>(.*?)</title>", page, re.S)][1:]


def requests(page: str) -> list[str]:
    [listed] = re.findall(r'<ol class="moments">.*?</ol>', page, re.S)
    return [words(one) for one in re.findall(r"<li.*?</li>", listed, re.S)]


def test_its_figures(alice_client: Client, room: Room) -> None:
    conference = past(room, NOON, ANA, "", "")
    half = NOON + minutes(5)
    ben = stay(conference, BEN, left_at=half)
    stay(conference, BEN, joined_at=half)
    UsageRecord.objects.create(
        participant=ben, account=room.account, room=room, started_at=NOON, ended_at=half,
        seconds=300, carrier_cost=Decimal("0.30"),
    )  # fmt: skip
    page = words(shown(alice_client, conference))
    assert "Standup Tuesday, 10 March 2026, 12:00–12:10 UTC" in page
    assert "Length 10:00 People 4 5 stays: some came back Most at once 4" in page
    assert "Minutes of all together 40 The carrier charged €0.30 so far" in page


def test_what_happened_is_in_the_picture_and_in_the_table(
    alice_client: Client, alice: User, room: Room
) -> None:
    conference = past(room, NOON)
    people.make(room.account, name="Ana Ruiz", phone=ANA)
    ana = stay(conference, ANA, role="host", left_why="hung_up")
    done(Kind.MUTE, ana, NOON + minutes(1), by_user=alice)
    done(Kind.MUTE, ana, NOON + minutes(2), by_user=alice)  # still muted
    done(Kind.UNMUTE, ana, NOON + minutes(3), by_participant=ana)
    done(Kind.HOLD, ana, NOON + minutes(4), error="The carrier knows no such call.")
    ben = stay(conference, BEN, name="Ben Cho", admitted_at=NOON + minutes(2), role="host")
    done(Kind.PROMOTE, ben, NOON + minutes(6), by_user=alice)
    done(Kind.RAISE_HAND, ben, NOON + minutes(5), by_participant=ben)
    done(Kind.LOWER_HAND, ben, NOON + minutes(6), by_user=alice)
    carl = stay(conference, CARL, left_why="removed", left_at=NOON + minutes(8))
    done(Kind.HOLD, carl, NOON + minutes(7), by_user=alice)
    done(Kind.UNHOLD, carl, NOON + minutes(9), by_user=alice)  # told after they had left
    waits = stay(conference, "", waiting=True, left_why="waited")
    page = shown(alice_client, conference)
    assert titles(page) == [
        "Ana Ruiz: 12:00:00–12:10:00, hung up",
        "Ana Ruiz: host 12:00:00–12:10:00",
        "Ana Ruiz: muted 12:01:00–12:03:00",
        "Ben Cho: waited for a host until 12:02:00",
        "Ben Cho: 12:00:00–12:10:00",
        "Ben Cho: hand raised 12:05:00–12:06:00",
        "Ben Cho: host 12:06:00–12:10:00",
        "+34 ••• •• •• 77: 12:00:00–12:08:00, was removed",
        "+34 ••• •• •• 77: on hold 12:07:00–12:08:00",
        "number withheld: waited for a host, and none came",
    ]
    assert table_row(page, "Ana Ruiz").endswith(
        "host +34 ••• •• •• 56 12:00:00 12:10:00 10:00 muted 12:01:00–12:03:00 hung up"
    )
    assert table_row(page, "Ben Cho").endswith(
        "host since 12:06:00 +44 •••• ••••23 12:00:00 12:10:00 10:00 "
        "waited for a host until 12:02:00; hand raised 12:05:00–12:06:00"
    )
    assert "on hold 12:07:00–12:08:00 was removed" in table_row(page, "•• 77")
    assert f"/calls/{waits.call}/" in page
    [legend] = re.findall(r'<ul class="legend.*?</ul>', page, re.S)
    assert words(legend) == "in the room waiting for a host host muted on hold hand raised"
    assert ANA not in page
    assert " style=" not in page


def test_times_of_another_day_are_told_with_it(alice_client: Client, room: Room) -> None:
    late = NOON.replace(hour=23, minute=55)
    page = shown(alice_client, past(room, late, ANA))
    assert "23:55:00 11 March, 00:05:00" in table_row(page, "•• 56")


def test_recordings_are_over_all_and_can_be_played(
    alice_client: Client, alice: User, room: Room
) -> None:
    conference = past(room, NOON, (ANA, "Ana Ruiz"))
    by = conference.participants.get()
    common = {"conference": conference, "room": room, "started_at": NOON + minutes(1)}
    ready = Recording.objects.create(
        **common, stopped_at=NOON + minutes(4), status="ready", size=1, seconds=180,
        started_by_participant=by,
    )  # fmt: skip
    Recording.objects.create(**common, status="failed", error="The carrier told of no file.")
    page = shown(alice_client, conference)
    assert "Recorded 12:01:00–12:04:00" in titles(page)
    assert len([text for text in titles(page) if "Recorded" in text]) == 1
    assert f"/rooms/{room.pk}/recordings/{ready.pk}/file/?download=1" in page
    assert "<audio" in page
    assert "The carrier told of no file." in words(page)
    Recording.objects.update(deleted_at=NOON)
    page = shown(alice_client, conference)
    assert "<audio" not in page
    assert "Recorded 12:01:00–12:04:00" in titles(page), "that it was recorded stays true"


def test_what_was_asked_is_told_with_who_asked(
    alice_client: Client, alice: User, room: Room
) -> None:
    by = By(user=alice)
    with time_machine.travel(NOON) as clock:
        ana, ben, carl = (
            enter(room, number, name=name, host=name == "Ana")
            for number, name in ((ANA, "Ana"), (BEN, "Ben"), (CARL, "Carl"))
        )
        conference = Conference.objects.get()
        clock.shift(60)
        actions.mute_all(room, by)
        clock.shift(60)
        actions.announce(room, "Five minutes left", by)
        carry_out(
            lambda command: "The caller had left." if command.participant_id == carl.pk else ""
        )
        clock.shift(60)
        actions.raise_hand(ben, True, By(participant=ben))
        clock.shift(60)
        actions.lock(room, True, by)
        clock.shift(60)
        actions.end(room, by)
        carry_out()
        for one in (ana, ben, carl):
            go(one)
    page = shown(alice_client, conference)
    assert requests(page) == [
        "12:01:00 Mute: Ben, Carl, asked by Alice. Not done for 1: The caller had left.",
        "12:02:00 Say “Five minutes left”, asked by Alice. Not done for 1: The caller had left.",
        "12:03:00 Raise hand, asked by Ben.",
        "12:04:00 Lock, asked by Alice.",
        "12:05:00 End for all, asked by Alice.",
    ]


def test_the_report_of_the_meeting_is_one_click_away(
    alice_client: Client, alice: User, room: Room
) -> None:
    conference = past(room, NOON, ANA)
    day = dt.date.today() + dt.timedelta(days=2)
    meeting = planning.plan(
        room, alice, title="Weekly", first_day=day, starts=dt.time(9), time_zone="UTC"
    )
    assert "Report on" not in shown(alice_client, conference)
    times = Occurrence.objects.filter(meeting=meeting)
    times.update(starts_at=NOON + minutes(9), ends_at=NOON + minutes(39))
    page = shown(alice_client, conference)
    assert "Report on the meeting “Weekly”" in page
    assert f"/meetings/times/{times.get().pk}/report/" in page
    planning.cancel(meeting, by=alice, tell=False)
    times.update(cancelled_at=None)
    assert "Report on" in shown(alice_client, conference), "it was cancelled after that time"
    times.update(cancelled_at=NOON)
    assert "Report on" not in shown(alice_client, conference)


def test_one_that_goes_on_leads_to_its_room(alice_client: Client, room: Room) -> None:
    with time_machine.travel(NOON + minutes(5), tick=False):
        ana = enter(room, ANA, minutes=5)
        actions.raise_hand(ana, True, By(participant=ana))
        page = shown(alice_client, Conference.objects.get())
    assert "It goes on." in page
    assert "Length 5:00" in words(page)
    assert "+34 ••• •• •• 56: there since 12:00:00" in titles(page)
    assert "+34 ••• •• •• 56: hand raised since 12:05:00" in titles(page)


def test_many_people_are_shown_a_page_at_a_time(
    alice_client: Client, room: Room, monkeypatch: Any
) -> None:
    monkeypatch.setattr(history_views, "STAYS_SHOWN", 2)
    conference = past(room, NOON)
    for n in range(5):
        stay(conference, f"+3460000001{n}", joined_at=NOON + n * minutes(1))
    first, last = shown(alice_client, conference), shown(alice_client, conference, "?page=3")
    assert len(titles(first)) == 2
    assert len(titles(last)) == 1
    assert "Page 1 of 3" in first
    assert "People 5" in words(last)
    hours = [words(one) for one in re.findall(r'class="hour".*?</text>', first, re.S)]
    assert hours == [words(one) for one in re.findall(r'class="hour".*?</text>', last, re.S)]


def test_it_is_a_single_conference_of_ones_own(
    room: Room, alice_client: Client, charlie_client: Client
) -> None:
    conference = past(room, NOON, ANA)
    assert charlie_client.get(f"/conferences/{conference.pk}/").status_code == 404
    Conference.objects.update(forgotten_at=NOON)
    assert alice_client.get(f"/conferences/{conference.pk}/").status_code == 404
    assert alice_client.get("/conferences/cf_none/").status_code == 404


@pytest.mark.parametrize("number", [3, 60])
def test_its_statements_do_not_grow_with_the_people(
    number: int, alice_client: Client, alice: User, room: Room, django_assert_num_queries: Any
) -> None:
    conference = past(room, NOON, *(f"+346000001{n:02}" for n in range(number)))
    for one in Participant.objects.all():
        done(Kind.MUTE, one, NOON + minutes(1), by_user=alice)
        done(Kind.UNMUTE, one, NOON + minutes(2), by_participant=one)
    Recording.objects.create(
        conference=conference, room=room, started_at=NOON, started_by_participant=one
    )
    # session, user, memberships; conference; stays, recordings, who started them; what was asked,
    # of whom, their names, by whom; the charge; stays of the page, names, commands; meetings
    with django_assert_num_queries(16):
        shown(alice_client, conference)
