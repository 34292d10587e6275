"""What a room's page and its public page show."""

import datetime as dt
import html
import re
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import changes, dial_in, phones, qr
from rooms.accounts.models import User
from rooms.conferences import leaving, presence
from rooms.models import PhoneNumber, Room

SHARED = "+15550100"


@pytest.fixture
def number(db: None) -> PhoneNumber:
    return PhoneNumber.objects.create(number=SHARED)


def _join(room: Room, call: str, caller: str = "+34600123456", **ago: float) -> None:
    with transaction.atomic():
        at = timezone.now() - dt.timedelta(**ago)
        assert presence.join(call=call, caller=caller, at=at, room_id=room.pk)


def _leave(room: Room, call: str, **ago: float) -> None:
    with transaction.atomic():
        locked = Room.objects.locked().get(pk=room.pk)
        assert leaving.leave(locked, call=call, at=timezone.now() - dt.timedelta(**ago))


def _page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return html.unescape(response.content.decode())


def _url(name: str, room: Room) -> str:
    return reverse(name, args=[room.pk])


def test_number_code_and_one_tap_are_shown(
    room: Room, number: PhoneNumber, alice_client: Client
) -> None:
    Room.objects.filter(pk=room.pk).update(access_code="4829301")
    page = _page(alice_client, _url("rooms:room", room))
    assert "482 9301" in page
    assert 'href="tel:+15550100,,4829301#"' in page
    assert f"/r/{room.public_token}/" in page
    assert "?to=%2B15550100&keys=4829301%23" in page


def test_a_number_of_the_rooms_own_comes_first_and_needs_no_code(
    room: Room, number: PhoneNumber
) -> None:
    other = changes.make(room.account, name="Other")
    PhoneNumber.objects.create(number="+442079460100", room=room)
    PhoneNumber.objects.create(number="+442079460101", room=other)
    PhoneNumber.objects.create(number="+442079460102", active=False)
    ways = dial_in.ways_into(room)
    assert [(way.number, way.code) for way in ways] == [
        ("+442079460100", ""),
        (SHARED, room.access_code),
    ]
    assert ways[0].one_tap == "tel:+442079460100"


def test_shared_numbers_in_the_rooms_language_come_first(room: Room, number: PhoneNumber) -> None:
    PhoneNumber.objects.create(number="+74950000100", language="ru")
    assert [way.number for way in dial_in.ways_into(room)] == [SHARED, "+74950000100"]
    changes.change(room, language="ru")
    assert [way.number for way in dial_in.ways_into(room)] == ["+74950000100", SHARED]


def test_a_service_without_a_number_says_so(room: Room, alice_client: Client) -> None:
    assert "No phone number yet" in _page(alice_client, _url("rooms:room", room))


def test_a_name_is_never_taken_for_html(
    room: Room, number: PhoneNumber, alice_client: Client, client: Client
) -> None:
    changes.change(room, name='<b>"bold"</b>', greeting="<i>")
    for who, url in (
        (alice_client, _url("rooms:room", room)),
        (alice_client, reverse("rooms:list")),
        (alice_client, _url("rooms:archive", room)),
        (client, reverse("rooms:public", args=[room.public_token])),
    ):
        content = who.get(url).content.decode()
        assert "<b>" not in content.replace('<b class="digits">', ""), url
        assert '"bold"' not in content


def test_callers_are_masked_and_withheld_numbers_are_said(
    room: Room, number: PhoneNumber, alice_client: Client
) -> None:
    _join(room, "one", caller="+34600123456")
    _join(room, "two", caller="")
    page = _page(alice_client, _url("rooms:room", room))
    assert "600123456" not in page.replace(" ", "")
    assert "+34 ••• •• •• 56" in page
    assert "number withheld" in page


def test_today_is_the_users_day(room: Room, alice: User, alice_client: Client) -> None:
    User.objects.update(time_zone="Asia/Tokyo")
    tokyo = zoneinfo.ZoneInfo("Asia/Tokyo")
    with time_machine.travel(dt.datetime(2026, 3, 2, 8, 0, tzinfo=tokyo), tick=False):
        _join(room, "yesterday", caller="+34600000011", hours=10)
        _leave(room, "yesterday", hours=9)
        _join(room, "over midnight", caller="+34600000022", hours=8.5)
        _leave(room, "over midnight", hours=7.5)
        _join(room, "today", caller="+34600000033", hours=1)
        alice_client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        page = _page(alice_client, _url("rooms:room", room))
    assert "• 11" not in page
    assert "• 22" in page
    assert "• 33" in page
    assert "since 07:00" in page


def test_a_busy_day_takes_no_more_statements_than_a_quiet_one(
    room: Room, number: PhoneNumber, alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(60):
        _join(room, f"call {n}", caller=f"+346001234{n:02}", minutes=90 - n)
    for n in range(30):
        _leave(room, f"call {n}", minutes=5)
    # session, user, memberships, room, numbers (2), stays, names, meetings; of the panel:
    # conference, minutes, price, commands; sounds, and whom to call in (2)
    with django_assert_max_num_queries(17):
        page = _page(alice_client, _url("rooms:room", room))
    assert page.count("data-row=") == 30
    assert page.count('class="bar') == 60


def test_the_live_part_is_sent_only_when_it_has_changed(room: Room, alice_client: Client) -> None:
    url = _url("conferences:live", room)
    assert alice_client.get(f"{url}?version=0").status_code == 204
    _join(room, "one")
    changed = alice_client.get(f"{url}?version=0")
    assert changed.status_code == 200
    version = Room.objects.get().live_version
    assert f'data-version="{version}"'.encode() in changed.content
    assert alice_client.get(f"{url}?version={version}").status_code == 204


@pytest.mark.parametrize(
    "change",
    [
        changes.rotate_code,
        changes.archive,
        lambda room: changes.change(room, name="Daily"),
        lambda room: changes.change(room, language="ru"),
    ],
)
def test_an_open_page_learns_that_it_was_made_with_other_facts(
    change: Callable[[Room], Room], room: Room, alice_client: Client
) -> None:
    """static/live.js loads the page anew where `data-room` differs from the page's own."""

    def facts(page: str) -> list[str]:
        return re.findall(r'data-room="([^"]*)"', page)

    made_with = facts(_page(alice_client, _url("rooms:room", room)))
    url = f"{_url('conferences:live', room)}?version=0"
    assert alice_client.get(url).status_code == 204
    _join(room, "one")
    assert facts(_page(alice_client, url)) == made_with
    before = Room.objects.get().live_version
    change(room)
    assert Room.objects.get().live_version == before + 1
    now = facts(_page(alice_client, url))
    assert len(now) == 1
    assert now != made_with


def test_pages_keep_to_the_content_policy(
    room: Room, number: PhoneNumber, alice_client: Client, client: Client
) -> None:
    _join(room, "one")
    for who, url in (
        (alice_client, _url("rooms:room", room)),
        (alice_client, reverse("rooms:list")),
        (client, reverse("rooms:public", args=[room.public_token])),
        (client, reverse("landing")),
    ):
        page = _page(who, url)
        for forbidden in (" style=", "<style", "<script>", " onclick=", "hx-on", "javascript:"):
            assert forbidden not in page, url


def test_those_invited_see_how_to_join_and_not_who_is_in(
    room: Room, number: PhoneNumber, client: Client, charlie_client: Client
) -> None:
    _join(room, "one", caller="+34600123456")
    url = reverse("rooms:public", args=[room.public_token])
    for who in (client, charlie_client):
        page = _page(who, url)
        assert "Standup" in page
        assert phones.in_groups(room.access_code or "") in page
        assert "tel:+15550100,," in page
        assert 'content="noindex"' in page
        assert "•" not in page
    assert client.get(url)["X-Robots-Tag"] == "noindex"


def test_the_public_page_of_an_archived_room_is_gone(room: Room, client: Client) -> None:
    changes.archive(room)
    page = _page(client, reverse("rooms:public", args=[room.public_token]), status=410)
    assert "Ask who invited you" in page


def test_a_made_up_token_finds_nothing(client: Client, db: None) -> None:
    assert client.get(reverse("rooms:public", args=["nothing"])).status_code == 404


def test_the_qr_code_is_square_with_a_quiet_zone() -> None:
    path, side = qr.path("https://example.com/r/abc/")
    assert path.startswith(f"M{qr.QUIET_ZONE} {qr.QUIET_ZONE}h")
    assert side > 2 * qr.QUIET_ZONE + 20
