"""The report on one time of a meeting: its page, its notes and its table for a spreadsheet."""

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import User
from rooms.meetings import invitees
from rooms.meetings.models import Invitee, Occurrence
from rooms.models import Room
from tests.meetings.gathering import ANA, BEN, invited, planned

NOW = timezone.now().replace(microsecond=0)


def ago(minutes: float) -> dt.datetime:
    return NOW - dt.timedelta(minutes=minutes)


@pytest.fixture
def weekly(room: Room, alice: User) -> Occurrence:
    """It was planned from two hours ago until an hour ago."""
    occurrence = planned(room, alice)
    _place(occurrence, 120, 60)
    return occurrence


def _place(occurrence: Occurrence, start: float, end: float) -> None:
    Occurrence.objects.update(starts_at=ago(start), ends_at=ago(end))
    Invitee.objects.update(created_at=ago(5000))
    occurrence.refresh_from_db()


def _stay(room: Room, joined: float, left: float | None, caller: str = "", **fields: Any) -> None:
    place, _made = room.conferences.get_or_create(
        ended_at=ago(left) if left is not None else None,
        defaults={"started_at": ago(joined)},
    )
    room.participants.create(
        conference=place,
        call=f"{joined}{caller}{left}",
        caller=caller,
        joined_at=ago(joined),
        left_at=ago(left) if left is not None else None,
        **fields,
    )


def _page(client: Client, occurrence: Occurrence, status: int = 200) -> str:
    response = client.get(f"/meetings/times/{occurrence.pk}/report/")
    assert response.status_code == status
    return response.content.decode()


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_who_was_there_when_as_picture_and_as_table(
    weekly: Occurrence, room: Room, alice_client: Client, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Kolkata")
    invited(weekly.meeting, "Ana", ANA)
    Invitee.objects.filter(pk=invited(weekly.meeting, "Ben").pk).update(reply="accepted")
    _place(weekly, 120, 60)
    _stay(room, 121, 100, ANA)
    _stay(room, 98, 70, ANA)
    _stay(room, 110, 65, BEN)
    page = _page(alice_client, weekly)
    text = _text(page)
    assert "1 of 3 invited" in text
    assert "and 1 who was not on the list" in text
    assert page.count('class="lane"') == 0
    assert page.count('class="who"') == 2
    assert len(re.findall(r'class="bar\b', page)) == 3
    assert 'class="plan"' in page
    local = timezone.localtime(ago(121), dt.timezone(dt.timedelta(hours=5, minutes=30)))
    assert f"{local:%H:%M:%S}" in text
    assert "Asia/Kolkata" in text
    away = timezone.localtime(ago(100), local.tzinfo)
    assert f"{away:%H:%M:%S}–" in text
    assert "+34 ••• •• •• 02 not on the list" in text
    assert BEN not in page
    assert ANA not in page
    assert "Who did not come 2 Alice accepted Ben accepted" in text
    assert "every 20s" not in page


def test_it_still_goes_on(weekly: Occurrence, room: Room, alice_client: Client) -> None:
    _stay(room, 100, None, ANA)
    page = _page(alice_client, weekly)
    assert "It still goes on" in page
    assert "on the line" in _text(page)
    assert 'class="bar open"' in page
    assert 'hx-trigger="every 20s"' in page


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (120, 60, "Nobody came"),
        (10, -50, "Nobody is there yet"),
        (-60, -120, "It has not begun"),
    ],
)
def test_nobody_is_there(
    weekly: Occurrence, alice_client: Client, start: int, end: int, said: str
) -> None:
    _place(weekly, start, end)
    page = _page(alice_client, weekly)
    assert said in page
    assert "<svg\n    width" not in page
    assert ("Plan another time" in page) == (said == "Nobody came")
    assert ("Download CSV" in page) == (said == "Nobody came")


def test_a_cancelled_time_says_so(weekly: Occurrence, alice_client: Client) -> None:
    Occurrence.objects.update(cancelled_at=ago(200))
    page = _page(alice_client, weekly)
    assert "This time was cancelled" in page
    assert "Nobody came" not in page


def test_notes_are_kept(weekly: Occurrence, alice_client: Client, bob_client: Client) -> None:
    address = f"/meetings/times/{weekly.pk}/report/notes/"
    saved = bob_client.post(address, {"notes": "Ben brings <b>cake</b>."})
    assert saved["Location"] == f"/meetings/times/{weekly.pk}/report/"
    assert "Ben brings &lt;b&gt;cake&lt;/b&gt;." in _page(alice_client, weekly)
    refused = alice_client.post(address, {"notes": "x" * 10_001})
    assert refused.status_code == 422
    assert "errorlist" in refused.content.decode()
    weekly.refresh_from_db()
    assert weekly.notes == "Ben brings <b>cake</b>."
    alice_client.post(address, {"notes": ""})
    weekly.refresh_from_db()
    assert weekly.notes == ""


def test_the_table_for_a_spreadsheet(
    weekly: Occurrence, room: Room, alice_client: Client, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Madrid")
    ana = invited(weekly.meeting, "Ana", ANA)
    Invitee.objects.filter(pk=ana.pk).update(name="=HYPERLINK(1)", reply="accepted")
    _place(weekly, 120, 60)
    _stay(room, 120, 90, ANA)
    _stay(room, 80, 78, ANA)
    _stay(room, 80, 79.5, "")
    _stay(room, 100, None, BEN)
    response = alice_client.get(f"/meetings/times/{weekly.pk}/report/csv/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.search(
        r'filename="anyroom-report-\d{4}-\d\d-\d\d\.csv"', response["Content-Disposition"]
    )
    assert response.content.startswith(b"\xef\xbb\xbfname,email,")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    zone = alice.__class__.objects.get(pk=alice.pk).time_zone
    assert {row["time_zone"] for row in rows} == {zone}
    first = rows[0]
    assert first["name"] == "'=HYPERLINK(1)"
    assert first["email"] == "ana@guests.example"
    assert (first["came"], first["invited"], first["reply"]) == ("yes", "yes", "accepted")
    assert first["first_joined"] == f"{ago(120):%Y-%m-%dT%H:%M:%SZ}"
    assert first["last_left"] == f"{ago(78):%Y-%m-%dT%H:%M:%SZ}"
    assert first["minutes"] == "32.0"
    assert first["times_came_back"] == "1"
    assert len(first["first_joined_local"]) == len("2026-01-01 10:00:00")
    assert [(row["number"], row["last_left"] == "", row["came"]) for row in rows] == [
        ("+34 ••• •• •• 01", False, "yes"),
        ("+34 ••• •• •• 02", True, "yes"),
        ("", False, "yes"),
        ("", True, "no"),
    ]
    assert ANA not in response.content.decode()


def test_others_see_nothing(weekly: Occurrence, bob_client: Client, charlie_client: Client) -> None:
    address = f"/meetings/times/{weekly.pk}/report/"
    for path in (address, f"{address}csv/"):
        assert bob_client.get(path).status_code == 200
        assert charlie_client.get(path).status_code == 404
        assert Client().get(path)["Location"].startswith("/accounts/login/")
        assert bob_client.post(path).status_code == 405
    assert charlie_client.post(f"{address}notes/", {"notes": "x"}).status_code == 404
    assert Client().post(f"{address}notes/", {"notes": "x"}).status_code == 302
    assert bob_client.get(f"{address}notes/").status_code == 405
    assert Occurrence.objects.get(pk=weekly.pk).notes == ""


def test_a_crowd_takes_few_statements(
    weekly: Occurrence, room: Room, alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    guests = [invitees.Guest(f"G{n}", f"g{n}@guests.example") for n in range(1500)]
    invitees.add(weekly.meeting, guests, by=None, tell=False)
    _place(weekly, 120, 60)
    for n in range(40):
        _stay(room, 119, 61, f"+34611{n:06}")
    with django_assert_max_num_queries(11):
        page = _page(alice_client, weekly)
    assert "And 1301 more" in page
