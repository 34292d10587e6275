"""The history as a file: the same as the pages show, whole or visibly broken off, and streamed."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms import changes
from rooms.accounts import people
from rooms.accounts.models import Account, User
from rooms.conferences import history_export
from rooms.conferences.models import Conference, Participant
from rooms.ids import call_id, new_id
from rooms.models import Room
from tests.api_client import Api
from tests.past_rows import ANA, BEN, CARL, NOON, minutes, past, stay

DAY = dt.timedelta(days=1)
EXPORT = "conferences/export/"
JSON = "/history/export/json/"


def lines(response: Any) -> list[dict[str, str]]:
    text = response.getvalue().decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def rows(response: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(response.getvalue())["data"]
    return found


@pytest.fixture
def two(room: Room) -> list[Conference]:
    people.make(room.account, name="Carla Díaz", phone=CARL)
    older = past(room, NOON, (ANA, "Ana Ruiz"), CARL)
    newer = past(changes.make(room.account, name="Retro"), NOON + DAY, BEN, "")
    return [older, newer]


def test_json_has_a_row_for_each_stay(account: Account, room: Room, two: list[Conference]) -> None:
    api = Api(account, "read")
    found = rows(api.get(EXPORT))
    assert [one["name"] for one in found] == ["", "", "Ana Ruiz", "Carla Díaz"]
    ana = two[0].participants.order_by("pk")[0]
    assert found[2] == {
        "conference": two[0].pk,
        "room": room.pk,
        "room_name": "Standup",
        "started_at": "2026-03-10T12:00:00Z",
        "ended_at": "2026-03-10T12:10:00Z",
        "participant": ana.pk,
        "call": call_id(ana.call),
        "name": "Ana Ruiz",
        "number": "+34 ••• •• •• 56",
        "role": "guest",
        "joined_at": "2026-03-10T12:00:00Z",
        "left_at": "2026-03-10T12:10:00Z",
        "seconds": 600,
        "left_why": "",
    }
    told = api.get(f"participants/{ana.pk}/").json()
    for name in ("call", "joined_at", "left_at", "role"):
        assert told[name] == found[2][name]


def test_csv_says_the_same_and_local_times(
    alice_client: Client, alice: User, two: list[Conference]
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    response = alice_client.get("/history/export/csv/?q=ruiz")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "anyroom-history-" in response["Content-Disposition"]
    found = lines(response)
    assert [one["name"] for one in found] == ["Ana Ruiz", "Carla Díaz"]
    assert found[0]["joined_at"] == "2026-03-10T12:00:00Z"
    assert found[0]["joined_at_local"] == "2026-03-10 21:00:00"
    assert found[0]["time_zone"] == "Asia/Tokyo"
    assert found[0]["number"] == "+34 ••• •• •• 56"
    assert tuple(found[0])[: len(history_export.COLUMNS)] == history_export.COLUMNS
    as_json = rows(alice_client.get(f"{JSON}?q=ruiz"))
    for one, other in zip(found, as_json, strict=True):
        assert {name: str(value) for name, value in other.items()} == {
            name: one[name] for name in other
        }


def test_it_holds_what_the_page_shows(
    alice_client: Client, account: Account, two: list[Conference]
) -> None:
    for asked in ("", "?q=ruiz", "?number=0123", "?from=2026-03-11", "?room=retro", "?q=nobody"):
        page = alice_client.get(f"/history/{asked}").content.decode()
        exported = {
            one["conference"] for one in rows(alice_client.get(f"/history/export/json/{asked}"))
        }
        for conference in two:
            assert (f'href="/conferences/{conference.pk}/"' in page) == (
                conference.pk in exported
            ), asked


def test_one_conference(alice_client: Client, two: list[Conference]) -> None:
    path = f"/conferences/{two[1].pk}/export"
    response = alice_client.get(f"{path}/csv/")
    assert {one["conference"] for one in lines(response)} == {two[1].pk}
    assert "anyroom-conference-2026-03-11-1200.csv" in response["Content-Disposition"]
    assert len(rows(alice_client.get(f"{path}/json/"))) == 2
    assert alice_client.get(f"{path}/xml/").status_code == 404
    assert alice_client.get("/history/export/xml/").status_code == 404


@pytest.mark.parametrize(
    ("scope", "number", "written"),
    [
        ("rooms", "+34 ••• •• •• 56", "+34 ••• •• •• 56"),
        ("control", ANA, "+34 600 12 34 56"),
        ("admin", ANA, "+34 600 12 34 56"),
    ],
)
def test_numbers_are_whole_for_those_who_control(
    scope: str, number: str, written: str, room: Room
) -> None:
    past(room, NOON, ANA)
    api = Api(room.account, "read", scope)
    assert [one["number"] for one in rows(api.get(EXPORT))] == [number]
    assert [one["number"] for one in lines(api.get(f"{EXPORT}?format=csv"))] == [written]


def test_no_cell_is_a_formula(alice_client: Client, account: Account) -> None:
    evil = changes.make(account, name="=1+1")
    for name in ("@SUM(A1)", " -2", "＝cmd", 'Ana, "the" Ruiz'):
        past(evil, NOON, (ANA, name))
    found = lines(alice_client.get("/history/export/csv/"))
    assert {one["room_name"] for one in found} == {"'=1+1"}
    assert {one["name"] for one in found} == {"'@SUM(A1)", "' -2", "'＝cmd", 'Ana, "the" Ruiz'}
    plain = rows(alice_client.get(JSON))
    assert {one["room_name"] for one in plain} == {"=1+1"}


def test_who_is_there_now_has_not_left(alice_client: Client, room: Room) -> None:
    conference = Conference.objects.create(room=room, started_at=NOON)
    stay(conference, ANA)
    [one] = rows(alice_client.get(JSON))
    assert (one["ended_at"], one["left_at"]) == (None, None)
    assert one["seconds"] > 600
    [line] = lines(alice_client.get("/history/export/csv/"))
    assert (line["ended_at"], line["left_at"], line["left_at_local"]) == ("", "", "")


def many(room: Room, number: int) -> None:
    """So many stays: a fifth of them in one conference among 400 others."""
    conferences = [
        Conference(
            room=room,
            account_id=room.account_id,
            started_at=NOON + n * minutes(10),
            ended_at=NOON + (n + 1) * minutes(10),
        )
        for n in range(400)
    ]
    Conference.objects.bulk_create(conferences)
    of = [conferences[200 if n % 5 == 0 else n % 400] for n in range(number)]
    stays = [
        Participant(
            conference=one,
            room=room,
            call=new_id("ca"),
            caller=f"+3461{n:07}",
            joined_at=one.started_at,
            left_at=one.ended_at,
        )
        for n, one in enumerate(of)
    ]
    Participant.objects.bulk_create(stays, batch_size=1000)


def test_the_first_rows_are_sent_before_the_last_are_read(alice_client: Client, room: Room) -> None:
    number = 5_000
    many(room, number)
    with CaptureQueriesContext(connection) as captured:
        pieces: Iterator[bytes] = _pieces(alice_client.get(JSON))
        first = next(pieces)
        read = len(captured)
        rest = b"".join(pieces)
    assert first.count(b"pt_") < number / 20
    assert read == 3 + 3  # session, user, memberships; conferences, stays, names
    # For each 50 conferences two statements; for each 500 of their stays one, for names.
    assert len(captured) <= 3 + 2 * 9 + 8 + number / 500
    assert (first + rest).count(b"pt_") == number


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_file_that_breaks_off_does_not_look_whole(
    kind: str, alice_client: Client, room: Room
) -> None:
    many(room, 600)
    pieces = _pieces(alice_client.get(f"/history/export/{kind}/"))
    sent = [next(pieces)]
    with pytest.raises(DatabaseError), connection.execute_wrapper(_away):
        sent.extend(pieces)
    text = b"".join(sent).decode()
    assert 50 <= text.count("pt_") < 600
    if kind == "csv":
        assert text.splitlines()[-1].startswith("INCOMPLETE")
    else:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def _pieces(response: Any) -> Iterator[bytes]:
    return iter(response.streaming_content)


def _away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> None:
    raise DatabaseError("the database is away")
