"""Making, changing and finding rooms: who may, and what the pages do."""

import datetime as dt
import html
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import changes, phones
from rooms.accounts.models import Account
from rooms.conferences import presence
from rooms.models import Room
from tests.room_form import filled


def _join(room: Room, call: str, caller: str = "+34600123456", **ago: float) -> None:
    with transaction.atomic():
        at = timezone.now() - dt.timedelta(**ago)
        assert presence.join(call=call, caller=caller, at=at, room_id=room.pk)


def _page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return html.unescape(response.content.decode())


def _url(name: str, room: Room) -> str:
    return reverse(name, args=[room.pk])


OF_A_ROOM = [
    "rooms:room",
    "rooms:edit",
    "rooms:archive",
    "rooms:rotate_code",
    "conferences:live",
]


@pytest.mark.parametrize("name", OF_A_ROOM)
def test_members_see_the_pages_of_a_room_and_nobody_else_does(
    name: str,
    room: Room,
    alice_client: Client,
    bob_client: Client,
    charlie_client: Client,
    client: Client,
) -> None:
    url = _url(name, room)
    assert alice_client.get(url).status_code == 200
    assert bob_client.get(url).status_code == 200
    assert charlie_client.get(url).status_code == 404
    stranger = client.get(url)
    assert stranger.status_code == 302
    assert stranger["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["rooms:edit", "rooms:archive", "rooms:rotate_code"])
def test_outsiders_and_strangers_change_nothing(
    name: str, room: Room, charlie_client: Client, client: Client
) -> None:
    form = {"name": "Taken over", "language": "en", "greeting": ""}
    assert charlie_client.post(_url(name, room), form).status_code == 404
    assert client.post(_url(name, room), form).status_code == 302
    now = Room.objects.get(pk=room.pk)
    assert (now.name, now.access_code, now.archived_at) == (room.name, room.access_code, None)


def test_the_list_shows_the_rooms_of_the_account_alone(
    room: Room, alice_client: Client, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    url = reverse("rooms:list")
    assert "Standup" in _page(alice_client, url)
    assert "Standup" in _page(bob_client, url)
    empty = _page(charlie_client, url)
    assert "Standup" not in empty
    assert "Make your first room" in empty
    assert client.get(url).status_code == 302


def test_every_member_makes_rooms_in_their_own_account(
    account: Account,
    alice_client: Client,
    bob_client: Client,
    charlie_client: Client,
    client: Client,
) -> None:
    url = reverse("rooms:make")
    for who in (alice_client, bob_client, charlie_client):
        assert who.get(url).status_code == 200
        made = who.post(url, filled(name="Sales", language="ru", greeting="Hello"))
        assert made.status_code == 302
    assert client.post(url, {"name": "Sales", "language": "ru"}).status_code == 302
    assert Room.objects.count() == 3
    mine = Room.objects.filter(account=account, name="Sales", language="ru", greeting="Hello")
    assert mine.count() == 2
    assert all(room.access_code for room in mine)


def test_a_room_without_a_name_is_told_back_beside_the_field(
    account: Account, alice_client: Client
) -> None:
    response = alice_client.post(reverse("rooms:make"), {"name": " ", "language": "en"})
    assert response.status_code == 200
    assert b'id="id_name_error"' in response.content
    assert not Room.objects.exists()


def test_a_room_is_changed(room: Room, bob_client: Client) -> None:
    form = filled(room, name="Daily", language="ru", greeting="Welcome")
    assert bob_client.post(_url("rooms:edit", room), form).status_code == 302
    now = Room.objects.get(pk=room.pk)
    assert (now.name, now.language, now.greeting) == ("Daily", "ru", "Welcome")
    assert now.access_code == room.access_code


def test_archiving_asks_once_and_says_what_it_does(room: Room, bob_client: Client) -> None:
    asked = _page(bob_client, _url("rooms:archive", room))
    assert phones.in_groups(room.access_code or "") in asked
    assert Room.objects.active().count() == 1
    assert bob_client.post(_url("rooms:archive", room)).status_code == 302
    assert Room.objects.get().access_code is None
    assert "Standup</a>" not in _page(bob_client, reverse("rooms:list"))
    page = _page(bob_client, _url("rooms:room", room))
    assert "was archived" in page
    assert bob_client.get(_url("rooms:edit", room)).status_code == 404
    assert bob_client.post(_url("rooms:rotate_code", room)).status_code == 404


def test_a_new_code_asks_once_and_replaces_the_old_one(room: Room, bob_client: Client) -> None:
    assert "stops working" in _page(bob_client, _url("rooms:rotate_code", room))
    assert Room.objects.get().access_code == room.access_code
    assert bob_client.post(_url("rooms:rotate_code", room)).status_code == 302
    assert Room.objects.get().access_code not in (room.access_code, None)


def _make_rooms(account: Account, count: int, first: int = 0) -> None:
    Room.objects.bulk_create(
        Room(account=account, name=f"Room {n:03}", access_code=f"7{n:06}")
        for n in range(first, first + count)
    )


def test_the_list_is_paged_with_a_constant_number_of_statements(
    account: Account, alice_client: Client, django_assert_num_queries: Any
) -> None:
    _make_rooms(account, 2)
    with django_assert_num_queries(6):  # session, user, memberships, count, page, any archived
        alice_client.get(reverse("rooms:list"))
    _make_rooms(account, 120, first=2)
    with django_assert_num_queries(6):
        page = _page(alice_client, reverse("rooms:list"))
    assert page.count("row-link") == 50
    assert "Page 1 of 3" in page
    assert _page(alice_client, reverse("rooms:list") + "?page=3").count("row-link") == 22


def test_rooms_are_found_by_name_in_any_case_and_by_code(
    account: Account, alice_client: Client
) -> None:
    _make_rooms(account, 10)
    changes.make(account, name="Планёрка (продажи)")
    url = reverse("rooms:list")
    assert "Планёрка" in _page(alice_client, f"{url}?q=ПЛАН")
    assert _page(alice_client, f"{url}?q=(продажи)").count("row-link") == 1
    assert _page(alice_client, f"{url}?q=700 0003").count("row-link") == 1
    assert "No such room" in _page(alice_client, f"{url}?q=zzz")


def test_the_list_says_how_many_are_on_the_line(room: Room, alice_client: Client) -> None:
    assert "badge live" not in _page(alice_client, reverse("rooms:list"))
    _join(room, "one")
    _join(room, "two")
    assert '<span class="badge live">2' in _page(alice_client, reverse("rooms:list"))


def test_the_list_asks_for_itself_again_and_gets_no_more_than_the_list(
    room: Room, alice_client: Client
) -> None:
    url = reverse("rooms:list") + "?q=stand&page=1"
    page = _page(alice_client, url)
    assert f'hx-get="{url}"' in page
    again = alice_client.get(url, headers={"HX-Request": "true"})
    fragment = html.unescape(again.content.decode()).strip()
    assert fragment in page
    assert fragment.startswith('<div\n  id="found"')
    assert f'id="{room.pk}"' in fragment
    assert "no-store" in again["Cache-Control"]


def test_asking_again_does_not_use_up_a_message(room: Room, alice_client: Client) -> None:
    alice_client.post(_url("rooms:edit", room), filled(room, name="Daily"))
    alice_client.get(reverse("rooms:list"), headers={"HX-Request": "true"})
    assert "Saved." in _page(alice_client, _url("rooms:room", room))


def test_archived_rooms_are_listed_with_their_day_for_members_alone(
    room: Room, alice_client: Client, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    url = reverse("rooms:list")
    assert "Archived rooms" not in _page(alice_client, url)
    with time_machine.travel(dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC), tick=False):
        changes.archive(room)
    assert f'href="{url}?archived=1"' in _page(alice_client, url)
    for who in (alice_client, bob_client):
        page = _page(who, f"{url}?archived=1")
        assert f'href="{_url("rooms:room", room)}"' in page
        assert "March 2, 2026" in page
    assert "Archived rooms" not in _page(charlie_client, url)
    assert "Standup" not in _page(charlie_client, f"{url}?archived=1")
    assert client.get(f"{url}?archived=1").status_code == 302


def test_the_archive_question_says_that_callers_stay(room: Room, alice_client: Client) -> None:
    url = _url("rooms:archive", room)
    assert "Whoever is on the line by then stays" in _page(alice_client, url)
    _join(room, "one")
    assert "The 1 caller who is on the line now stays" in _page(alice_client, url)
