"""The pages that list what took place: what they show, to whom, and how they are walked through."""

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms import changes
from rooms.accounts import people
from rooms.accounts.models import Account, User
from rooms.conferences import history_list, history_search
from rooms.conferences.models import Conference, Recording
from rooms.models import Room
from tests.on_the_line import enter
from tests.past_rows import ANA, BEN, CARL, NOON, minutes, past, stay

DAY = dt.timedelta(days=1)


def shown(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def words(response: Any) -> str:
    return " ".join(re.sub("<[^>]*>", " ", shown(response)).split())


def listed(response: Any) -> list[str]:
    return re.findall(r'href="/conferences/(cf_\w+)/"', shown(response))


def link(response: Any, name: str) -> str:
    [found] = re.findall(rf'id="{name}"[^>]*href="([^"]+)"', shown(response))
    return str(found)


def test_an_account_without_calls_is_taught_the_next_step(alice_client: Client, room: Room) -> None:
    page = words(alice_client.get("/history/"))
    assert "Nobody has called yet" in page
    assert "Choose a room and share its number" in page
    assert "Download" not in page
    assert "<search>" not in shown(alice_client.get("/history/"))
    assert "Share the number and the code" in words(alice_client.get(f"/rooms/{room.pk}/history/"))


def test_days_are_those_of_whoever_reads(alice_client: Client, alice: User, room: Room) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    past(room, dt.datetime(2026, 3, 10, 16, 0, tzinfo=dt.UTC), ANA)
    page = words(alice_client.get("/history/"))
    assert "Wednesday, 11 March" in page
    assert "01:00 – 01:10" in page
    for until, number in (("2026-03-10", 0), ("2026-03-11", 1)):
        assert len(listed(alice_client.get(f"/history/?until={until}"))) == number
    for since, number in (("2026-03-11", 1), ("2026-03-12", 0)):
        assert len(listed(alice_client.get(f"/history/?from={since}"))) == number


def test_a_row_tells_where_when_who_and_for_how_long(alice_client: Client, room: Room) -> None:
    people.make(room.account, name="Carla Díaz", phone=CARL)
    numbers = [f"+3461000000{n}" for n in range(3)]
    conference = past(room, NOON, (ANA, "Ana Ruiz"), CARL, "", *numbers)
    stay(conference, ANA, name="Ana Ruiz", joined_at=NOON + minutes(2))
    page = words(alice_client.get("/history/"))
    assert "Tuesday, 10 March" in page
    assert "Standup Ana Ruiz, Carla Díaz, number withheld and 3 more 6 10:00" in page
    assert "+3461" not in page


@pytest.mark.parametrize(
    ("status", "badge"),
    [("ready", "recorded"), ("fetching", "recorded"), ("failed", "recording failed")],
)
def test_recordings_are_marked(status: str, badge: str, alice_client: Client, room: Room) -> None:
    conference = past(room, NOON, ANA)
    recording = Recording.objects.create(
        conference=conference, room=room, started_at=NOON, status=status
    )
    assert f'">{badge}</span>' in shown(alice_client.get("/history/"))
    Recording.objects.filter(pk=recording.pk).update(deleted_at=timezone.now())
    assert f'">{badge}</span>' not in shown(alice_client.get("/history/"))


def test_one_that_goes_on_ticks_and_leads_to_its_room(alice_client: Client, room: Room) -> None:
    enter(room, ANA)
    past(changes.make(room.account, name="Over"), timezone.now() - DAY, BEN)
    page = shown(alice_client.get("/history/"))
    assert "1 on the line" in page
    assert "data-since=" in page
    assert f'class="badge live" href="/rooms/{room.pk}/"' in " ".join(page.split())
    assert 'hx-trigger="every 15s"' in page
    quiet = shown(alice_client.get(f"/history/?until={timezone.localdate() - DAY}"))
    assert "hx-trigger" not in quiet.split('id="found"')[1]


def test_the_form_keeps_what_was_asked(alice_client: Client, room: Room) -> None:
    conference = past(room, NOON, (ANA, "Ana Ruiz"))
    past(changes.make(room.account, name="Other"), NOON, (ANA, "Ana Ruiz"))
    asked = "q=ruiz&number=3456&from=2026-03-01&until=2026-03-31&room=stand"
    response = alice_client.get(f"/history/?{asked}")
    assert listed(response) == [conference.pk]
    page = shown(response)
    for value in ("ruiz", "3456", "2026-03-01", "2026-03-31", "stand"):
        assert f'value="{value}"' in page
    assert f"/history/export/csv/?{asked}" in page
    by_id = alice_client.get(f"/history/?room={room.pk}")
    assert listed(by_id) == [conference.pk]
    assert 'value="Standup"' in shown(by_id)


def test_nothing_found_says_what_to_do(alice_client: Client, room: Room) -> None:
    past(room, NOON, ANA)
    page = words(alice_client.get("/history/?q=nobody"))
    assert "Nothing found" in page
    assert "Leave something out" in page
    assert "Show all" in page


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("number=12", "four or more of its last digits"),
        ("number=abc", "four or more of its last digits"),
        ("from=yesterday", "Enter a valid date."),
        ("from=9999-12-31", "less than or equal to"),
        ("from=0001-01-01", "greater than or equal to"),
        ("from=2026-03-02&until=2026-03-01", "This day is before the first one."),
        ("room=Nowhere", "No room is called so."),
        ("room=rm_00000000000000000000000000", "No room is called so."),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(
    asked: str, text: str, alice_client: Client, room: Room
) -> None:
    past(room, NOON, ANA)
    page = words(alice_client.get(f"/history/?{asked}"))
    assert text in page
    assert "Standup Ana" not in page
    assert "Download" not in page
    assert alice_client.get(f"/history/export/csv/?{asked}").status_code == 404


@pytest.mark.parametrize("asked", ["q=%00", "before=%00", "after=x", "before=cf_x", "room=%00"])
def test_an_address_that_no_page_has_is_taken_for_the_first(
    asked: str, alice_client: Client, room: Room
) -> None:
    conference = past(room, NOON, ANA)
    assert listed(alice_client.get(f"/history/?{asked}")) == [conference.pk]


def test_pages_are_walked_to_and_fro(alice_client: Client, room: Room, monkeypatch: Any) -> None:
    monkeypatch.setattr(history_list, "PAGE_SIZE", 2)
    rooms = [changes.make(room.account, name=f"Room {n}") for n in range(5)]
    # All at one moment, so that the ids alone say what follows.
    times = sorted((past(one, NOON, ANA).pk for one in rooms), reverse=True)
    seen = [alice_client.get("/history/?q=")]
    while 'id="older"' in shown(seen[-1]):
        seen.append(alice_client.get(f"/history/{link(seen[-1], 'older')}"))
    assert [listed(page) for page in seen] == [times[:2], times[2:4], times[4:]]
    back = alice_client.get(f"/history/{link(seen[2], 'newer')}")
    assert listed(back) == times[2:4]
    first = alice_client.get(f"/history/{link(back, 'newer')}")
    assert listed(first) == times[:2]
    assert 'id="newer"' not in shown(first)


def test_what_was_cut_is_said_with_a_way_on(
    alice_client: Client, room: Room, monkeypatch: Any
) -> None:
    monkeypatch.setattr(history_search, "LOOKED_THROUGH", 1)
    old = past(room, NOON, (ANA, "Ana Ruiz"))
    past(room, NOON + DAY, BEN)
    response = alice_client.get("/history/?q=ruiz")
    assert listed(response) == []
    assert "was looked for back to March 10, 2026 only" in words(response)
    [further] = re.findall(r'href="([^"]+)"\s*>Look further back', shown(response))
    assert listed(alice_client.get(f"/history/{further}")) == [old.pk]


def test_the_history_of_a_room_is_its_own(alice_client: Client, room: Room) -> None:
    mine = past(room, NOON, ANA)
    past(changes.make(room.account, name="Other"), NOON, ANA)
    response = alice_client.get(f"/rooms/{room.pk}/history/?number=3456")
    assert listed(response) == [mine.pk]
    assert f"/history/export/csv/?number=3456&room={room.pk}" in shown(response)
    assert f"/rooms/{room.pk}/history/" in shown(alice_client.get(f"/rooms/{room.pk}/"))
    assert 'name="room"' not in shown(response)


def test_what_is_forgotten_is_nowhere(alice_client: Client, room: Room) -> None:
    conference = past(room, NOON, (ANA, "Ana Ruiz"))
    Conference.objects.update(forgotten_at=timezone.now())
    for path in ("/history/", "/history/?q=ruiz", f"/rooms/{room.pk}/history/"):
        assert listed(alice_client.get(path)) == []
    for path in ("", "export/csv/"):
        assert alice_client.get(f"/conferences/{conference.pk}/{path}").status_code == 404


def test_members_see_it_outsiders_see_their_own_and_strangers_log_in(
    room: Room, alice_client: Client, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    conference = past(room, NOON, ANA)
    own = ["/history/", "/history/export/json/"]
    named = [f"/rooms/{room.pk}/history/", f"/conferences/{conference.pk}/"]
    named += [f"/conferences/{conference.pk}/export/{kind}/" for kind in ("csv", "json")]
    for path in own + named:
        for member in (alice_client, bob_client):
            assert conference.pk in member.get(path).getvalue().decode(), path
        answer = charlie_client.get(path)
        assert answer.status_code == (404 if path in named else 200), path
        assert answer.status_code == 404 or conference.pk not in answer.getvalue().decode(), path
        assert client.get(path)["Location"].startswith("/accounts/login/"), path
        assert alice_client.post(path).status_code == 405, path
    assert listed(charlie_client.get(f"/history/?before={conference.pk}")) == []
    assert listed(charlie_client.get(f"/history/?room={room.pk}")) == []


def test_sixty_conferences_take_no_more_statements_than_three(
    alice_client: Client, account: Account, room: Room, django_assert_num_queries: Any
) -> None:
    def some(number: int, day: dt.datetime) -> None:
        for n in range(number):
            conference = past(room, day + n * minutes(20), ANA, BEN, (CARL, "Carla"))
            Recording.objects.create(
                conference=conference, room=room, started_at=day, status="ready"
            )

    some(3, NOON)
    # session, user, memberships; conferences, counts, first names, names, recordings, rooms
    with django_assert_num_queries(9):
        assert len(listed(alice_client.get("/history/"))) == 3
    some(57, NOON + DAY)
    with django_assert_num_queries(9):
        assert len(listed(alice_client.get("/history/"))) == history_list.PAGE_SIZE
